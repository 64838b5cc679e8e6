//! The plugin registry: which file holds which agent, and the snapshot of the agents in service.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{
    cache::Cache,
    compile::Compiler,
    files::component_files,
    load::Loader,
    lock::{Lock, LockPolicy},
    manifest::{Entry, Manifest, ManifestError, Update},
    refusal::{NotLoaded, Refusal},
    retries::Retries,
    set::AgentSet,
    signature,
    slots::Slots,
    source::{self, ReadError},
    starting::Starting,
};
use crate::agent::{Engine, EngineError, Version};
use switchboard_core::name::is_agent_name;

/// The paths of the plugin system.
#[derive(Clone, Debug)]
pub struct PluginsConfig {
    /// The path of `plugins.toml`.
    pub manifest: PathBuf,
    /// The data directory: the compile cache is `cache/` below it.
    pub data_dir: PathBuf,
    /// Where components are compiled.
    pub compiler: Compiler,
}

/// The most signatures that are remembered.
const SIGNATURES_MAX: usize = 4_096;

/// Files that are read, checked and compiled at once.
const LOADS_MAX: usize = 4;

/// The plugin system cannot start.
#[derive(Debug, thiserror::Error)]
pub enum PluginsError {
    /// The manifest is invalid at the start. Later, an invalid one leaves the last valid one in force.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The sandbox cannot start.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A file that is not in service, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file's name.
    pub file: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// The registry of agents in service, updated as files change. Cheap to clone.
#[derive(Clone)]
pub struct Plugins {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) config: PluginsConfig,
    pub(super) loader: Loader,
    pub(super) current: ArcSwap<AgentSet>,
    pub(super) manifest: ArcSwap<Manifest>,
    /// Files that cannot be loaded, and why.
    pub(super) refused: RwLock<BTreeMap<String, String>>,
    /// Files whose version a rollout does not let serve, and why.
    pub(super) withheld: RwLock<BTreeMap<String, String>>,
    /// What runs, and what it was accepted with.
    pub(super) lock: Lock,
    /// Signatures of components by SHA-256, as they were read beside files or given.
    signatures: RwLock<BTreeMap<String, Arc<str>>>,
    /// The version in each agent's file, in service or not.
    pub(super) files: RwLock<BTreeMap<String, Arc<Version>>>,
    /// The agents whose updates a rollout decides: see [`Plugins::delegate_updates_to_rollout`].
    pub(super) delegated: RwLock<Option<BTreeSet<String>>>,
    /// Canaries that failed too often at this host.
    pub(super) tripped: RwLock<Vec<(String, String, usize, usize)>>,
    /// Notified of every change of files, and of canaries that failed.
    pub(super) changed: tokio::sync::Notify,
    /// The previous version of each agent, kept in memory, so that a rollback needs neither disk nor compiler.
    pub(super) previous: RwLock<BTreeMap<String, Arc<Version>>>,
    /// Serializes changes: each snapshot is built from the one before. Held for the swap, not while anything is read or compiled.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Loads that are tried again.
    pub(super) retries: Retries,
    /// Loads that are under way.
    pub(super) slots: Slots,
    loads: Semaphore,
    /// The agents of the start that are not ready yet.
    pub(super) starting: Starting,
    /// Serializes writes into the plugin directory by this host.
    pub(super) placing: Arc<tokio::sync::Mutex<()>>,
}

impl Plugins {
    /// Reads the manifest and starts the sandbox, and loads nothing yet: see [`Plugins::begin`].
    pub fn open(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let manifest = Manifest::read(&config.manifest)?;
        let engine = Engine::of_process()?;
        let folder = if config.compiler.is_quick() { "cache-quick" } else { "cache" };
        let cache = Cache::open(&config.data_dir.join(folder), &engine);
        let loader = Loader::new(engine, cache, config.compiler.clone());
        let lock = Lock::new(&config.data_dir);
        let inner = Arc::new(Inner {
            lock,
            signatures: RwLock::default(),
            config,
            loader,
            current: ArcSwap::from_pointee(AgentSet::new(Vec::new(), Vec::new())),
            manifest: ArcSwap::from_pointee(manifest),
            refused: RwLock::default(),
            withheld: RwLock::default(),
            files: RwLock::default(),
            delegated: RwLock::default(),
            tripped: RwLock::default(),
            changed: tokio::sync::Notify::new(),
            previous: RwLock::default(),
            changing: tokio::sync::Mutex::new(()),
            retries: Retries::default(),
            slots: Slots::default(),
            loads: Semaphore::new(LOADS_MAX),
            starting: Starting::default(),
            placing: Arc::default(),
        });
        Ok(Plugins { inner })
    }

