//! Operator commands on an agent's versions (history, promote, roll back, pin), shared by CLI and API.

use super::rows::holds;
use switchboard_core::act::Actor;
use switchboard_core::plan::{Outcome, Plan, Rollout, State, agent_rollout};
use switchboard_store::{Decided, KeptVersion, ReplayRun, Store, StoreError};

/// How many decisions a history shows.
const DECISIONS: i64 = 20;

/// An operator's command on an agent's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionOrder {
    /// Serve the candidate, or the version that waits for promotion, to everybody.
    Promote,
    /// Drop the candidate or, without one, return to the version that served before and was not dropped; or to this one, by its SHA-256
    /// or a unique prefix.
    Rollback(Option<String>),
    /// Serve only this version, by its SHA-256 or a unique prefix.
    Pin(String),
    /// Let files decide again.
    Unpin,
    /// Keep the candidate at its share, for this reason.
    Hold(String),
    /// Let the candidate's share grow again by its plan.
    Resume,
}

/// Why a command was rejected.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// There is no such agent, or no host has served it.
    #[error("no version of agent `{0}` is stored: no host has served it yet")]
    NothingKept(String),
    /// There is no version to promote.
    #[error("agent `{0}` has no candidate version to promote")]
    NothingTried(String),
    /// No version served before that was not dropped.
    #[error(
        "there is nothing to roll back to: no stored version of `{name}` served before {serves} and was not dropped{dropped}; `--to <sha256>` takes one that was not dropped, `agents pin` takes any"
    )]
    NothingBefore {
        /// The agent.
        name: String,
        /// The version that serves.
        serves: String,
        /// Which versions were dropped, and why.
        dropped: String,
    },
    /// The version was dropped.
    #[error("{sha256} was dropped: {why}; `agents pin` serves it all the same")]
    Dropped {
        /// The version.
        sha256: String,
        /// Why.
        why: String,
    },
    /// The version serves already.
    #[error("{0} serves already")]
    Serves(String),
    /// The prefix matches no version, or several.
    #[error("`{sha256}` matches {found} stored versions of `{name}`: see `agents history {name}`")]
    NotOne {
        /// The prefix given.
        sha256: String,
        /// How many versions it matches.
        found: usize,
        /// The agent.
        name: String,
    },
    /// The gate of replay holds the version.
    #[error("agent `{0}`: {1}")]
    Gated(String, String),
    /// The agent is not pinned.
    #[error("`{0}` is not pinned")]
    NotPinned(String),
    /// No candidate's share grows, so there is nothing to hold.
    #[error("agent `{0}` has no candidate whose share grows")]
    NotRunning(String),
    /// No candidate is held at its share, so there is nothing to resume.
    #[error("agent `{0}` has no candidate that is held at its share")]
    NotHeld(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An agent's stored versions and rollout decisions.
pub struct History {
    /// The stored versions, the newest first, each with its current role.
    pub versions: Vec<(KeptVersion, Option<VersionRole>)>,
    /// The decisions, the latest first.
    pub decisions: Vec<Decided>,
    /// What the latest replay of each version said, the latest first.
    pub replays: Vec<ReplayRun>,
}

/// The current role of a stored version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VersionRole {
    /// Serves everybody, or everybody but the candidate's share.
    Serves,
    /// The candidate, served to this percentage of people.
    Candidate(f64),
}

/// Applies a command with compare-and-set, retried when another host changes the row; returns the agent's rollout.
pub async fn order_versions(
    store: &Store,
    name: &str,
    order: &VersionOrder,
    actor: &Actor,
    now: i64,
) -> Result<Rollout, VersionError> {
    let who = &actor.to_string();
    loop {
        let kept = store.versions(name).await?;
        let row = store.rollout(&agent_rollout(name)).await?;
        let next = next_state(name, &kept, row.as_ref(), order, who, now)?;
        if store.rollout_move(&next).await? {
            return Ok(next);
        }
    }
}

