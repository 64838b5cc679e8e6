//! The agents in service, as one snapshot: a turn takes it whole and keeps it to its end.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use arc_swap::ArcSwap;
use tracing::{info, warn};

use super::{
    cache::Cache,
    load::{Loader, Refusal},
    manifest::{Entry, Manifest, ManifestError},
    watch,
};
use crate::{
    agent::{Engine, EngineError, Version},
    route::Index,
};

/// The manifest among the refused.
const MANIFEST: &str = "plugins.toml";

/// Where plugins come from.
#[derive(Clone, Debug)]
pub struct PluginsConfig {
    /// `plugins.toml`.
    pub manifest: PathBuf,
    /// Compiled code is kept in `cache/` below it.
    pub data_dir: PathBuf,
}

/// Why plugins cannot be looked after at all.
#[derive(Debug, thiserror::Error)]
pub enum PluginsError {
    /// The manifest, at the start; later ones that are wrong leave the last good one in force.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The sandbox.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The cache's folder.
    #[error("{}: {source}", path.display())]
    Cache {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A file that is not in service, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub file: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// The agents in service at one moment.
pub struct AgentSet {
    agents: Vec<Arc<Version>>,
    index: Index,
}

impl AgentSet {
    fn new(agents: Vec<Arc<Version>>) -> AgentSet {
        let index = Index::new(agents.iter().map(|version| version.profile()));
        AgentSet { agents, index }
    }

    /// An agent by name.
    pub fn get(&self, name: &str) -> Option<&Arc<Version>> {
        self.agents.iter().find(|version| version.name() == name)
    }

    /// All, in the menu's order: as in `plugins.toml`, then the unlisted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Version>> {
        self.agents.iter()
    }

    /// Their keywords.
    pub fn index(&self) -> &Index {
        &self.index
    }
}

/// The agents in service, followed as files change. Cheap to clone.
#[derive(Clone)]
pub struct Plugins {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    config: PluginsConfig,
    loader: Loader,
    current: ArcSwap<AgentSet>,
    manifest: ArcSwap<Manifest>,
    refused: RwLock<BTreeMap<String, String>>,
    /// The version before the one in service, by agent: kept ready, so that going back needs neither disk nor compiler.
    previous: RwLock<BTreeMap<String, Arc<Version>>>,
    /// One change at a time: snapshots are built from the one before.
    changing: tokio::sync::Mutex<()>,
}

impl Plugins {
    /// Loads what is there, then follows every change until the last clone is dropped.
    pub async fn start(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let plugins = Plugins::load_once(config).await?;
        watch::follow(&plugins.inner);
        Ok(plugins)
    }

    /// Loads what is there, and leaves it at that.
    pub async fn load_once(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let manifest = Manifest::read(&config.manifest)?;
        let engine = Engine::of_process()?;
        let folder = config.data_dir.join("cache");
        let cache = Cache::open(&folder, &engine).map_err(|source| PluginsError::Cache { path: folder, source })?;
        let inner = Arc::new(Inner {
            config,
            loader: Loader::new(engine, cache),
            current: ArcSwap::from_pointee(AgentSet::new(Vec::new())),
            manifest: ArcSwap::from_pointee(manifest),
            refused: RwLock::default(),
            previous: RwLock::default(),
            changing: tokio::sync::Mutex::new(()),
        });
        inner.load_all().await;
        Ok(Plugins { inner })
    }

    /// The agents in service now.
    pub fn current(&self) -> Arc<AgentSet> {
        self.inner.current.load_full()
    }

    /// Files that are not in service, and why.
    pub fn refusals(&self) -> Vec<Refused> {
        let refused = self.inner.refused.read().unwrap_or_else(PoisonError::into_inner);
        refused.iter().map(|(file, reason)| Refused { file: file.clone(), reason: reason.clone() }).collect()
    }

    /// Where components lie.
    pub fn directory(&self) -> PathBuf {
        self.inner.directory()
    }

    /// The components' files, in service or not.
    pub fn components(&self) -> std::io::Result<Vec<PathBuf>> {
        component_files(&self.inner.directory())
    }

    /// The version before the one in service.
    pub fn previous(&self, name: &str) -> Option<Arc<Version>> {
        self.inner.previous.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Inner {
    /// Where components lie.
    pub(super) fn directory(&self) -> PathBuf {
        self.manifest.load().directory.clone()
    }

    /// The manifest's own path.
    pub(super) fn manifest_path(&self) -> &Path {
        &self.config.manifest
    }

    async fn load_all(&self) {
        match files_of(&self.manifest.load()) {
            Ok(files) => self.load_each(&files).await,
            Err(reason) => self.refuse(MANIFEST, reason),
        }
    }

    async fn load_each(&self, files: &[PathBuf]) {
        for file in files {
            self.changed(file).await;
        }
    }

    /// A new manifest: what it says holds for all from now on, also for what runs; a wrong one changes nothing.
    pub(super) async fn manifest_changed(&self) {
        let read = Manifest::read(&self.config.manifest).map_err(|error| error.to_string());
        let (manifest, files) = match read.and_then(|manifest| Ok((files_of(&manifest)?, manifest))) {
            Ok((files, manifest)) => (manifest, files),
            Err(reason) => return self.refuse(MANIFEST, reason),
        };
        self.manifest.store(Arc::new(manifest));
        self.refused.write().unwrap_or_else(PoisonError::into_inner).clear();
        // They were admitted under another manifest.
        self.previous.write().unwrap_or_else(PoisonError::into_inner).clear();
        info!("plugins.toml was read again");
        self.load_each(&files).await;
        self.hold_to_manifest().await;
    }

    /// What runs may do what the manifest says now. What it admits no longer goes, whether or not there is something newer.
    async fn hold_to_manifest(&self) {
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
                Ok(Some(version)) => self.publish(version),
                Err(reason) => self.withdraw(file, &reason),
            }
        }
    }

