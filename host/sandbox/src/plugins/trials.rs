//! The registry's interface for rollouts: putting stable versions and canaries in service, and dropping a canary that
//! fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
};

use tracing::{error, info, warn};
use uuid::Uuid;

use super::{
    manifest::Update,
    registry::{Inner, Plugins},
    set::{AgentSet, Candidate},
};
use crate::agent::{CANARY, STABLE, Stopped, Version};

/// How a turn ended, for the record of the version.
pub struct TurnEnd<'a> {
    /// Whose turn it was.
    pub person: Uuid,
    /// Why it has no outcome.
    pub stop: Option<&'a Stopped>,
    /// When, in milliseconds.
    pub now: i64,
    /// A turn on a test number: it is no evidence for or against the version.
    pub is_test: bool,
}

impl Plugins {
    /// Leaves updates to a rollout: for agents whose `update` is not instant, and for those named.
    pub fn delegate_updates_to_rollout(&self, also: BTreeSet<String>) {
        *self.inner.delegated.write().unwrap_or_else(PoisonError::into_inner) = Some(also);
    }

    /// Waits until a file changes or a canary fails.
    pub async fn changed(&self) {
        self.inner.changed.notified().await;
    }

    /// The version in each agent's file, in service or not.
    pub fn files(&self) -> BTreeMap<String, Arc<Version>> {
        self.inner.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The update policy of an agent.
    pub fn update(&self, name: &str) -> Update {
        self.inner.update(name)
    }

    /// Whether a new version of an agent waits for its replay before it serves anybody: `gate = "replay"`.
    pub fn is_gated(&self, name: &str) -> bool {
        self.inner.is_gated(name)
    }

    /// Wakes who waits for a change, see [`changed`](Plugins::changed).
    pub fn look_again(&self) {
        self.inner.changed.notify_one();
    }

    /// Puts a version in service, and a canary beside it for a percentage of the people; `withheld` is why the version in the agent's
    /// file is not in service, if it is not. Does nothing if the file has changed since that was decided (`decided_on`).
    pub async fn serve(
        &self,
        decided_on: &str,
        stable: Arc<Version>,
        candidate: Option<(Arc<Version>, f64)>,
        withheld: Option<String>,
    ) {
        let _one_at_a_time = self.inner.changing.lock().await;
        let name = stable.name().to_owned();
        let file = self.files().get(&name).filter(|file| file.sha256() == decided_on).cloned();
        let Some(file) = file else { return };
        self.inner.withhold(&file.about().file, withheld);
        let before = self.inner.current.load_full();
        let mut candidates: Vec<Candidate> =
            before.candidates.iter().filter(|other| other.version.name() != name).cloned().collect();
        if let Some((version, percent)) = candidate {
            let known = before.candidate(&name).filter(|known| known.version.sha256() == version.sha256());
            if known.is_none() {
                info!(
                    agent.name = name,
                    agent.sha256 = version.sha256(),
                    "a canary of agent {name} serves {percent} %"
                );
            }
            // A canary that tripped here is not served again, even if the rollout does not know of it yet.
            if !version.record().has_tripped() {
                candidates.push(Candidate { version, percent });
            }
        }
        self.inner.store(before.iter().cloned().collect(), candidates);
        if before.get(&name).is_none_or(|old| old.sha256() != stable.sha256()) {
            self.inner.publish(stable);
        }
    }

    /// The agents whose file is refused, and of which no version was loaded from a file.
    pub fn without_version(&self) -> Vec<String> {
        let inner = &self.inner;
        let refused = inner.refused.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect::<Vec<_>>();
        let agents = refused.iter().filter_map(|file| inner.entry(file).ok()).map(|entry| entry.name);
        let files = self.files();
        agents.filter(|agent| !files.contains_key(agent)).collect()
    }

    /// Puts a version in service for an agent whose file is refused; false if its file was loaded or deleted meanwhile.
    pub async fn stand_in(&self, version: Arc<Version>) -> bool {
        let _one_at_a_time = self.inner.changing.lock().await;
        let stands_in = self.without_version().iter().any(|agent| agent == version.name());
        if stands_in {
            self.inner.publish(version);
        }
        stands_in
    }

    /// Counts a turn of a person with this snapshot, and whether the version was stopped in it by a trap or a limit. Returns the stable
    /// version that can repeat the turn, if this was a canary that was stopped. Another turn may have dropped the canary in the meantime.
    pub fn ended(&self, set: &AgentSet, version: &Version, turn: &TurnEnd<'_>) -> Option<Arc<Version>> {
        let (person, now) = (turn.person, turn.now);
        let stop = turn.stop.filter(|stop| stop.is_breach());
        let is_canary = set.candidate(version.name()).is_some_and(|tried| tried.version.sha256() == version.sha256());
        if turn.is_test {
            return stop.filter(|_| is_canary).and(set.get(version.name()).cloned());
        }
        if !is_canary {
            // A model or a database that is slow is no fault of the version.
            let stopped = stop.is_some_and(|stop| !matches!(stop, Stopped::Wall(_)));
            if version.record().ended(STABLE, person, stopped, now) {
                error!(
                    agent.name = version.name(),
                    agent.sha256 = version.sha256(),
                    "the agent was stopped too often: it is out of service here for a while"
                );
            }
            return None;
        }
        if version.record().ended(CANARY, person, stop.is_some(), now) {
            warn!(
                agent.name = version.name(),
                agent.sha256 = version.sha256(),
                "a canary was stopped too often: it is dropped"
            );
            // In the background: this turn goes on with the stable version.
            let (inner, sha256) = (self.inner.clone(), version.sha256().to_owned());
            tokio::spawn(async move { inner.drop_candidate(&sha256).await });
        }
        stop.and(set.get(version.name()).cloned())
    }

    /// Canaries that failed too often at this host: agent, SHA-256, stopped turns, all turns.
    pub fn tripped(&self) -> Vec<(String, String, usize, usize)> {
        self.inner.tripped.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Inner {
    async fn drop_candidate(&self, sha256: &str) {
        let _one_at_a_time = self.changing.lock().await;
        let before = self.current.load_full();
        let (dropped, stay): (Vec<Candidate>, Vec<Candidate>) =
            before.candidates.iter().cloned().partition(|candidate| candidate.version.sha256() == sha256);
        self.store(before.iter().cloned().collect(), stay);
        let mut tripped = self.tripped.write().unwrap_or_else(PoisonError::into_inner);
        for candidate in dropped {
            let (stops, turns) = candidate.version.record().counts();
            tripped.push((candidate.version.name().to_owned(), sha256.to_owned(), stops, turns));
        }
        drop(tripped);
        self.changed.notify_one();
    }
}
