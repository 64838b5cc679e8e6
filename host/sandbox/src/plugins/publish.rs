//! The agents in service and the refused files: how a version comes into service and goes out of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use tracing::{info, warn};

use super::{
    registry::Inner,
    set::{AgentSet, Candidate},
};
use crate::agent::Version;

impl Inner {
    pub(super) fn publish(&self, version: Arc<Version>) {
        self.lock.keep(&version);
        let before = self.current.load_full();
        let name = version.name().to_owned();
        let old = before.get(&name).cloned();
        let (sha256, number) = (version.sha256()[..12].to_owned(), version.profile().version.clone());
        let same = old.as_ref().is_some_and(|old| old.sha256() == version.sha256());
        let mut agents: Vec<Arc<Version>> = before.iter().filter(|other| other.name() != name).cloned().collect();
        agents.push(version);
        self.store(agents, before.candidates.clone());
        if same {
            return;
        }
        info!(agent.name = name, agent.version = number, agent.sha256 = sha256, "agent {name} {number} is in service");
        if let Some(old) = old {
            let mut previous = self.previous.write().unwrap_or_else(PoisonError::into_inner);
            // Replaced versions are freed off the path of turns, which hold the snapshot and not this map.
            previous.insert(name, old);
        }
    }

    pub(super) fn store(&self, mut agents: Vec<Arc<Version>>, candidates: Vec<Candidate>) {
        let manifest = self.manifest.load();
        let place = |version: &Arc<Version>| {
            let listed = manifest.agents.iter().position(|entry| entry.name == version.name());
            (listed.unwrap_or(usize::MAX), version.name().to_owned())
        };
        agents.sort_by_key(place);
        self.current.store(Arc::new(AgentSet::new(agents, candidates)));
    }

    /// Takes the agent of a file out of service. Running turns finish on it.
    pub(super) fn unpublish(&self, file: &str, reason: &str) {
        let before = self.current.load_full();
        self.previous.write().unwrap_or_else(PoisonError::into_inner).retain(|_, version| version.about().file != file);
        if let Some(gone) = before.iter().find(|version| version.about().file == file) {
            let name = gone.name();
            warn!(agent.name = name, file, "agent {name} is out of service: {reason}");
            let stays = |version: &Arc<Version>| version.about().file != file;
            let candidates = before.candidates.iter().filter(|candidate| stays(&candidate.version)).cloned().collect();
            self.store(before.iter().filter(|version| stays(version)).cloned().collect(), candidates);
        }
        self.files_mut().retain(|_, version| version.about().file != file);
    }

    pub(super) fn refuse(&self, file: &str, reason: String) {
        note(&self.refused, file, Some(reason));
    }

    /// Notes that a rollout does not let a file's version serve, and why; or that it does.
    pub(super) fn withhold(&self, file: &str, reason: Option<String>) {
        note(&self.withheld, file, reason);
    }

    /// Notes that a file was loaded or is gone.
    pub(super) fn accept(&self, file: &str) {
        note(&self.refused, file, None);
        note(&self.withheld, file, None);
    }
}

/// Notes why a file is not in service, if it is not.
fn note(reasons: &RwLock<BTreeMap<String, String>>, file: &str, reason: Option<String>) {
    let mut reasons = reasons.write().unwrap_or_else(PoisonError::into_inner);
    let Some(reason) = reason else {
        reasons.remove(file);
        return;
    };
    if reasons.get(file) != Some(&reason) {
        warn!(file, "{file} is refused, and the running version stays in service: {reason}");
        reasons.insert(file.to_owned(), reason);
    }
}