    /// Loads all components once, without watching for changes.
    pub async fn load_once(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let plugins = Plugins::open(config)?;
        plugins.inner.load_all().join_all().await;
        Ok(plugins)
    }

    /// Begins to keep what runs in the data directory, and to hold new versions to it; before anything is loaded.
    ///
    /// # Errors
    /// If what was kept cannot be read.
    pub fn keep_lock(&self, policy: LockPolicy) -> std::io::Result<()> {
        self.inner.lock.start(policy)
    }

    /// The signature that came with a component, by the SHA-256 of its bytes.
    pub fn signature(&self, sha256: &str) -> Option<Arc<str>> {
        self.inner.signatures.read().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
    }

    /// Gives a signature for a component, by the SHA-256 of its bytes. Whether it does is seen when the component is loaded.
    pub fn add_signature(&self, sha256: &str, signature: &str) {
        self.inner.add_signature(sha256, signature);
    }

    /// The agents in service now.
    pub fn current(&self) -> Arc<AgentSet> {
        self.inner.current.load_full()
    }

    /// Files that are not in service, and why.
    pub fn refusals(&self) -> Vec<Refused> {
        let mut refused = self.inner.withheld.read().unwrap_or_else(PoisonError::into_inner).clone();
        refused.extend(self.inner.refused.read().unwrap_or_else(PoisonError::into_inner).clone());
        refused.into_iter().map(|(file, reason)| Refused { file, reason }).collect()
    }

    /// The plugin directory.
    pub fn directory(&self) -> PathBuf {
        self.inner.directory()
    }

    /// Why compiled code is not kept on disk, if it is not.
    pub fn cache_trouble(&self) -> Option<String> {
        self.inner.loader.cache.trouble()
    }

    /// The bytes of a component file, read off the async threads; none if there is no such file.
    pub async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, ReadError> {
        self.inner.read(path).await
    }

    /// The component files, in service or not.
    pub fn components(&self) -> std::io::Result<Vec<PathBuf>> {
        component_files(&self.inner.directory())
    }

    /// The agents of `plugins.toml` and their files, in service or not, in the menu's order.
    pub fn listed(&self) -> Vec<(String, String)> {
        let manifest = self.inner.manifest.load();
        manifest.agents.iter().map(|entry| (entry.name.clone(), entry.component.clone())).collect()
    }

