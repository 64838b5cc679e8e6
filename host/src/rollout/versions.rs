//! An agent's versions in an operator's hands: what is kept of them, promoted, taken back, pinned. By the command and by the API alike.

use super::agents::PINNED;
use switchboard_core::plan::{Plan, Rollout, State, agent_rollout};
use switchboard_store::{Decided, KeptVersion, Store, StoreError};

/// How many decisions are told.
const DECISIONS: i64 = 20;

/// What a person does with an agent's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionOrder {
    /// The version that is tried, or waits, serves everybody now.
    Promote,
    /// Back to the version before.
    Rollback,
    /// This version and no other: its sha-256, or the beginning of it.
    Pin(String),
    /// Files decide again.
    Unpin,
}

/// Why versions were left as they are.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// No such agent, or it has not served.
    #[error("nothing is kept of an agent `{0}`: no host has served it yet")]
    NothingKept(String),
    /// Nothing to promote.
    #[error("no version of `{0}` is tried or waits")]
    NothingTried(String),
    /// Nothing to go back to.
    #[error("no version before {0} is kept")]
    NothingBefore(String),
    /// No version, or several.
    #[error("`{sha256}` is the beginning of {found} kept versions of `{name}`: see `agents history {name}`")]
    NotOne {
        /// What was said.
        sha256: String,
        /// How many.
        found: usize,
        /// The agent.
        name: String,
    },
    /// Nothing to unpin.
    #[error("`{0}` is not pinned")]
    NotPinned(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is kept of an agent, and what was decided about it.
pub struct History {
    /// The newest first, each with what it does now.
    pub versions: Vec<(KeptVersion, Option<Role>)>,
    /// The latest first.
    pub decisions: Vec<Decided>,
}

/// What a kept version does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// It serves everybody, or all but those on whom another is tried.
    Serves,
    /// It is tried on this percentage of the people.
    Tried(f64),
}

/// Moves an agent's versions; gives its rollout as it stands then.
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
        let next = ordered(name, &kept, row.as_ref(), order, who, now)?;
        let done = if row.is_some() { store.rollout_move(&next).await? } else { store.rollout_begin(&next).await? };
        if done {
            return Ok(next);
        }
    }
}

/// The agent's row after an order.
fn ordered(
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
                return Ok(row.aborted("it is taken back by hand", who, now));
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
            let (reason, stable) = (format!("{} and no other", short(&version.sha256)), Some(version.sha256.clone()));
            Ok(Rollout { candidate: None, stable, percent: 100.0, ..by(PINNED, reason, State::Completed) })
        }
        VersionOrder::Unpin if row.is_some_and(|row| row.outcome == PINNED) => {
            Ok(by("unpinned", "files decide again".into(), State::Completed))
        }
        VersionOrder::Unpin => Err(VersionError::NotPinned(name.to_owned())),
    }
}

/// What is kept of an agent, and what was decided about it; empty if there is no such agent.
pub async fn history(store: &Store, name: &str) -> Result<History, StoreError> {
    let row = store.rollout(&agent_rollout(name)).await?;
    let role = |sha256: &str| {
        let row = row.as_ref()?;
        let (candidate, stable) = (row.candidate.as_deref(), row.stable.as_deref());
        let serves = if row.state == State::Completed { candidate.or(stable) } else { stable };
        match () {
            () if row.state.is_under_way() && candidate == Some(sha256) => Some(Role::Tried(row.percent)),
            () if serves == Some(sha256) => Some(Role::Serves),
            () => None,
        }
    };
    let versions = store.versions(name).await?.into_iter().map(|version| {
        let role = role(&version.sha256);
        (version, role)
    });
    Ok(History { versions: versions.collect(), decisions: store.decisions(&agent_rollout(name), DECISIONS).await? })
}

/// As much of a sha-256 as people read.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
