//! What follows from a change of `plugins.toml` or of a component file: components are loaded again, and the agents in service replaced.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    time::Instant,
};

use tokio::task::JoinSet;
use tracing::{info, warn};

use super::{files::files_of, manifest::Manifest, refusal::NotLoaded, registry::Inner, set::Candidate};

/// The manifest's name in the list of refused files.
const MANIFEST: &str = "plugins.toml";

impl Inner {
    /// Begins to load all components, each in a task of its own.
    pub(super) fn load_all(self: &Arc<Self>) -> JoinSet<()> {
        match files_of(&self.manifest.load()) {
            Ok(files) => {
                self.starting.begin(files.iter().filter_map(|file| self.agent_of(file)));
                self.load_each(&files)
            }
            Err(reason) => {
                self.refuse(MANIFEST, reason);
                JoinSet::new()
            }
        }
    }

    fn load_each(self: &Arc<Self>, files: &[PathBuf]) -> JoinSet<()> {
        let load = |path: &PathBuf| {
            let (inner, path) = (self.clone(), path.clone());
            async move { inner.file_changed(&path).await }
        };
        files.iter().map(load).collect()
    }

    /// The name of the agent that a file is to hold, by the manifest or by its own name.
    fn agent_of(&self, path: &Path) -> Option<String> {
        let file = path.file_name()?.to_str()?;
        Some(self.entry(file).map_or_else(|_| file.trim_end_matches(".wasm").to_owned(), |entry| entry.name))
    }

    /// Rereads the manifest and applies it to all agents, running ones included. An invalid one changes nothing.
    pub(super) async fn manifest_changed(self: &Arc<Self>) {
        let read = Manifest::read(&self.config.manifest).map_err(|error| error.to_string());
        let (manifest, files) = match read.and_then(|manifest| Ok((files_of(&manifest)?, manifest))) {
            Ok((files, manifest)) => (manifest, files),
            Err(reason) => return self.refuse(MANIFEST, reason),
        };
        self.manifest.store(Arc::new(manifest));
        for reasons in [&self.refused, &self.withheld] {
            reasons.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        // Canaries were loaded under the previous manifest.
        self.previous.write().unwrap_or_else(PoisonError::into_inner).clear();
        info!("plugins.toml was read again");
        self.reapply_manifest().await;
        self.load_each(&files).detach_all();
    }

    /// Applies the manifest to the versions in service. A version that it no longer allows is taken out of service.
    async fn reapply_manifest(&self) {
        let _one_at_a_time = self.changing.lock().await;
        for version in self.current.load().iter() {
            let file = &version.about().file;
            let held = match self.entry(file) {
                Ok(_) if !self.directory().join(file).exists() => Err("its file is not in the plugin directory".into()),
                Ok(entry) => self.loader.hold(version, &entry).await.map_err(|refusal| refusal.to_string()),
                Err(reason) => Err(reason),
            };
            match held {
                Ok(None) => {}
                Ok(Some(version)) => self.publish(Arc::new(version)),
                Err(reason) => self.unpublish(file, &reason),
            }
        }
        let before = self.current.load_full();
        let mut held = Vec::new();
        for candidate in &before.candidates {
            let entry = self.entry(&candidate.version.about().file);
            let Ok(entry) = entry else { continue };
            match self.loader.hold(&candidate.version, &entry).await {
                Ok(None) => held.push(candidate.clone()),
                Ok(Some(version)) => held.push(Candidate { version: Arc::new(version), ..candidate.clone() }),
                Err(refusal) => warn!(agent.name = entry.name, "a canary is dropped: {refusal}"),
            }
        }
        self.store(before.iter().cloned().collect(), held);
    }

    /// Handles a file that was added, changed or removed. A failure leaves the running version in service.
    pub(super) async fn file_changed(&self, path: &Path) {
        let Some(name) = path.file_name() else { return };
        let file = name.to_string_lossy();
        self.slots.run(&file, self.load_and_swap(&file, path)).await;
        if let Some(agent) = self.agent_of(path) {
            // Where a rollout decides, the agent is ready once it has decided.
            let is_decided = self.delegated.read().unwrap_or_else(PoisonError::into_inner).is_none();
            self.starting.loaded(&agent, is_decided || self.current.load().get(&agent).is_some());
        }
        self.changed.notify_one();
    }

    async fn load_and_swap(&self, file: &str, path: &Path) {
        let loaded = self.load(path).await;
        let _one_at_a_time = self.changing.lock().await;
        if !matches!(loaded, Err(NotLoaded::Failed(_))) {
            self.retries.ended(file);
        }
        match loaded {
            Ok(Some(version)) => {
                if let Some(asks) = self.lock.asks(&version) {
                    return self.refuse(file, asks);
                }
                self.accept(file);
                self.files_mut().insert(version.name().to_owned(), version.clone());
                if !self.is_delegated(version.name()) {
                    self.publish(version);
                }
            }
            Ok(None) => {
                self.accept(file);
                self.unpublish(file, "its file was deleted");
            }
            Err(NotLoaded::Refused(reason)) => self.refuse(file, reason),
            Err(NotLoaded::Failed(reason)) => {
                self.refuse(file, reason);
                self.retries.failed(file, Instant::now());
            }
        }
    }

    /// Loads the files again that failed, where it is time.
    pub(super) fn retry_failed(self: &Arc<Self>) {
        self.load_again(&self.retries.due(Instant::now()));
    }

    /// Loads the files again that were refused: an operator may have allowed one.
    pub(super) fn allowed_changed(self: &Arc<Self>) {
        let refused: Vec<String> = self
            .refused
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .filter(|file| *file != MANIFEST)
            .cloned()
            .collect();
        self.load_again(&refused);
    }

    fn load_again(self: &Arc<Self>, files: &[String]) {
        let paths: Vec<PathBuf> = files.iter().map(|file| self.directory().join(file)).collect();
        self.load_each(&paths).detach_all();
    }
}