/// The agent's rollout after a command.
fn next_state(
    name: &str,
    kept: &[KeptVersion],
    row: Option<&Rollout>,
    order: &VersionOrder,
    who: &str,
    now: i64,
) -> Result<Rollout, VersionError> {
    let newest = kept.first().ok_or_else(|| VersionError::NothingKept(name.to_owned()))?;
    let begin = || Rollout::begin(&agent_rollout(name), Plan::canary(), now, who);
    let by = |outcome: Outcome, reason: String, state: State| Rollout {
        state,
        outcome,
        reason,
        who: who.to_owned(),
        figures: None,
        updated_at: now,
        ..row.cloned().unwrap_or_else(begin)
    };
    let tried = row.filter(|row| row.state.is_under_way()).and_then(|row| Some((row, row.candidate.as_deref()?)));
    match order {
        VersionOrder::Promote => {
            let (row, candidate) = tried.ok_or_else(|| VersionError::NothingTried(name.to_owned()))?;
            if let Some(why) = holds(row) {
                return Err(VersionError::Gated(name.to_owned(), why.to_owned()));
            }
            let reason = format!("{} serves everybody, by hand", short(candidate));
            Ok(Rollout { percent: 100.0, ..by(Outcome::Promoted, reason, State::Completed) })
        }
        VersionOrder::Rollback(to) => {
            if let (Some((row, _)), None) = (tried, to) {
                return Ok(row.aborted("rolled back by hand", who, now));
            }
            let serves = serving(row).map(str::to_owned);
            // Without a row the file serves that began to serve last.
            let serves = serves.or_else(|| served_last(kept).map(|version| version.sha256.clone()));
            let serves = serves.unwrap_or_else(|| newest.sha256.clone());
            let before = match to {
                Some(sha256) => named(name, kept, sha256, &serves)?,
                None => before(name, kept, &serves)?,
            };
            let reason = format!("back to {}, by hand", short(&before.sha256));
            let (candidate, stable) = (Some(serves), Some(before.sha256.clone()));
            Ok(Rollout { candidate, stable, percent: 0.0, ..by(Outcome::Aborted, reason, State::Aborted) })
        }
        VersionOrder::Pin(sha256) => {
            let version = one(name, kept, sha256)?;
            let (reason, stable) = (format!("pinned to {}", short(&version.sha256)), Some(version.sha256.clone()));
            Ok(Rollout { candidate: None, stable, percent: 100.0, ..by(Outcome::Pinned, reason, State::Completed) })
        }
        VersionOrder::Unpin if row.is_some_and(|row| row.outcome == Outcome::Pinned) => {
            Ok(by(Outcome::Unpinned, "files decide again".into(), State::Completed))
        }
        VersionOrder::Unpin => Err(VersionError::NotPinned(name.to_owned())),
        VersionOrder::Hold(reason) => match tried {
            Some((row, _)) if row.state == State::Running => Ok(row.held(reason, who, now)),
            _ => Err(VersionError::NotRunning(name.to_owned())),
        },
        // One that waits for its replay or for a person has no share yet.
        VersionOrder::Resume => match tried {
            Some((row, _)) if row.state == State::Held && row.percent > 0.0 => Ok(row.resumed(who, now)),
            _ => Err(VersionError::NotHeld(name.to_owned())),
        },
    }
}

/// The version that a row has in service for everybody but a candidate's share.
fn serving(row: Option<&Rollout>) -> Option<&str> {
    let row = row?;
    match row.state {
        State::Completed => row.candidate.as_deref().or(row.stable.as_deref()),
        _ => row.stable.as_deref(),
    }
}

/// The version that began to serve last.
pub(super) fn served_last(kept: &[KeptVersion]) -> Option<&KeptVersion> {
    kept.iter().filter(|version| version.served_at.is_some()).max_by_key(|version| version.served_at)
}

/// The version that is to serve while the agent's file is refused: the one in force, else the one that began to serve last; if its bytes
/// are kept.
pub(super) fn last_good<'a>(row: Option<&Rollout>, kept: &'a [KeptVersion]) -> Option<&'a str> {
    let good = || kept.iter().filter(|version| version.size > 0);
    let in_force = serving(row).and_then(|sha256| good().find(|version| version.sha256 == sha256));
    let undropped = good().filter(|version| version.served_at.is_some() && version.dropped.is_none());
    let last = in_force.or_else(|| undropped.max_by_key(|version| version.served_at));
    last.map(|version| version.sha256.as_str())
}

/// The version that served before the present one: the newest that served, was never dropped and whose bytes are kept.
fn before<'a>(name: &str, kept: &'a [KeptVersion], serves: &str) -> Result<&'a KeptVersion, VersionError> {
    let is = |version: &&KeptVersion| {
        version.sha256 != serves && version.served_at.is_some() && version.dropped.is_none() && version.size > 0
    };
    kept.iter().filter(is).max_by_key(|version| version.served_at).ok_or_else(|| {
        let dropped = kept.iter().filter(|version| version.sha256 != serves);
        let dropped = dropped.filter_map(|version| Some((short(&version.sha256), &version.dropped.as_ref()?.1)));
        let dropped = dropped.map(|(sha256, why)| format!("; {sha256} was dropped: {why}")).collect();
        VersionError::NothingBefore { name: name.to_owned(), serves: short(serves).to_owned(), dropped }
    })
}

/// The version that a rollback names: not dropped, and not the one that serves.
fn named<'a>(name: &str, kept: &'a [KeptVersion], sha256: &str, serves: &str) -> Result<&'a KeptVersion, VersionError> {
    let version = one(name, kept, sha256)?;
    let sha256 = short(&version.sha256).to_owned();
    match &version.dropped {
        _ if version.sha256 == serves => Err(VersionError::Serves(sha256)),
        Some((_, why)) => Err(VersionError::Dropped { sha256, why: why.clone() }),
        None => Ok(version),
    }
}

