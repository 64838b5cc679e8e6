//! The component replicator: copies plugin files between the hosts of one Postgres server through the database.
//!
//! The newest file wins: a local file that changed after the database's copy was published is published, otherwise the database's copy is
//! fetched into the plugin folder. A file that the loader refuses is not published. Deleting a file removes its agent from that host
//! only; a flag removes it from all.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use crate::watcher::Looks;
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Component, Store};

/// How often the folder is looked through, and how often it is compared with the database though neither seems to have changed.
const POLL: Duration = Duration::from_secs(1);
const COMPARE: Duration = Duration::from_secs(10);

/// Replicates a host's plugin folder with the database.
pub struct ComponentReplicator {
    store: Store,
    plugins: Plugins,
    /// The SHA-256 of each file, with the modification time and length it was read at: an unchanged file is not read again.
    read: HashMap<PathBuf, (SystemTime, u64, Option<String>)>,
    /// The SHA-256 at which each file last equalled the database's copy.
    in_sync: HashMap<String, String>,
}

/// A component file in the plugin folder.
struct LocalFile {
    path: PathBuf,
    /// None if it cannot be read: no regular file, or too large.
    sha256: Option<String>,
    changed_ms: i64,
}

impl ComponentReplicator {
    /// A replicator that has not compared anything yet.
    pub fn new(store: Store, plugins: Plugins) -> ComponentReplicator {
        ComponentReplicator { store, plugins, read: HashMap::new(), in_sync: HashMap::new() }
    }

    /// Compares and copies until the task is dropped.
    pub async fn follow(mut self, looks: Looks) {
        let (mut seen, mut compare_at) = (None, Instant::now());
        // What is not loaded yet is not accepted yet.
        self.plugins.until_ready(|_| true).await;
        loop {
            let now = self.local().await.map(|local| (looks.last().components, self.fingerprint(&local)));
            match now {
                Ok(now) if seen.as_ref() == Some(&now) && Instant::now() < compare_at => {}
                Ok(now) => match self.compare().await {
                    Ok(()) => (seen, compare_at) = (Some(now), Instant::now() + COMPARE),
                    Err(error) => warn!("components could not be replicated: {error:#}"),
                },
                Err(error) => warn!("the plugin folder cannot be read: {error:#}"),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn compare(&mut self) -> anyhow::Result<()> {
        let local = self.local().await?;
        let shared: HashMap<String, Component> =
            self.store.components().await?.into_iter().map(|component| (component.file.clone(), component)).collect();
        for (file, local) in &local {
            let Some(sha256) = &local.sha256 else { continue };
            let shared = shared.get(file);
            if shared.is_some_and(|shared| shared.sha256 == *sha256) {
                self.in_sync.insert(file.clone(), sha256.clone());
                continue;
            }
            let is_newer = shared.is_none_or(|shared| {
                self.in_sync.get(file) == Some(&shared.sha256) || local.changed_ms > shared.published_at
            });
            if is_newer && self.is_accepted(sha256) {
                let bytes = self.plugins.read(&local.path).await?.unwrap_or_default();
                ensure!(hex::encode(Sha256::digest(&bytes)) == *sha256, "{file} changed while it was read");
                // Before the component, so that anyone who fetches that finds it.
                if let Some(signature) = self.plugins.signature(sha256) {
                    self.store.keep_signature(sha256, &signature, local.changed_ms).await?;
                }
                self.store.publish_component(file, sha256, bytes, local.changed_ms).await?;
                self.in_sync.insert(file.clone(), sha256.clone());
                info!(file, sha256, "a component was published to the other hosts");
            }
        }
        for (file, shared) in &shared {
            let is_outdated = local.get(file).is_none_or(|local| {
                let is_other = local.sha256.as_ref().is_some_and(|sha256| *sha256 != shared.sha256);
                is_other && local.changed_ms <= shared.published_at
            });
            if is_outdated && self.in_sync.get(file) != Some(&shared.sha256) {
                self.fetch(shared).await?;
                self.in_sync.insert(file.clone(), shared.sha256.clone());
            }
        }
        Ok(())
    }

    async fn fetch(&self, component: &Component) -> anyhow::Result<()> {
        let Component { file, sha256, .. } = component;
        // Only a plain file name: no path may lead out of the folder.
        ensure!(Path::new(file).file_name().is_some_and(|name| name == file.as_str()), "`{file}` is not a file name");
        let bytes = self.store.component(file, sha256).await?.context("the component was replaced meanwhile")?;
        ensure!(hex::encode(Sha256::digest(&bytes)) == *sha256, "the database's {file} does not match its SHA-256");
        if let Some(signature) = self.store.signature(sha256).await? {
            self.plugins.add_signature(sha256, &signature);
        }
        self.plugins.stage(file, bytes.into()).await?.put()?;
        info!(file, sha256, "a component was fetched from another host");
        Ok(())
    }

    fn is_accepted(&self, sha256: &str) -> bool {
        self.plugins.files().values().any(|version| version.sha256() == sha256)
    }

    /// The component files that can be read. The others are not replaced either: they stay as they were put there.
    async fn local(&mut self) -> anyhow::Result<HashMap<String, LocalFile>> {
        let mut local = HashMap::new();
        for path in self.plugins.components()? {
            let Some(file) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            let Ok(about) = std::fs::metadata(&path) else { continue };
            let changed = about.modified()?;
            let known = self.read.get(&path).filter(|(at, length, _)| (*at, *length) == (changed, about.len()));
            let sha256 = match known {
                Some((_, _, sha256)) => sha256.clone(),
                None => match self.plugins.read(&path).await {
                    Ok(Some(bytes)) => Some(hex::encode(Sha256::digest(&bytes))),
                    Ok(None) => continue,
                    Err(_) => None,
                },
            };
            self.read.insert(path.clone(), (changed, about.len(), sha256.clone()));
            let changed_ms = changed.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
            local.insert(file, LocalFile { path, sha256, changed_ms });
        }
        Ok(local)
    }

    /// What a folder holds and what of it was accepted, to see whether that has changed.
    fn fingerprint(&self, local: &HashMap<String, LocalFile>) -> Vec<(String, Option<String>, i64, bool)> {
        let fingerprint = |(name, file): (&String, &LocalFile)| {
            let is_accepted = file.sha256.as_ref().is_some_and(|sha256| self.is_accepted(sha256));
            (name.clone(), file.sha256.clone(), file.changed_ms, is_accepted)
        };
        let mut files: Vec<_> = local.iter().map(fingerprint).collect();
        files.sort();
        files
    }
}
