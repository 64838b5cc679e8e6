//! Two versions of an agent over recorded turns: what the new one does otherwise, in groups.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::{
    compare::{Difference, Kind, Seen, compare},
    components::Components,
    error::ReplayError,
    play::lacks,
};
use crate::{
    journal::Link,
    turns::{self, TurnChoice, TurnError},
};
use switchboard_core::act::Actor;
use switchboard_sandbox::agent::Version;
use switchboard_store::{ReplayDifference, ReplayRun, Store};

/// The examples that a group keeps.
const EXAMPLES_MAX: usize = 3;

/// Fuel counts as a difference from half as much again on, and from this much.
const FUEL_MIN: u64 = 200_000;

/// Which recorded turns are played.
#[derive(Clone, Copy, Debug)]
pub struct Over {
    /// The latest so many.
    pub turns: usize,
    /// From this time on, in milliseconds.
    pub since: i64,
    /// How many are played at once.
    pub workers: usize,
}

/// Where a difference was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// The message whose turn it was.
    pub message: i64,
    /// What was.
    pub was: String,
    /// What is now.
    pub now: String,
}

/// Differences of one kind at one place.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Their kind.
    pub kind: Kind,
    /// Where: the flow and step that the turns began in, and the function for a call.
    pub place: String,
    /// In how many turns.
    pub turns: u64,
    /// In how many turns of people of each language.
    pub languages: BTreeMap<String, u64>,
    /// Some of them. They hold people's words.
    pub examples: Vec<Example>,
}

/// What a new version does otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The agent.
    pub agent: String,
    /// The SHA-256 of the old version.
    pub old: String,
    /// The SHA-256 of the new one.
    pub new: String,
    /// The recorded turns that were played.
    pub turns: u64,
    /// Those in which both give and ask the same.
    pub same: u64,
    /// Those of which the record does not say enough, by what it lacks.
    pub unknown: BTreeMap<String, u64>,
    /// What differs, the most frequent first.
    pub groups: Vec<Group>,
}

/// What came of one turn.
struct Compared {
    message: i64,
    language: String,
    unknown: Option<String>,
    differences: Vec<Difference>,
}

/// Plays a new version of an agent over recorded turns, and compares it with the old one: as it was recorded, or, where another version
/// was recorded, as it is played.
pub async fn diff(
    store: &Store,
    components: &Arc<Components>,
    agent: &str,
    (old, new): (&str, &str),
    over: Over,
) -> Result<Comparison, ReplayError> {
    let links = links(store, agent, over).await?;
    let mut comparison = Comparison {
        agent: agent.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        turns: links.len() as u64,
        same: 0,
        unknown: BTreeMap::new(),
        groups: Vec::new(),
    };
    let mut groups: BTreeMap<(Kind, String), Group> = BTreeMap::new();
    let played = links.into_iter().map(|(message, link)| {
        let (components, old, new) = (components.clone(), old.to_owned(), new.to_owned());
        // Each in a task of its own, so that they share the processors.
        tokio::spawn(async move { one(&components, message, &link, &old, &new).await })
    });
    let mut played = stream::iter(played).buffered(over.workers.max(1));
    while let Some(compared) = played.next().await {
        let compared = compared.map_err(|error| ReplayError::Task(error.to_string()))??;
        match compared.unknown {
            Some(why) => *comparison.unknown.entry(why).or_default() += 1,
            None if compared.differences.is_empty() => comparison.same += 1,
            None => {}
        }
        let mut counted = std::collections::BTreeSet::new();
        for Difference { kind, place, was, now } in compared.differences {
            let key = (kind, place);
            let group = groups.entry(key.clone()).or_insert_with(|| Group {
                kind,
                place: key.1.clone(),
                turns: 0,
                languages: BTreeMap::new(),
                examples: Vec::new(),
            });
            if counted.insert(key) {
                group.turns += 1;
                *group.languages.entry(compared.language.clone()).or_default() += 1;
                if group.examples.len() < EXAMPLES_MAX {
                    group.examples.push(Example { message: compared.message, was, now });
                }
            }
        }
    }
    comparison.groups = groups.into_values().collect();
    comparison.groups.sort_by_key(|group| std::cmp::Reverse(group.turns));
    Ok(comparison)
}

/// Compares two versions as [`diff`] does, and stores what came of it with the new one, without people's words.
pub async fn compare_versions(
    store: &Store,
    components: &Arc<Components>,
    agent: &str,
    versions: (&str, &str),
    over: Over,
    who: &str,
) -> Result<Comparison, ReplayError> {
    let comparison = diff(store, components, agent, versions, over).await?;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let difference = |group: &Group| ReplayDifference {
        kind: group.kind.as_str().to_owned(),
        place: group.place.clone(),
        turns: count(group.turns),
        message: group.examples.first().map_or(0, |example| example.message),
        accepted_by: None,
    };
    let run = ReplayRun {
        id: 0,
        agent: agent.to_owned(),
        old_sha256: comparison.old.clone(),
        new_sha256: comparison.new.clone(),
        at: store.now(),
        who: who.to_owned(),
        turns: count(comparison.turns),
        same: count(comparison.same),
        unknown: count(comparison.unknowns()),
        differences: comparison.groups.iter().map(difference).collect(),
    };
    store.keep_replay(&run).await?;
    Ok(comparison)
}