/// The version whose SHA-256 begins so.
fn one<'a>(name: &str, kept: &'a [KeptVersion], sha256: &str) -> Result<&'a KeptVersion, VersionError> {
    let is = |version: &&KeptVersion| !sha256.is_empty() && version.size > 0 && version.sha256.starts_with(sha256);
    let found: Vec<&KeptVersion> = kept.iter().filter(is).collect();
    match found[..] {
        [version] => Ok(version),
        _ => Err(VersionError::NotOne { sha256: sha256.to_owned(), found: found.len(), name: name.to_owned() }),
    }
}

/// Reads an agent's history; empty if there is no such agent.
pub async fn history(store: &Store, name: &str) -> Result<History, StoreError> {
    let row = store.rollout(&agent_rollout(name)).await?;
    let role = |sha256: &str| {
        let row = row.as_ref()?;
        match () {
            () if row.state.is_under_way() && row.candidate.as_deref() == Some(sha256) => {
                Some(VersionRole::Candidate(row.percent))
            }
            () if serving(Some(row)) == Some(sha256) => Some(VersionRole::Serves),
            () => None,
        }
    };
    let versions = store.versions(name).await?.into_iter().map(|version| {
        let role = role(&version.sha256);
        (version, role)
    });
    Ok(History {
        versions: versions.collect(),
        decisions: store.decisions(&agent_rollout(name), DECISIONS).await?,
        replays: store.replays(name).await?,
    })
}

/// The first 12 digits of a SHA-256.
pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A candidate is held at its share and goes on from there; one that waits at 0 % is no rollout that could go on.
    #[test]
    fn a_candidate_is_held_at_its_share_and_goes_on() {
        let versions = [kept("bbb", 2, None, None), kept("aaa", 1, Some(1), None)];
        let row = Rollout {
            stable: Some("aaa".into()),
            candidate: Some("bbb".into()),
            ..Rollout::begin("agent:jobs", Plan::canary(), 0, "file")
        };
        let after = |row: &Rollout, order| next_state("jobs", &versions, Some(row), &order, "ann", 9);
        let held = after(&row, VersionOrder::Hold("lunch".into())).expect("it is held");
        assert_eq!((held.state, held.percent, held.reason.as_str()), (State::Held, 10.0, "lunch"));
        assert!(matches!(after(&held, VersionOrder::Hold("again".into())), Err(VersionError::NotRunning(_))));
        let resumed = after(&held, VersionOrder::Resume).expect("it goes on");
        assert_eq!((resumed.state, resumed.percent, resumed.step_since), (State::Running, 10.0, 0));
        assert!(matches!(after(&resumed, VersionOrder::Resume), Err(VersionError::NotHeld(_))));
        let waits = Rollout { state: State::Held, percent: 0.0, ..row };
        assert!(matches!(after(&waits, VersionOrder::Resume), Err(VersionError::NotHeld(_))));
    }

    fn kept(sha256: &str, seen_at: i64, served_at: Option<i64>, dropped: Option<&str>) -> KeptVersion {
        let dropped = dropped.map(|why| (seen_at, why.to_owned()));
        KeptVersion { sha256: sha256.into(), seen_at, size: 1, served_at, dropped }
    }

    fn back(kept: &[KeptVersion], row: &Rollout, to: Option<&str>) -> String {
        let order = VersionOrder::Rollback(to.map(str::to_owned));
        match next_state("jobs", kept, Some(row), &order, "ann", 9) {
            Ok(next) => next.stable.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// A stable version, a candidate that was dropped, and a good one that was promoted: the way back leads past the dropped one.
    #[test]
    fn the_way_back_leads_to_what_served_and_was_not_dropped() {
        let begun = Rollout::begin("agent:jobs", Plan::canary(), 0, "file");
        let row = |state, stable: &str, candidate: &str| Rollout {
            state,
            stable: Some(stable.into()),
            candidate: Some(candidate.into()),
            ..begun.clone()
        };
        let versions =
            [kept("ccc", 3, Some(3), None), kept("bbb", 2, None, Some("it trapped")), kept("aaa", 1, Some(1), None)];
        let promoted = row(State::Completed, "aaa", "ccc");
        assert_eq!(back(&versions, &promoted, None), "aaa");
        assert!(back(&versions, &promoted, Some("bb")).contains("bbb was dropped: it trapped"));
        assert!(back(&versions, &promoted, Some("c")).contains("ccc serves already"));
        assert!(back(&versions, &promoted, Some("d")).contains("0 stored versions"));

        let only = [versions[0].clone(), versions[1].clone(), kept("ddd", 1, None, None)];
        let refused = back(&only, &promoted, None);
        assert!(refused.contains("nothing to roll back to") && refused.contains("bbb was dropped: it trapped"));
        assert_eq!(back(&only, &promoted, Some("ddd")), "ddd", "another one is named");

        let again = row(State::Aborted, "aaa", "ccc");
        let dropped = [kept("ccc", 3, Some(3), Some("by hand")), versions[1].clone(), versions[2].clone()];
        assert!(back(&dropped, &again, None).contains("nothing to roll back to"), "not forth again");
        let running = row(State::Running, "ccc", "eee");
        assert_eq!(back(&versions, &running, None), "ccc", "a candidate is dropped");
        assert_eq!(back(&versions, &running, Some("aaa")), "aaa");
    }
}
