//! The components that recorded turns are played to, by SHA-256.

use std::{collections::HashMap, path::Path, sync::Arc};

use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::error::ReplayError;
use switchboard_sandbox::{
    agent::{Limits, MEMORY_BYTES_CEILING, RecordedLimits, Version},
    plugins::Plugins,
};
use switchboard_store::Store;

/// Versions for replay, each loaded once.
pub struct Components {
    store: Store,
    plugins: Plugins,
    /// By agent, SHA-256 and limits.
    made: Mutex<HashMap<(String, String, RecordedLimits), Arc<Version>>>,
}

/// The limits of turns whose journal does not say under which they ran: so high that no agent of ours meets them.
const UNKNOWN: RecordedLimits = RecordedLimits {
    fuel: 20_000_000_000,
    memory: MEMORY_BYTES_CEILING,
    calls: 4_096,
    returned: 4 << 20,
    held: 64 << 20,
    written: 16 << 20,
};

/// The most versions that are held at once.
const MADE_MAX: usize = 64;

impl Components {
    /// Components of this database and of this plugin folder.
    pub fn new(store: Store, plugins: Plugins) -> Components {
        Components { store, plugins, made: Mutex::default() }
    }

    /// The version of an agent with this SHA-256, under these limits, or under very high ones.
    pub async fn version(
        &self,
        agent: &str,
        sha256: &str,
        limits: Option<RecordedLimits>,
    ) -> Result<Arc<Version>, ReplayError> {
        let limits = limits.unwrap_or(UNKNOWN);
        let key = (agent.to_owned(), sha256.to_owned(), limits);
        let mut made = self.made.lock().await;
        if let Some(version) = made.get(&key) {
            return Ok(version.clone());
        }
        if made.len() >= MADE_MAX {
            made.clear();
        }
        let same = made.iter().find(|((name, sum, _), _)| name == agent && sum == sha256);
        let version = match same {
            Some((_, version)) => {
                let about = switchboard_sandbox::agent::About { limits: limits.into(), ..version.about().clone() };
                version.under(about).await.map_err(|unfit| ReplayError::Refused(agent.to_owned(), unfit.to_string()))?
            }
            None => {
                let wasm = self
                    .bytes(sha256)
                    .await?
                    .ok_or_else(|| ReplayError::NoComponent { agent: agent.to_owned(), sha256: sha256.to_owned() })?;
                self.load(agent, wasm.into(), limits.into()).await?
            }
        };
        let version = Arc::new(version);
        made.insert(key, version.clone());
        Ok(version)
    }

    /// The agent and the SHA-256 of a version that a person means: the path of a component, or the beginning of a SHA-256 that is kept.
    /// A file is of this agent, else of the one that it is named after.
    pub async fn find(&self, meant: &str, agent: Option<&str>) -> Result<(String, String), ReplayError> {
        let path = Path::new(meant);
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let agent = agent.unwrap_or(stem);
            let read = self
                .plugins
                .read(path)
                .await
                .map_err(|error| ReplayError::File(meant.to_owned(), error.to_string()))?;
            let wasm = read.ok_or_else(|| ReplayError::File(meant.to_owned(), "there is no such file".into()))?;
            return Ok((agent.to_owned(), self.add(agent, wasm).await?));
        }
        let mut kept = self.store.versions_like(meant).await?;
        kept.retain(|(name, _)| agent.is_none_or(|agent| agent == name));
        match (kept.pop(), kept.len()) {
            (Some(found), 0) if !meant.is_empty() => Ok(found),
            (_, others) => Err(ReplayError::NotOne(meant.to_owned(), others)),
        }
    }

    /// Takes a component's bytes in, so that they are found by their SHA-256, which it returns.
    pub async fn add(&self, agent: &str, wasm: Vec<u8>) -> Result<String, ReplayError> {
        let sha256 = hex::encode(Sha256::digest(&wasm));
        let version = self.load(agent, wasm.into(), UNKNOWN.into()).await?;
        self.made.lock().await.insert((agent.to_owned(), sha256.clone(), UNKNOWN), Arc::new(version));
        Ok(sha256)
    }

    async fn load(&self, agent: &str, wasm: Arc<[u8]>, limits: Limits) -> Result<Version, ReplayError> {
        let loaded = self.plugins.load_apart(agent, wasm, limits).await;
        loaded.map_err(|refusal| ReplayError::Refused(agent.to_owned(), refusal.to_string()))
    }

    /// The bytes of a component: of the database, else of the plugin folder.
    async fn bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, ReplayError> {
        if let Some(bytes) = self.store.version_bytes(sha256).await? {
            return Ok(Some(bytes));
        }
        for path in self.plugins.components().unwrap_or_default() {
            let Ok(Some(bytes)) = self.plugins.read(&path).await else { continue };
            if hex::encode(Sha256::digest(&bytes)) == sha256 {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}
