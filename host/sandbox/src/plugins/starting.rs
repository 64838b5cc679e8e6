//! The agents of the start that are not ready yet, and waiting for them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tokio::sync::watch;
use tracing::info;

/// How long after the start a message waits for an agent.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(30);

/// The agents that are not ready yet.
pub(super) struct Starting {
    since: Instant,
    agents: watch::Sender<BTreeMap<String, Step>>,
}

/// What an agent that is not ready waits for.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// Its file is read, checked and compiled.
    Load,
    /// The rollout decides which version serves.
    Decision,
}

impl Default for Starting {
    fn default() -> Starting {
        Starting { since: Instant::now(), agents: watch::Sender::new(BTreeMap::new()) }
    }
}

impl Starting {
    /// These agents are loaded from now on.
    pub(super) fn begin(&self, agents: impl Iterator<Item = String>) {
        self.agents.send_replace(agents.map(|agent| (agent, Step::Load)).collect());
    }

    /// An agent's file was loaded or refused; `is_ready` if no rollout has to decide.
    pub(super) fn loaded(&self, agent: &str, is_ready: bool) {
        self.change(|agents| match agents.get_mut(agent) {
            Some(_) if is_ready => agents.remove(agent).is_some(),
            Some(step) => std::mem::replace(step, Step::Decision) != Step::Decision,
            None => false,
        });
    }

    /// The agents that wait for a decision.
    pub(super) fn undecided(&self) -> Vec<String> {
        let agents = self.agents.borrow();
        agents.iter().filter(|(_, step)| **step == Step::Decision).map(|(agent, _)| agent.clone()).collect()
    }

    /// The agents that are not ready.
    pub(super) fn agents(&self) -> Vec<String> {
        self.agents.borrow().keys().cloned().collect()
    }

    /// Waits until none of the agents that are waited for is missing; at most until [`WAIT_MAX`] after the start.
    pub(super) async fn until_ready(&self, is_waited_for: impl Fn(&str) -> bool) {
        let mut agents = self.agents.subscribe();
        let ready = agents.wait_for(|agents| !agents.keys().any(|agent| is_waited_for(agent)));
        let _ = tokio::time::timeout_at((self.since + WAIT_MAX).into(), ready).await;
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Step>) -> bool) {
        let is_changed = self.agents.send_if_modified(change);
        if is_changed && self.agents.borrow().is_empty() {
            info!("all agents are ready or refused, {} ms after the start", self.since.elapsed().as_millis());
        }
    }
}
