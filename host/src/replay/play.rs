//! One recorded turn, played again: each agent that ran in it gets what it got.

use serde::Serialize;

use super::{
    compare::{Difference, Seen, compare},
    components::Components,
    error::ReplayError,
};
use crate::journal::{Journal, Link};
use switchboard_sandbox::agent::{ENGINE_SETTINGS, StopKind};

/// What came of the replay of one agent's run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It gave and asked the same, byte for byte.
    Same,
    /// It did not.
    Different {
        /// In what.
        differences: Vec<Difference>,
    },
    /// The record does not say enough.
    Unknown {
        /// What it lacks.
        why: String,
        /// What differs before the record ends.
        differences: Vec<Difference>,
    },
}

/// The replay of one agent's run.
#[derive(Clone, Debug, Serialize)]
pub struct LinkReplay {
    /// The agent.
    pub agent: String,
    /// The SHA-256 of the component that was recorded.
    pub recorded: String,
    /// The SHA-256 of the component that it was played to.
    pub played: String,
    /// The fuel that was used, recorded and now.
    pub fuel: (u64, u64),
    /// How many calls were recorded, and made now.
    pub calls: (usize, usize),
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Plays a recorded turn: to the components that ran, or, of one agent, to another; `with` names it and its component's SHA-256.
pub async fn replay(
    components: &Components,
    journal: &Journal,
    with: Option<(&str, &str)>,
) -> Result<Vec<LinkReplay>, ReplayError> {
    if let Some((agent, _)) = with
        && !journal.links.iter().any(|link| link.agent == agent)
    {
        let ran: Vec<&str> = journal.links.iter().map(|link| link.agent.as_str()).collect();
        let ran = if ran.is_empty() { "the host alone".to_owned() } else { ran.join(", ") };
        return Err(ReplayError::NotThere(agent.to_owned(), ran));
    }
    let (mut replays, mut held) = (Vec::new(), 0);
    for link in &journal.links {
        let sha256 = with.filter(|(agent, _)| *agent == link.agent).map_or(link.sha256.as_str(), |(_, sha256)| sha256);
        let (replay, holds) = play(components, link, sha256, held, journal.engine).await?;
        held = holds;
        replays.push(replay);
    }
    Ok(replays)
}

/// Plays one agent's run; also gives the bytes that the host holds for the turn then.
async fn play(
    components: &Components,
    link: &Link,
    sha256: &str,
    held: usize,
    engine: Option<u32>,
) -> Result<(LinkReplay, usize), ReplayError> {
    let version = components.version(&link.agent, sha256, link.limits).await?;
    let played = version.replay(&link.turn, &link.calls, held).await;
    let (was, now) = (Seen::recorded(link), Seen::played(&link.turn, &played.ended));
    let differences = compare(&was, &now);
    let lacks = lacks(link, &played.unknown, &played.ended.calls);
    let verdict = match (differences.is_empty(), lacks) {
        (true, None) if was.is_same(&now) => Verdict::Same,
        (_, Some(why)) => Verdict::Unknown { why, differences },
        (_, None) if engine.is_some_and(|engine| engine != ENGINE_SETTINGS) => {
            Verdict::Unknown { why: "it was recorded under other settings of the sandbox".into(), differences }
        }
        (_, None) => Verdict::Different { differences },
    };
    let replay = LinkReplay {
        agent: link.agent.clone(),
        recorded: link.sha256.clone(),
        played: sha256.to_owned(),
        fuel: (link.fuel, played.ended.fuel_used),
        calls: (link.calls.len(), played.ended.calls.len()),
        verdict,
    };
    Ok((replay, played.ended.held))
}

/// What the record does not say, if that matters.
pub(super) fn lacks(link: &Link, unknown: &[usize], calls: &[switchboard_sandbox::agent::HostCall]) -> Option<String> {
    let asked = unknown.first().and_then(|at| calls.get(*at)).map(|call| call.name.to_string());
    if let Some(name) = asked {
        return Some(format!("the record has no answer to this call of {name}"));
    }
    let stopped = link.stopped.as_deref()?;
    match StopKind::of(stopped) {
        StopKind::Time | StopKind::Host => Some(format!("{stopped}: that depends on the machine")),
        StopKind::Limit if link.limits.is_none() => Some("its limits were not recorded before format 3".into()),
        StopKind::Limit | StopKind::Trap => None,
    }
}
