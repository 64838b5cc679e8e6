//! The gate of replay: with `gate = "replay"` in `plugins.toml` a new version serves nobody until it was played over recorded turns and does
//! the same as the stable one, or a person has accepted each kind of difference.
//!
//! The rollout's row waits at 0 %. What a replay says is stored with the version; the row then moves as `update` says.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{error, info};

use super::{
    rows::{DIFFERS, canary, served_by_file},
    versions::{served_last, short},
};
use crate::replay::{Components, Over, compare_versions};
use switchboard_core::{
    clock::Clock,
    plan::{Outcome, Rollout, State, agent_rollout},
};
use switchboard_sandbox::plugins::{Plugins, Update};
use switchboard_store::{ReplayRun, Store, StoreError};

/// The recorded turns that a new version is played over: the latest of its agent.
const TURNS: usize = 1_000;

/// Who decides, in rows and runs.
const WHO: &str = "gate";

/// The reason of a row that has passed, and waits for a person.
const PROMOTE: &str = "its replay passed; it waits for `agents promote";

/// The gate at one host.
pub(super) struct Gate {
    store: Store,
    plugins: Plugins,
    clock: Clock,
    /// Old and new versions that are being compared, or could not be.
    begun: Arc<Mutex<HashSet<(String, String)>>>,
}

impl Gate {
    pub(super) fn new(store: Store, plugins: Plugins, clock: Clock) -> Gate {
        Gate { store, plugins, clock, begun: Arc::default() }
    }

    /// The row's next state, if its version waits at the gate and the gate has come to know more. Begins the replay if nobody has.
    pub(super) async fn next(&self, agent: &str, row: &Rollout) -> Result<Option<Rollout>, StoreError> {
        let (Some(old), Some(new)) = (&row.stable, &row.candidate) else { return Ok(None) };
        if row.state != State::Held || row.percent != 0.0 {
            return Ok(None);
        }
        // Not what an operator let run, which may have been over few turns.
        match self.store.replay_by(agent, (old, new), WHO).await? {
            Some(run) => Ok(next_state(agent, &self.plugins.update(agent), row, &run, self.clock.now())),
            None => {
                self.begin(agent, old, new);
                Ok(None)
            }
        }
    }

    /// Plays the new version in the background; the verdict is stored, and the reconciler looks again.
    fn begin(&self, agent: &str, old: &str, new: &str) {
        let pair = (old.to_owned(), new.to_owned());
        if !self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(pair) {
            return;
        }
        let (store, plugins, agent) = (self.store.clone(), self.plugins.clone(), agent.to_owned());
        let (old, new) = (old.to_owned(), new.to_owned());
        tokio::spawn(async move {
            let components = Arc::new(Components::new(store.clone(), plugins.clone()));
            // One after the other: people's turns go first.
            let over = Over { turns: TURNS, since: 0, workers: 1 };
            match compare_versions(&store, &components, &agent, (&old, &new), over, WHO).await {
                Ok(compared) => info!(
                    agent.name = agent,
                    agent.sha256 = new,
                    "the replay of agent {agent}: {} of {} turns are the same",
                    compared.same,
                    compared.turns
                ),
                Err(failed) => error!(
                    agent.name = agent,
                    agent.sha256 = new,
                    "the replay of agent {agent} failed, so the version waits: {failed}; `agents diff` says more"
                ),
            }
            plugins.look_again();
        });
    }
}

/// Gives a gated agent without a rollout the row of the version that serves, so that a new file has one to be compared with.
pub(super) async fn ensure_row(
    store: &Store,
    agent: &str,
    file: &str,
    now: i64,
) -> Result<Option<Rollout>, StoreError> {
    let kept = store.versions(agent).await?;
    let Some(before) = served_last(&kept).filter(|before| before.sha256 != file) else { return Ok(None) };
    store.rollout_move(&served_by_file(agent, &before.sha256, None, now)).await?;
    store.rollout(&agent_rollout(agent)).await
}