    /// A file came, changed or went. Whatever is wrong with it leaves the running version alone.
    pub(super) async fn changed(&self, path: &Path) {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { return };
        let _one_at_a_time = self.changing.lock().await;
        match self.load(file, path).await {
            Ok(Some(version)) => {
                self.accept(file);
                self.publish(version);
            }
            Ok(None) => {
                self.accept(file);
                self.withdraw(file, "its file was deleted");
            }
            Err(reason) => self.refuse(file, reason),
        }
    }

    /// The version that a file holds; none if the file is gone.
    async fn load(&self, file: &str, path: &Path) -> Result<Option<Version>, String> {
        let Some(wasm) = self.read(path).await? else { return Ok(None) };
        let entry = self.entry(file)?;
        self.loader.load(wasm, &entry).await.map(Some).map_err(|refusal| refusal.to_string())
    }

    /// The bytes of a file, once: what is verified is what runs. None if it is gone.
    async fn read(&self, path: &Path) -> Result<Option<Arc<[u8]>>, String> {
        let most = self.manifest.load().component_bytes_max;
        match tokio::fs::metadata(path).await {
            Ok(metadata) if metadata.len() > most => return Err(Refusal::TooLarge(metadata.len(), most).to_string()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        }
        match tokio::fs::read(path).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What a file may do.
    fn entry(&self, file: &str) -> Result<Entry, String> {
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
        if !crate::flags::is_agent_name(name) {
            return Err("a file is named after its agent: lower-case letters, digits and `_`".into());
        }
        Ok(Entry {
            name: name.to_owned(),
            component: file.to_owned(),
            grants: *grants,
            limits: limits.clone(),
            settings: "{}".into(),
            sha256: None,
        })
    }

    fn publish(&self, version: Version) {
        let before = self.current.load_full();
        let name = version.name().to_owned();
        let old = before.get(&name).cloned();
        let (sha256, number) = (version.sha256()[..12].to_owned(), version.profile().version.clone());
        let same = old.as_ref().is_some_and(|old| old.sha256() == version.sha256());
        let mut agents: Vec<Arc<Version>> = before.iter().filter(|other| other.name() != name).cloned().collect();
        agents.push(Arc::new(version));
        self.store(agents);
        if same {
            return;
        }
        info!(agent.name = name, agent.version = number, agent.sha256 = sha256, "agent {name} {number} is in service");
        if let Some(old) = old {
            let mut previous = self.previous.write().unwrap_or_else(PoisonError::into_inner);
            // What falls out here is freed off the path of turns: they hold the snapshot, not this map.
            previous.insert(name, old);
        }
    }

    fn store(&self, mut agents: Vec<Arc<Version>>) {
        let manifest = self.manifest.load();
        let place = |version: &Arc<Version>| {
            let listed = manifest.agents.iter().position(|entry| entry.name == version.name());
            (listed.unwrap_or(usize::MAX), version.name().to_owned())
        };
        agents.sort_by_key(place);
        self.current.store(Arc::new(AgentSet::new(agents)));
    }

    /// Takes the agent of a file out of service; turns under way end on it.
    fn withdraw(&self, file: &str, reason: &str) {
        let before = self.current.load_full();
        self.previous.write().unwrap_or_else(PoisonError::into_inner).retain(|_, version| version.about().file != file);
        if let Some(gone) = before.iter().find(|version| version.about().file == file) {
            let name = gone.name();
            warn!(agent.name = name, file, "agent {name} is out of service: {reason}");
            self.store(before.iter().filter(|version| version.about().file != file).cloned().collect());
        }
    }

    fn refuse(&self, file: &str, reason: String) {
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        if refused.get(file) != Some(&reason) {
            warn!(file, "{file} is refused, and what runs goes on: {reason}");
            refused.insert(file.to_owned(), reason);
        }
    }

    fn accept(&self, file: &str) {
        self.refused.write().unwrap_or_else(PoisonError::into_inner).remove(file);
    }
}

fn files_of(manifest: &Manifest) -> Result<Vec<PathBuf>, String> {
    component_files(&manifest.directory).map_err(|error| format!("{error}: make the folder, or run `make agents`"))
}

/// The components in a directory: `*.wasm` but for hidden files.
pub(super) fn component_files(directory: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let named =
        |source: std::io::Error| std::io::Error::new(source.kind(), format!("{}: {source}", directory.display()));
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .map_err(named)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_component(path))
        .collect();
    files.sort();
    Ok(files)
}

/// Whether a file is named as a component.
pub(super) fn is_component(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".wasm") && !name.starts_with('.')
}
