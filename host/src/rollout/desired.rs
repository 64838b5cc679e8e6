//! The desired state of an agent's versions, from its update policy, its file and its rollout's row. Pure.

use super::rows::{canary, served_by_file, waiting};
use switchboard_core::plan::{Outcome, Plan, Rollout, State};
use switchboard_sandbox::plugins::Update;

/// The desired state of an agent.
#[derive(Clone, Debug, PartialEq)]
pub enum Desired {
    /// Serve these versions, by SHA-256; the candidate for a share of the people.
    Serve {
        /// The version for everybody else.
        stable: String,
        /// The candidate version, and its percentage of people.
        candidate: Option<(String, f64)>,
        /// Why the file's version does not serve, if it does not.
        refused: Option<String>,
    },
    /// The row must first be changed to this.
    Change(Box<Rollout>),
}

/// The observed state of an agent's file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileState<'a> {
    /// The SHA-256 of its bytes.
    pub sha256: &'a str,
    /// It is a new deployment: it never served and was never dropped or, with a single host, the file has changed. Otherwise this host
    /// merely lags behind the others.
    pub is_new: bool,
    /// A new version waits for its replay first: `gate = "replay"`.
    pub is_gated: bool,
}

/// Derives an agent's desired state.
pub fn reconcile(agent: &str, update: &Update, row: Option<&Rollout>, file_state: FileState<'_>, now: i64) -> Desired {
    let FileState { sha256: file, is_new, is_gated } = file_state;
    let serve =
        |stable: &str, refused: Option<String>| Desired::Serve { stable: stable.to_owned(), candidate: None, refused };
    let Some(row) = row else {
        return match update {
            Update::Instant if !is_gated => serve(file, None),
            _ => Desired::Change(served_by_file(agent, file, None, now).into()),
        };
    };
    let before = row.stable.as_deref().unwrap_or(file);
    if row.outcome == Outcome::Pinned {
        let refused =
            (file != before).then(|| format!("agent `{agent}` is pinned to another version: `agents unpin {agent}`"));
        return serve(before, refused);
    }
    let stable = match (row.state, row.candidate.as_deref()) {
        (State::Completed, Some(candidate)) => candidate,
        _ => before,
    };
    let is_candidate = row.candidate.as_deref() == Some(file);
    let passed = || format!("the agent has moved on to another version: `agents pin {agent}` returns to this one");
    match row.state {
        State::Running | State::Held if is_candidate || !is_new => Desired::Serve {
            stable: stable.to_owned(),
            candidate: row.candidate.clone().map(|candidate| (candidate, row.percent)),
            refused: (!is_candidate && file != stable).then(passed),
        },
        State::Running | State::Held if file == stable => {
            Desired::Change(row.aborted("its file was replaced by the stable version's", "file", now).into())
        }
        State::Aborted if is_candidate => serve(stable, Some(format!("its rollout was aborted: {}", row.reason))),
        _ if file == stable => serve(stable, None),
        _ if !is_new => serve(stable, Some(passed())),
        _ if is_gated => Desired::Change(waiting(agent, row, stable, file, now).into()),
        _ => match update {
            Update::Instant => Desired::Change(served_by_file(agent, file, Some(row), now).into()),
            Update::Canary(plan) => Desired::Change(canary(agent, plan.clone(), row, stable, file, now).into()),
            Update::Manual => {
                let waits = canary(agent, Plan::canary(), row, stable, file, now);
                let reason = format!("it waits for `agents promote {agent}`");
                Desired::Change(Rollout { state: State::Held, percent: 0.0, reason, ..waits }.into())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 7;

    fn row(state: State, stable: &str, candidate: Option<&str>) -> Rollout {
        let plan = Plan::canary();
        let (stable, candidate) = (Some(stable.to_owned()), candidate.map(str::to_owned));
        Rollout { state, stable, candidate, ..Rollout::begin("agent:jobs", plan, 0, "file") }
    }

    fn desired(update: &Update, row: Option<&Rollout>, sha256: &str, is_new: bool) -> String {
        match reconcile("jobs", update, row, FileState { sha256, is_new, is_gated: false }, NOW) {
            Desired::Serve { stable, candidate, refused } => {
                let candidate = candidate.map(|(sha256, percent)| format!(" and {sha256} for {percent} %"));
                format!("{stable}{}{}", candidate.unwrap_or_default(), if refused.is_some() { ", refused" } else { "" })
            }
            Desired::Change(next) => {
                let (stable, candidate) = (next.stable.unwrap_or_default(), next.candidate.unwrap_or_default());
                format!("→ {} {} {stable}/{candidate} {} %", next.state.as_str(), next.outcome, next.percent)
            }
        }
    }

    #[test]
    fn every_file_and_row_have_a_desired_state() {
        let canary = Update::Canary(Plan::canary());
        let pinned = Rollout { outcome: Outcome::Pinned, ..row(State::Held, "a", None) };
        let manual = Rollout { percent: 0.0, ..row(State::Held, "a", Some("b")) };
        for (update, row, file, expected) in [
            (&Update::Instant, None, "a", "a"),
            (&canary, None, "a", "→ completed served a/ 100 %"),
            (&canary, Some(row(State::Completed, "a", None)), "a", "a"),
            (&canary, Some(row(State::Completed, "a", None)), "b", "→ running started a/b 10 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "b", "a and b for 10 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "a", "→ aborted aborted a/b 0 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "c", "→ running started a/c 10 %"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "b", "a, refused"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "a", "a"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "c", "→ running started a/c 10 %"),
            (&canary, Some(row(State::Completed, "a", Some("b"))), "b", "b"),
            (&canary, Some(row(State::Completed, "a", Some("b"))), "c", "→ running started b/c 10 %"),
            (&Update::Manual, Some(row(State::Completed, "a", None)), "b", "→ held started a/b 0 %"),
            (&Update::Manual, Some(manual), "b", "a and b for 0 %"),
            (&Update::Instant, Some(row(State::Aborted, "a", Some("b"))), "b", "a, refused"),
            (&Update::Instant, Some(row(State::Aborted, "a", Some("b"))), "c", "→ completed served c/ 100 %"),
            (&Update::Instant, Some(pinned.clone()), "b", "a, refused"),
            (&Update::Instant, Some(pinned), "a", "a"),
        ] {
            assert_eq!(desired(update, row.as_ref(), file, true), expected, "{update:?} {row:?} {file}");
        }
        // A host that has not caught up changes nothing.
        for (row, file, expected) in [
            (row(State::Running, "a", Some("c")), "a", "a and c for 10 %"),
            (row(State::Running, "a", Some("c")), "b", "a and c for 10 %, refused"),
            (row(State::Completed, "a", Some("c")), "a", "c, refused"),
            (row(State::Aborted, "a", Some("c")), "b", "a, refused"),
        ] {
            assert_eq!(desired(&canary, Some(&row), file, false), expected, "{row:?} {file}");
        }
    }
}