/// The row after a replay; none if it stays as it is.
fn next_state(agent: &str, update: &Update, row: &Rollout, run: &ReplayRun, now: i64) -> Option<Rollout> {
    let stays = |reason: String| (row.reason != reason).then(|| row.decided(Outcome::Held, &reason, WHO, now));
    if !run.passes() {
        return stays(differs(agent, run));
    }
    let (stable, new) = (run.old_sha256.as_str(), run.new_sha256.as_str());
    let reason = format!("its replay passed, {} of {} turns the same", run.same, run.turns);
    match update {
        Update::Manual => stays(format!("{PROMOTE} {agent}`")),
        Update::Instant => Some(Rollout { reason, who: WHO.into(), ..served_by_file(agent, new, Some(row), now) }),
        Update::Canary(plan) => {
            Some(Rollout { reason, who: WHO.into(), ..canary(agent, plan.clone(), row, stable, new, now) })
        }
    }
}

/// What differs and was not accepted, in a sentence that says what to do.
fn differs(agent: &str, run: &ReplayRun) -> String {
    let kinds = run.open_kinds().into_iter().map(|kind| {
        let turns = run.differences.iter().filter(|difference| difference.kind == kind).map(|of| of.turns).max();
        format!("{kind} ({} turns)", turns.unwrap_or_default())
    });
    let (kinds, new) = (kinds.collect::<Vec<_>>().join(", "), short(&run.new_sha256));
    format!(
        "{DIFFERS}: {kinds}; see `agents diff {} {new}`, then `agents accept {agent} {new} <kind>`",
        short(&run.old_sha256)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::rows::{WAITS, holds, waiting};
    use switchboard_core::plan::Plan;
    use switchboard_store::ReplayDifference;

    fn run(kinds: &[(&str, Option<&str>)]) -> ReplayRun {
        let differences = kinds.iter().map(|(kind, accepted)| ReplayDifference {
            kind: (*kind).into(),
            place: "no flow".into(),
            turns: 3,
            message: 1,
            accepted_by: accepted.map(str::to_owned),
        });
        ReplayRun {
            id: 1,
            agent: "jobs".into(),
            old_sha256: "a".into(),
            new_sha256: "b".into(),
            at: 0,
            who: WHO.into(),
            turns: 9,
            same: 6,
            unknown: 0,
            differences: differences.collect(),
        }
    }

    #[test]
    fn a_version_goes_on_as_its_policy_says_once_nothing_is_open() {
        let row = waiting("jobs", &Rollout::begin("agent:jobs", Plan::canary(), 0, "file"), "a", "b", 5);
        assert_eq!(holds(&row), Some(WAITS));
        let open = run(&[("words", None), ("flow", Some("ann"))]);
        let held = next_state("jobs", &Update::Instant, &row, &open, 7).expect("it says why");
        assert!(
            held.state == State::Held && held.percent == 0.0 && held.reason.contains("words (3 turns);"),
            "{held:?}"
        );
        assert!(holds(&held).is_some());
        assert!(next_state("jobs", &Update::Instant, &held, &open, 8).is_none(), "said once");
        for good in [run(&[]), run(&[("words", Some("ann"))])] {
            let served = next_state("jobs", &Update::Instant, &held, &good, 9).expect("it serves");
            assert_eq!((served.state, served.stable.as_deref(), served.percent), (State::Completed, Some("b"), 100.0));
            let tried = next_state("jobs", &Update::Canary(Plan::canary()), &held, &good, 9).expect("it is tried");
            assert_eq!((tried.state, tried.candidate.as_deref()), (State::Running, Some("b")));
            let waits = next_state("jobs", &Update::Manual, &held, &good, 9).expect("it waits for a person");
            assert!(waits.state == State::Held && holds(&waits).is_none(), "{waits:?}");
        }
    }
}
