//! On a server that several hosts share, a component that is dropped at one of them becomes the version of all: its bytes go into the
//! database and from there into the others' plugin folders, where it is looked at like any other file.
//!
//! The newest counts: a file that changed after the database's was put there is published, else the database's is fetched. A file that
//! a host refuses is not published. Taking a file away takes its agent out at that host alone; a flag does it everywhere.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Component, Store};

/// How often files and database are compared.
const POLL: Duration = Duration::from_secs(1);

/// Keeps a host's plugin folder and the database alike.
pub struct Share {
    store: Store,
    plugins: Plugins,
    /// What was read of each file, by when it changed and its length: a file that did not change is not read again.
    read: HashMap<PathBuf, (SystemTime, u64, String)>,
    /// What each file was when it was last alike with the database's.
    alike: HashMap<String, String>,
}

/// A component in the plugin folder.
struct Local {
    path: PathBuf,
    sha256: String,
    changed_ms: i64,
}

impl Share {
    /// Begins to compare; nothing has been compared yet.
    pub fn new(store: Store, plugins: Plugins) -> Share {
        Share { store, plugins, read: HashMap::new(), alike: HashMap::new() }
    }

    /// Compares again and again until the task is dropped.
    pub async fn follow(mut self) {
        loop {
            if let Err(error) = self.compare().await {
                warn!("components are not shared for now: {error:#}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn compare(&mut self) -> anyhow::Result<()> {
        let local = self.local()?;
        let shared: HashMap<String, Component> =
            self.store.components().await?.into_iter().map(|component| (component.file.clone(), component)).collect();
        for (file, local) in &local {
            let shared = shared.get(file);
            if shared.is_some_and(|shared| shared.sha256 == local.sha256) {
                self.alike.insert(file.clone(), local.sha256.clone());
                continue;
            }
            let is_newer = shared.is_none_or(|shared| {
                self.alike.get(file) == Some(&shared.sha256) || local.changed_ms > shared.published_at
            });
            if is_newer && self.is_accepted(&local.sha256) {
                let bytes = std::fs::read(&local.path)?;
                ensure!(hex::encode(Sha256::digest(&bytes)) == local.sha256, "{file} changed while it was read");
                self.store.publish_component(file, &local.sha256, bytes, local.changed_ms).await?;
                self.alike.insert(file.clone(), local.sha256.clone());
                info!(file, sha256 = local.sha256, "a component is published to the other hosts");
            }
        }
        for (file, shared) in &shared {
            let unlike = local
                .get(file)
                .is_none_or(|local| local.sha256 != shared.sha256 && local.changed_ms <= shared.published_at);
            if unlike && self.alike.get(file) != Some(&shared.sha256) {
                self.fetch(shared).await?;
                self.alike.insert(file.clone(), shared.sha256.clone());
            }
        }
        Ok(())
    }

    async fn fetch(&self, component: &Component) -> anyhow::Result<()> {
        let Component { file, sha256, .. } = component;
        // A name is a name, and nothing that leads elsewhere.
        ensure!(Path::new(file).file_name().is_some_and(|name| name == file.as_str()), "`{file}` is no file name");
        let bytes = self.store.component(file, sha256).await?.context("it was replaced meanwhile")?;
        ensure!(hex::encode(Sha256::digest(&bytes)) == *sha256, "the database's {file} is not what its sha-256 says");
        self.plugins.stage(file, bytes.into()).await?.put()?;
        info!(file, sha256, "a component came from another host");
        Ok(())
    }

    fn is_accepted(&self, sha256: &str) -> bool {
        self.plugins.files().values().any(|version| version.sha256() == sha256)
    }

    fn local(&mut self) -> anyhow::Result<HashMap<String, Local>> {
        let mut local = HashMap::new();
        for path in self.plugins.components()? {
            let Some(file) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            let Ok(about) = std::fs::metadata(&path) else { continue };
            let changed = about.modified()?;
            let known = self.read.get(&path).filter(|(at, length, _)| (*at, *length) == (changed, about.len()));
            let sha256 = match known {
                Some((_, _, sha256)) => sha256.clone(),
                None => hex::encode(Sha256::digest(std::fs::read(&path)?)),
            };
            self.read.insert(path.clone(), (changed, about.len(), sha256.clone()));
            let changed_ms = changed.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
            local.insert(file, Local { path, sha256, changed_ms });
        }
        Ok(local)
    }
}
