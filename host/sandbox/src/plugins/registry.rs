//! The plugin registry: which file holds which agent, and the snapshot of the agents in service.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, task::JoinSet};
use tracing::{info, warn};

use super::{
    cache::Cache,
    compile::Compiler,
    files::{component_files, files_of},
    load::Loader,
    lock::{Lock, LockPolicy},
    manifest::{Entry, Manifest, ManifestError, Update},
    refusal::Refusal,
    set::{AgentSet, Candidate},
    signature,
    slots::Slots,
    source::{self, ReadError},
    starting::Starting,
};
use crate::agent::{Engine, EngineError, Version};
use switchboard_core::name::is_agent_name;

/// The manifest's name in the list of refused files.
const MANIFEST: &str = "plugins.toml";

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
    config: PluginsConfig,
    pub(super) loader: Loader,
    pub(super) current: ArcSwap<AgentSet>,
    pub(super) manifest: ArcSwap<Manifest>,
    /// Files that cannot be loaded, and why.
    pub(super) refused: RwLock<BTreeMap<String, String>>,
    /// Files whose version a rollout does not let serve, and why.
    withheld: RwLock<BTreeMap<String, String>>,
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
    previous: RwLock<BTreeMap<String, Arc<Version>>>,
    /// Serializes changes: each snapshot is built from the one before. Held for the swap, not while anything is read or compiled.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Loads that are under way.
    slots: Slots,
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
            Err(reason) => self.refuse(file, reason),
        }
    }

    /// Loads the version in a file; none if the file is gone.
    async fn load(&self, path: &Path) -> Result<Option<Arc<Version>>, String> {
        // The semaphore is never closed.
        let _one_of_few = self.loads.acquire().await;
        let bytes_max = self.manifest.load().component_bytes_max;
        let wasm: Arc<[u8]> = match self.read(path).await {
            Ok(Some(wasm)) => wasm.into(),
            Ok(None) => return Ok(None),
            Err(ReadError::TooLarge(_)) => return Err(Refusal::TooLarge(bytes_max).to_string()),
            Err(error) => return Err(error.to_string()),
        };
        let file = path.file_name().and_then(|name| name.to_str()).ok_or("its name is not UTF-8: rename it")?;
        let entry = self.entry(file)?;
        self.read_signature(path, &wasm).await?;
        let made = self.make(wasm, &entry).await;
        made.map(Some).map_err(|refusal| refusal.to_string())
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
        let files: Vec<PathBuf> = refused.iter().map(|file| self.directory().join(file)).collect();
        self.load_each(&files).detach_all();
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

    fn files_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Arc<Version>>> {
        self.files.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a rollout decides what serves: of each agent that has one, and every update that is not instant.
    fn is_delegated(&self, name: &str) -> bool {
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
    fn unpublish(&self, file: &str, reason: &str) {
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

    fn refuse(&self, file: &str, reason: String) {
        note(&self.refused, file, Some(reason));
    }

    /// Notes that a rollout does not let a file's version serve, and why; or that it does.
    pub(super) fn withhold(&self, file: &str, reason: Option<String>) {
        note(&self.withheld, file, reason);
    }

    /// Notes that a file was loaded or is gone.
    fn accept(&self, file: &str) {
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
