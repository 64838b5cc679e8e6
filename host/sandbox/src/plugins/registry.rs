//! The agents in service, as one snapshot: a turn takes it whole and keeps it to its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use arc_swap::ArcSwap;
use serde::Serialize;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    cache::Cache,
    load::{Loader, Refusal},
    manifest::{Entry, Manifest, ManifestError, Update},
    trial::Trial,
    watch,
};
use crate::{
    agent::{Engine, EngineError, Version},
    route::Index,
};
use switchboard_core::{bucket, plan::agent_rollout};

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
    candidates: Vec<Candidate>,
    index: Index,
}

/// A version that is tried on a share of the people, beside the stable one.
#[derive(Clone)]
pub struct Candidate {
    /// Which.
    pub version: Arc<Version>,
    /// The share.
    pub percent: f64,
    /// Its first turns at this host.
    pub trial: Arc<Trial>,
}

/// Which of an agent's versions somebody gets, where one is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// The one that is tried.
    Candidate,
    /// The stable one, in a slice of the people as large as the candidate's: what it is compared with.
    Control,
    /// The stable one.
    Stable,
}

impl AgentSet {
    fn new(agents: Vec<Arc<Version>>, candidates: Vec<Candidate>) -> AgentSet {
        let index = Index::new(agents.iter().map(|version| version.profile()));
        AgentSet { agents, candidates, index }
    }

    /// The version of an agent that is tried, if one is.
    pub fn candidate(&self, name: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.version.name() == name)
    }

    /// The version of an agent that serves a person: by their bucket, which is another for each agent. An open flow stays with the
    /// version that it began on, while that is here.
    pub fn version_for(&self, name: &str, person: Uuid, begun_on: Option<&str>) -> Option<&Arc<Version>> {
        let stable = self.get(name)?;
        let Some(candidate) = self.candidate(name) else { return Some(stable) };
        let tried = match begun_on {
            Some(sha256) if sha256 == candidate.version.sha256() => true,
            Some(sha256) if sha256 == stable.sha256() => false,
            _ => self.arm(name, person) == Some(Arm::Candidate),
        };
        Some(if tried { &candidate.version } else { stable })
    }

    /// A person's place while a version is tried; none while none is.
    pub fn arm(&self, name: &str, person: Uuid) -> Option<Arm> {
        let candidate = self.candidate(name)?;
        let bucket = bucket::in_rollout(&agent_rollout(name), &person.to_string());
        Some(match () {
            () if bucket::is_below(bucket, candidate.percent) => Arm::Candidate,
            () if bucket::is_below(bucket, candidate.percent * 2.0) => Arm::Control,
            () => Arm::Stable,
        })
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
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    config: PluginsConfig,
    pub(super) loader: Loader,
    current: ArcSwap<AgentSet>,
    pub(super) manifest: ArcSwap<Manifest>,
    refused: RwLock<BTreeMap<String, String>>,
    /// What each file holds, by agent, in service or not.
    files: RwLock<BTreeMap<String, Arc<Version>>>,
    /// Whose new versions are for a rollout to decide about: see [`Plugins::steer`].
    steered: RwLock<Option<BTreeSet<String>>>,
    /// Candidates that tripped here.
    tripped: RwLock<Vec<(String, String, u32, u32)>>,
    /// Told of every change of files, and of candidates that tripped.
    stirred: tokio::sync::Notify,
    /// The version before the one in service, by agent: kept ready, so that going back needs neither disk nor compiler.
    previous: RwLock<BTreeMap<String, Arc<Version>>>,
    /// One change at a time: snapshots are built from the one before.
    changing: tokio::sync::Mutex<()>,
    /// One file at a time is put into the directory by this host.
    pub(super) placing: Arc<tokio::sync::Mutex<()>>,
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
            current: ArcSwap::from_pointee(AgentSet::new(Vec::new(), Vec::new())),
            manifest: ArcSwap::from_pointee(manifest),
            refused: RwLock::default(),
            files: RwLock::default(),
            steered: RwLock::default(),
            tripped: RwLock::default(),
            stirred: tokio::sync::Notify::new(),
            previous: RwLock::default(),
            changing: tokio::sync::Mutex::new(()),
            placing: Arc::default(),
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

    /// The agents of `plugins.toml` and their files, in service or not, in the menu's order.
    pub fn listed(&self) -> Vec<(String, String)> {
        let manifest = self.inner.manifest.load();
        manifest.agents.iter().map(|entry| (entry.name.clone(), entry.component.clone())).collect()
    }

    /// The version before the one in service.
    pub fn previous(&self, name: &str) -> Option<Arc<Version>> {
        self.inner.previous.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// What a rollout of versions does with agents.
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
                Ok(Some(version)) => self.publish(Arc::new(version)),
                Err(reason) => self.withdraw(file, &reason),
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
                Err(refusal) => warn!(agent.name = entry.name, "a version that is tried is dropped: {refusal}"),
            }
        }
        self.store(before.iter().cloned().collect(), held);
    }

    /// A file came, changed or went. Whatever is wrong with it leaves the running version alone.
    pub(super) async fn changed(&self, path: &Path) {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { return };
        let _one_at_a_time = self.changing.lock().await;
        match self.load(file, path).await {
            Ok(Some(version)) => {
                self.accept(file);
                let version = Arc::new(version);
                self.files_mut().insert(version.name().to_owned(), version.clone());
                if !self.is_steered(version.name()) {
                    self.publish(version);
                }
                self.stirred.notify_one();
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
        if !switchboard_core::name::is_agent_name(name) {
            return Err("a file is named after its agent: lower-case letters, digits and `_`".into());
        }
        Ok(Entry {
            name: name.to_owned(),
            component: file.to_owned(),
            grants: *grants,
            limits: limits.clone(),
            settings: "{}".into(),
            sha256: None,
            update: Update::Instant,
        })
    }

    fn files_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Arc<Version>>> {
        self.files.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a rollout decides what becomes of this agent's new versions. Its first one serves at once.
    fn is_steered(&self, name: &str) -> bool {
        let steered = self.steered.read().unwrap_or_else(PoisonError::into_inner);
        let Some(named) = &*steered else { return false };
        self.current.load().get(name).is_some() && (named.contains(name) || self.update(name) != Update::Instant)
    }

    fn update(&self, name: &str) -> Update {
        let manifest = self.manifest.load();
        manifest.agents.iter().find(|entry| entry.name == name).map_or(Update::Instant, |entry| entry.update.clone())
    }

    fn publish(&self, version: Arc<Version>) {
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
            // What falls out here is freed off the path of turns: they hold the snapshot, not this map.
            previous.insert(name, old);
        }
    }

    fn store(&self, mut agents: Vec<Arc<Version>>, candidates: Vec<Candidate>) {
        let manifest = self.manifest.load();
        let place = |version: &Arc<Version>| {
            let listed = manifest.agents.iter().position(|entry| entry.name == version.name());
            (listed.unwrap_or(usize::MAX), version.name().to_owned())
        };
        agents.sort_by_key(place);
        self.current.store(Arc::new(AgentSet::new(agents, candidates)));
    }

    /// Takes the agent of a file out of service; turns under way end on it.
    fn withdraw(&self, file: &str, reason: &str) {
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
