//! Operator commands on an agent's versions (history, promote, roll back, pin), shared by CLI and API.

use super::reconciler::PINNED;
use switchboard_core::plan::{Plan, Rollout, State, agent_rollout};
use switchboard_store::{Decided, KeptVersion, Store, StoreError};

/// How many decisions a history shows.
const DECISIONS: i64 = 20;

/// An operator's command on an agent's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionOrder {
    /// Serve the candidate, or the version that waits for promotion, to everybody.
    Promote,
    /// Return to the previous version.
    Rollback,
    /// Serve only this version, by its SHA-256 or a unique prefix.
    Pin(String),
    /// Let files decide again.
    Unpin,
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
    /// There is no previous version.
    #[error("no version before {0} is stored")]
    NothingBefore(String),
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
    /// The agent is not pinned.
    #[error("`{0}` is not pinned")]
    NotPinned(String),
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
    who: &str,
    now: i64,
) -> Result<Rollout, VersionError> {
    loop {
        let kept = store.versions(name).await?;
        let row = store.rollout(&agent_rollout(name)).await?;
        let next = next_state(name, &kept, row.as_ref(), order, who, now)?;
        let done = if row.is_some() { store.rollout_move(&next).await? } else { store.rollout_begin(&next).await? };
        if done {
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
    let by = |outcome: &str, reason: String, state: State| Rollout {
        state,
        outcome: outcome.into(),
        reason,
        who: who.to_owned(),
        figures: None,
        updated_at: now,
        ..row.cloned().unwrap_or_else(begin)
    };
    let tried = row.filter(|row| row.state.is_under_way()).and_then(|row| Some((row, row.candidate.as_deref()?)));
    match order {
        VersionOrder::Promote => {
            let (_, candidate) = tried.ok_or_else(|| VersionError::NothingTried(name.to_owned()))?;
            let reason = format!("{} serves everybody, by hand", short(candidate));
            Ok(Rollout { percent: 100.0, ..by("promoted", reason, State::Completed) })
        }
        VersionOrder::Rollback => {
            if let Some((row, _)) = tried {
                return Ok(row.aborted("rolled back by hand", who, now));
            }
            let serves = row.and_then(|row| match row.state {
                State::Completed => row.candidate.clone().or(row.stable.clone()),
                _ => row.stable.clone(),
            });
            let serves = serves.unwrap_or_else(|| newest.sha256.clone());
            let place = kept.iter().position(|version| version.sha256 == serves).map_or(0, |place| place + 1);
            let before = kept.get(place).ok_or_else(|| VersionError::NothingBefore(short(&serves).to_owned()))?;
            let reason = format!("back to {}, by hand", short(&before.sha256));
            let (candidate, stable) = (Some(serves), Some(before.sha256.clone()));
            Ok(Rollout { candidate, stable, percent: 0.0, ..by("aborted", reason, State::Aborted) })
        }
        VersionOrder::Pin(sha256) => {
            let is = |version: &&KeptVersion| !sha256.is_empty() && version.sha256.starts_with(sha256.as_str());
            let found: Vec<&KeptVersion> = kept.iter().filter(is).collect();
            let [version] = found[..] else {
                let (sha256, name) = (sha256.clone(), name.to_owned());
                return Err(VersionError::NotOne { sha256, found: found.len(), name });
            };
            let (reason, stable) = (format!("pinned to {}", short(&version.sha256)), Some(version.sha256.clone()));
            Ok(Rollout { candidate: None, stable, percent: 100.0, ..by(PINNED, reason, State::Completed) })
        }
        VersionOrder::Unpin if row.is_some_and(|row| row.outcome == PINNED) => {
            Ok(by("unpinned", "files decide again".into(), State::Completed))
        }
        VersionOrder::Unpin => Err(VersionError::NotPinned(name.to_owned())),
    }
}

/// Reads an agent's history; empty if there is no such agent.
pub async fn history(store: &Store, name: &str) -> Result<History, StoreError> {
    let row = store.rollout(&agent_rollout(name)).await?;
    let role = |sha256: &str| {
        let row = row.as_ref()?;
        let (candidate, stable) = (row.candidate.as_deref(), row.stable.as_deref());
        let serves = if row.state == State::Completed { candidate.or(stable) } else { stable };
        match () {
            () if row.state.is_under_way() && candidate == Some(sha256) => Some(VersionRole::Candidate(row.percent)),
            () if serves == Some(sha256) => Some(VersionRole::Serves),
            () => None,
        }
    };
    let versions = store.versions(name).await?.into_iter().map(|version| {
        let role = role(&version.sha256);
        (version, role)
    });
    Ok(History { versions: versions.collect(), decisions: store.decisions(&agent_rollout(name), DECISIONS).await? })
}

/// The first 12 digits of a SHA-256.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