/// What a new version does otherwise than the old one in one recorded turn, and what the record does not say of it. None if the agent did
/// not run in that turn, or its journal is not there or cannot be read.
pub async fn compare_turn(
    store: &Store,
    components: &Components,
    agent: &str,
    (old, new): (&str, &str),
    message: i64,
) -> Result<Option<(Vec<Difference>, Option<String>)>, ReplayError> {
    let journal = match turns::read(store, message).await {
        Ok((_, journal)) => journal,
        Err(TurnError::Store(error)) => return Err(error.into()),
        Err(TurnError::NoTurn(_) | TurnError::Journal(_)) => return Ok(None),
    };
    let Some(link) = journal.links.iter().find(|link| link.agent == agent) else { return Ok(None) };
    let compared = one(components, message, link, old, new).await?;
    Ok(Some((compared.differences, compared.unknown)))
}

/// Accepts a kind of differences of a version, named by the beginning of its SHA-256. Gives its latest replay, and whether the kind was not
/// accepted before.
pub async fn accept(
    store: &Store,
    agent: &str,
    sha256: &str,
    kind: Kind,
    actor: &Actor,
) -> Result<(ReplayRun, bool), ReplayError> {
    let run = |runs: Vec<ReplayRun>| {
        let mut runs = runs.into_iter().filter(|run| !sha256.is_empty() && run.new_sha256.starts_with(sha256));
        runs.next().filter(|_| runs.next().is_none())
    };
    let unknown = || ReplayError::NotPlayed(agent.to_owned(), sha256.to_owned());
    let found = run(store.replays(agent).await?).ok_or_else(unknown)?;
    let is_new = store.accept_replay(agent, &found.new_sha256, kind.as_str(), actor).await?;
    Ok((run(store.replays(agent).await?).ok_or_else(unknown)?, is_new))
}

/// The recorded runs of an agent, the latest first.
async fn links(store: &Store, agent: &str, over: Over) -> Result<Vec<(i64, Link)>, ReplayError> {
    let choice = TurnChoice { agent: Some(agent.to_owned()), since: over.since, ..TurnChoice::default() };
    let mut links = Vec::new();
    turns::each(store, &choice, turns::READ_MAX, |stored, journal| {
        links.extend(journal.links.into_iter().filter(|link| link.agent == agent).map(|link| (stored.message, link)));
        links.len() < over.turns
    })
    .await?;
    links.truncate(over.turns);
    Ok(links)
}

async fn one(
    components: &Components,
    message: i64,
    link: &Link,
    old: &str,
    new: &str,
) -> Result<Compared, ReplayError> {
    let language = link.turn.person.language.clone();
    let compared = |unknown, differences| Compared { message, language: language.clone(), unknown, differences };
    if let Some(why) = lacks(link, &[], &[]) {
        return Ok(compared(Some(why), Vec::new()));
    }
    let version = components.version(&link.agent, new, link.limits).await?;
    let now = version.replay(&link.turn, &link.calls, 0).await;
    let before = match link.sha256 == old {
        true => None,
        false => {
            Some(components.version(&link.agent, old, link.limits).await?.replay(&link.turn, &link.calls, 0).await)
        }
    };
    if let Some(why) = before.as_ref().and_then(|before| lacks(link, &before.unknown, &before.ended.calls)) {
        return Ok(compared(Some(format!("the old version: {why}")), Vec::new()));
    }
    let was = before.as_ref().map_or_else(|| Seen::recorded(link), |before| Seen::played(&link.turn, &before.ended));
    let (fuel_was, fuel_now) =
        (before.as_ref().map_or(link.fuel, |before| before.ended.fuel_used), now.ended.fuel_used);
    let seen = Seen::played(&link.turn, &now.ended);
    let mut differences = compare(&was, &seen);
    if is_slower(&version, fuel_was, fuel_now) {
        let place = format!("{}: fuel", seen.place());
        differences.push(Difference { kind: Kind::Cost, place, was: fuel_was.to_string(), now: fuel_now.to_string() });
    }
    let unknown = lacks(link, &now.unknown, &now.ended.calls);
    if unknown.is_some() {
        // What follows a question without an answer says nothing of the new version.
        differences.retain(|difference| matches!(difference.kind, Kind::Calls | Kind::Writes));
    }
    Ok(compared(unknown, differences))
}

/// Whether the new version takes so much more fuel that it counts.
fn is_slower(version: &Version, was: u64, now: u64) -> bool {
    // Where it ran out, the limit is the difference.
    now < version.limits().fuel && now > was.saturating_add(was / 2) && now - was >= FUEL_MIN
}

impl Comparison {
    /// How many turns are of unknown outcome.
    pub fn unknowns(&self) -> u64 {
        self.unknown.values().sum()
    }

    /// The kinds that differ, each once.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.groups.iter().map(|group| group.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}
