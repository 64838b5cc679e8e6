//! Versions on trial: what the rollout asks of the registry, and how a candidate that fails is dropped.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
};

use tracing::{info, warn};

use super::{
    manifest::Update,
    registry::{Inner, Plugins},
    set::{AgentSet, Candidate},
};
use crate::agent::Version;

impl Plugins {
    /// From now on somebody decides about new versions of agents whose `update` is not instant, and of those named.
    pub fn steer(&self, also: BTreeSet<String>) {
        *self.inner.steered.write().unwrap_or_else(PoisonError::into_inner) = Some(also);
    }

    /// Waits for a change of files, or a candidate that tripped.
    pub async fn stirred(&self) {
        self.inner.stirred.notified().await;
    }

    /// What each agent's file holds, in service or not.
    pub fn files(&self) -> BTreeMap<String, Arc<Version>> {
        self.inner.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What becomes of new versions of an agent.
    pub fn update(&self, name: &str) -> Update {
        self.inner.update(name)
    }

    /// Puts a version in service, and another beside it for a share of the people. Nothing happens if the agent's file has changed
    /// since that was decided, from `decided_on`.
    pub async fn serve(&self, decided_on: &str, stable: Arc<Version>, candidate: Option<(Arc<Version>, f64)>) {
        let _one_at_a_time = self.inner.changing.lock().await;
        let name = stable.name().to_owned();
        if self.files().get(&name).is_none_or(|file| file.sha256() != decided_on) {
            return;
        }
        let before = self.inner.current.load_full();
        let mut candidates: Vec<Candidate> =
            before.candidates.iter().filter(|other| other.version.name() != name).cloned().collect();
        if let Some((version, percent)) = candidate {
            let known = before.candidate(&name).filter(|known| known.version.sha256() == version.sha256());
            let trial = known.map(|known| known.trial.clone()).unwrap_or_default();
            if known.is_none() {
                info!(
                    agent.name = name,
                    agent.sha256 = version.sha256(),
                    "a version of agent {name} is tried on {percent} %"
                );
            }
            // What tripped here does not come back, though the word of it may still be on its way.
            if !trial.has_tripped() {
                candidates.push(Candidate { version, percent, trial });
            }
        }
        self.inner.store(before.iter().cloned().collect(), candidates);
        if before.get(&name).is_none_or(|old| old.sha256() != stable.sha256()) {
            self.inner.publish(stable);
        }
    }

    /// Says that a file is not in service, and why.
    pub fn refuse(&self, file: &str, reason: String) {
        self.inner.refuse(file, reason);
    }

    /// A version was stopped in a turn that began with these agents: another turn may have dropped it since. The stable one that can
    /// take the turn over; none if this was no candidate.
    pub fn stopped(&self, set: &AgentSet, version: &Version) -> Option<Arc<Version>> {
        let candidate = set.candidate(version.name())?;
        if candidate.version.sha256() != version.sha256() {
            return None;
        }
        if candidate.trial.stopped() {
            warn!(
                agent.name = version.name(),
                agent.sha256 = version.sha256(),
                "a version that is tried was stopped too often: it is dropped"
            );
            // Off the path of this turn, which goes on with the stable one.
            let (inner, sha256) = (self.inner.clone(), version.sha256().to_owned());
            tokio::spawn(async move { inner.drop_candidate(&sha256).await });
        }
        set.get(version.name()).cloned()
    }

    /// Candidates that tripped at this host: agent, sha-256, and how often they were stopped in how many turns.
    pub fn tripped(&self) -> Vec<(String, String, u32, u32)> {
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
            let (stops, turns) = candidate.trial.counts();
            tripped.push((candidate.version.name().to_owned(), sha256.to_owned(), stops, turns));
        }
        drop(tripped);
        self.stirred.notify_one();
    }
}
