//! Rows of agents' rollouts, as values.

use switchboard_core::plan::{Outcome, Plan, Rollout, State, agent_rollout};

/// The reason of a row whose version was not played yet.
pub(super) const WAITS: &str = "it waits for its replay";

/// How the reason of a row begins whose version does something otherwise.
pub(super) const DIFFERS: &str = "its replay differs";

/// A completed rollout: this version serves everybody, there is no candidate.
pub(super) fn served_by_file(agent: &str, sha256: &str, row: Option<&Rollout>, now: i64) -> Rollout {
    Rollout {
        state: State::Completed,
        percent: 100.0,
        stable: Some(sha256.to_owned()),
        outcome: Outcome::Served,
        reason: "by its file".into(),
        version: row.map_or(0, |row| row.version),
        ..Rollout::begin(&agent_rollout(agent), Plan::canary(), now, "file")
    }
}

/// A running rollout of a candidate version.
pub(super) fn canary(agent: &str, plan: Plan, row: &Rollout, stable: &str, candidate: &str, now: i64) -> Rollout {
    Rollout {
        stable: Some(stable.to_owned()),
        candidate: Some(candidate.to_owned()),
        reason: "a new file".into(),
        version: row.version,
        ..Rollout::begin(&agent_rollout(agent), plan, now, "file")
    }
}

/// A row that waits for its replay.
pub(super) fn waiting(agent: &str, row: &Rollout, stable: &str, file: &str, now: i64) -> Rollout {
    let tried = canary(agent, Plan::canary(), row, stable, file, now);
    Rollout { state: State::Held, percent: 0.0, reason: WAITS.into(), ..tried }
}

/// Why a row's version may not be promoted: the gate holds it.
pub fn holds(row: &Rollout) -> Option<&str> {
    let is_held = row.state == State::Held && [WAITS, DIFFERS].iter().any(|why| row.reason.starts_with(why));
    is_held.then_some(row.reason.as_str())
}