    /// The previous version of an agent.
    pub fn previous(&self, name: &str) -> Option<Arc<Version>> {
        self.inner.previous.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Loading and publishing of versions.
impl Inner {
    /// The plugin directory.
    pub(super) fn directory(&self) -> PathBuf {
        self.manifest.load().directory.clone()
    }

    /// The manifest's path.
    pub(super) fn manifest_path(&self) -> &Path {
        &self.config.manifest
    }

    /// Loads the version in a file; none if the file is gone.
    pub(super) async fn load(&self, path: &Path) -> Result<Option<Arc<Version>>, NotLoaded> {
        // The semaphore is never closed.
        let _one_of_few = self.loads.acquire().await;
        let bytes_max = self.manifest.load().component_bytes_max;
        let wasm: Arc<[u8]> = match self.read(path).await {
            Ok(Some(wasm)) => wasm.into(),
            Ok(None) => return Ok(None),
            Err(ReadError::TooLarge(_)) => return Err(Refusal::TooLarge(bytes_max).into()),
            Err(error @ ReadError::NotRegular) => return Err(NotLoaded::Refused(error.to_string())),
            Err(error) => return Err(NotLoaded::Failed(format!("it could not be read, and is tried again: {error}"))),
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let file = name.ok_or_else(|| NotLoaded::Refused("its name is not UTF-8: rename it".into()))?;
        let entry = self.entry(file).map_err(NotLoaded::Refused)?;
        self.read_signature(path, &wasm).await.map_err(NotLoaded::Refused)?;
        Ok(Some(self.make(wasm, &entry).await?))
    }

    /// Makes a version from bytes: one that is there already, if there is one.
    pub(super) async fn make(&self, wasm: Arc<[u8]>, entry: &Entry) -> Result<Arc<Version>, Refusal> {
        let checked = {
            let (entry, sha256) = (entry.clone(), hex::encode(Sha256::digest(&wasm)));
            let signature = self.signatures.read().unwrap_or_else(PoisonError::into_inner).get(&sha256).cloned();
            let check = tokio::task::spawn_blocking(move || Loader::check(wasm, &entry, signature.as_deref()));
            check.await.unwrap_or_else(|error| Err(Refusal::Compiler(error.to_string())))?
        };
        if let Some(known) = self.known(&checked.sha256, &entry.name) {
            let held = self.loader.hold(&known, entry).await?;
            return Ok(held.map_or(known, Arc::new));
        }
        let limits = self.manifest.load().compiling;
        self.loader.load(checked, entry, limits).await.map(Arc::new)
    }

    /// A loaded version of an agent by its SHA-256.
    fn known(&self, sha256: &str, name: &str) -> Option<Arc<Version>> {
        let is = |version: &&Arc<Version>| version.sha256() == sha256 && version.name() == name;
        let file = self.files.read().unwrap_or_else(PoisonError::into_inner).get(name).filter(is).cloned();
        file.or_else(|| self.current.load().get(name).filter(is).cloned())
            .or_else(|| self.previous.read().unwrap_or_else(PoisonError::into_inner).get(name).filter(is).cloned())
    }

    /// Reads the signature beside a component, if there is one.
    async fn read_signature(&self, path: &Path, wasm: &Arc<[u8]>) -> Result<(), String> {
        let (beside, wasm) = (signature::beside(path), wasm.clone());
        let read = move || {
            let signature = source::read(&beside, signature::BYTES_MAX).map_err(|error| error.to_string())?;
            let said = signature.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Ok(said.map(|said| (hex::encode(Sha256::digest(&wasm)), said)))
        };
        let read = tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(error.to_string()));
        if let Some((sha256, said)) = read.map_err(|error| format!("its signature cannot be read: {error}"))? {
            self.add_signature(&sha256, &said);
        }
        Ok(())
    }

    fn add_signature(&self, sha256: &str, signature: &str) {
        let mut signatures = self.signatures.write().unwrap_or_else(PoisonError::into_inner);
        if signatures.len() >= SIGNATURES_MAX && !signatures.contains_key(sha256) {
            signatures.pop_first();
        }
        signatures.insert(sha256.to_owned(), signature.into());
    }

    /// Reads a file once, so that the verified bytes are those that run; none if the file is gone.
    async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, ReadError> {
        let (path, bytes_max) = (path.to_owned(), self.manifest.load().component_bytes_max);
        let read = tokio::task::spawn_blocking(move || source::read(&path, bytes_max));
        read.await.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
    }

    /// The manifest's entry for a file.
    pub(super) fn entry(&self, file: &str) -> Result<Entry, String> {
        let manifest = self.manifest.load();
        if let Some(entry) = manifest.agents.iter().find(|entry| entry.component == file) {
            return Ok(entry.clone());
        }
        let name = file.trim_end_matches(".wasm");
        if let Some(listed) = manifest.agents.iter().find(|entry| entry.name == name) {
            return Err(format!(
                "in plugins.toml, agent `{name}` is another file, {}: rename this one",
                listed.component
            ));
        }
        let Some((grants, limits)) = &manifest.unlisted else {
            return Err(format!(
                "it has no [[agent]] entry in plugins.toml, and [unlisted] is not enabled: add name = \"{name}\""
            ));
        };
        if !is_agent_name(name) {
            return Err("a file is named after its agent: lower-case letters, digits and `_`".into());
        }
        Ok(Entry {
            name: name.to_owned(),
            component: file.to_owned(),
            grants: *grants,
            limits: limits.clone(),
            settings: "{}".into(),
            settings_of: BTreeMap::new(),
            access: Arc::default(),
            sha256: None,
            update: Update::Instant,
            is_gated: false,
            trust: manifest.trust.clone(),
        })
    }

    pub(super) fn files_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Arc<Version>>> {
        self.files.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a rollout decides what serves: of each agent that has one, and every update that is not instant.
    pub(super) fn is_delegated(&self, name: &str) -> bool {
        let delegated = self.delegated.read().unwrap_or_else(PoisonError::into_inner);
        let Some(named) = &*delegated else { return false };
        named.contains(name)
            || self.is_gated(name)
            || (self.current.load().get(name).is_some() && self.update(name) != Update::Instant)
    }

    pub(super) fn update(&self, name: &str) -> Update {
        let manifest = self.manifest.load();
        manifest.agents.iter().find(|entry| entry.name == name).map_or(Update::Instant, |entry| entry.update.clone())
    }

    pub(super) fn is_gated(&self, name: &str) -> bool {
        self.manifest.load().agents.iter().any(|entry| entry.name == name && entry.is_gated)
    }
}
