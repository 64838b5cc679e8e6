//! The parser of `plugins.toml`: which agents run, with which capabilities, limits and settings.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use super::{
    CompileLimits,
    access::{FileAccess, FileGrant, FileNumber},
    signature::{Keys, Trust},
    source,
};
use crate::agent::{Capability, Grants, Limits, MEMORY_BYTES_CEILING, WrittenLimits};
use switchboard_core::{
    name::is_agent_name,
    plan::{Plan, Step},
    services::Access,
};

/// The default size limit of a component, in bytes.
const COMPONENT_BYTES_MAX: u64 = 32 << 20;

/// The size limit of `plugins.toml`, in bytes.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// A validated manifest.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    /// The plugin directory.
    pub(super) directory: PathBuf,
    /// The agents' entries, in the menu's order.
    pub(super) agents: Vec<Entry>,
    /// Grants and limits of an agent without an entry; none if such agents are refused.
    pub(super) unlisted: Option<(Grants, Limits)>,
    /// Whose signatures count for an agent without an entry, and whether it must be signed.
    pub(super) trust: Trust,
    /// The size limit of a component, in bytes.
    pub(super) component_bytes_max: u64,
    /// The limits of compiling one.
    pub(super) compiling: CompileLimits,
}

/// An agent's entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The component's file name in the plugin directory.
    pub(super) component: String,
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    /// The agent's settings, a JSON object.
    pub(super) settings: String,
    /// Those for single business numbers, whole.
    pub(super) settings_of: BTreeMap<String, String>,
    /// What services it may call.
    pub(super) access: Arc<Access>,
    /// The pinned SHA-256: no other bytes may run.
    pub(super) sha256: Option<String>,
    /// The update policy for new versions.
    pub(super) update: Update,
    /// Whether a new version waits for its replay first.
    pub(super) is_gated: bool,
    /// Whose signatures count, and whether it must be signed.
    pub(super) trust: Trust,
}

/// The update policy of an agent: how a new version goes into service.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// It serves at once.
    Instant,
    /// It is a canary: it serves a growing share of the people by this plan, while its figures are good.
    Canary(Plan),
    /// It waits until an operator promotes it.
    Manual,
}

/// A manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("{}: {source}; set PLUGINS_CONFIG to your plugins.toml, or start where it lies", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: source::ReadError,
    },
    /// It is not TOML, or has unknown or missing keys; the message names the line.
    #[error("{}: {source}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Box<toml::de::Error>,
    },
    /// A value is wrong.
    #[error("{}: {what}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "default_directory")]
    directory: PathBuf,
    #[serde(default)]
    require_signatures: bool,
    #[serde(default)]
    keys: BTreeMap<String, String>,
    #[serde(default)]
    limits: WrittenLimits,
    #[serde(default)]
    unlisted: Unlisted,
    #[serde(default)]
    agent: Vec<Agent>,
}

fn default_directory() -> PathBuf {
    "plugins".into()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Unlisted {
    enabled: bool,
    capabilities: Vec<String>,
    limits: WrittenLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agent {
    name: String,
    component: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    limits: WrittenLimits,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    http: Vec<FileGrant>,
    #[serde(default)]
    numbers: BTreeMap<String, FileNumber>,
    #[serde(default)]
    update: Policy,
    #[serde(default)]
    canary: Vec<Step>,
    gate: Option<GateKind>,
    sha256: Option<String>,
    signed_by: Option<Vec<String>>,
}

/// What a new version must pass before it serves anybody.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GateKind {
    /// It is played over recorded turns.
    Replay,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    #[default]
    Instant,
    Canary,
    Manual,
}

impl Manifest {
    /// Reads a manifest; its directory is relative to it.
    pub(super) fn read(path: &Path) -> Result<Manifest, ManifestError> {
        let text = text(path).map_err(|source| ManifestError::Read { path: path.into(), source })?;
        Manifest::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Manifest, ManifestError> {
        let file: File = toml::from_str(text)
            .map_err(|source| ManifestError::Shape { path: path.into(), source: Box::new(source) })?;
        file.check().map_err(|what| ManifestError::Value { path: path.into(), what }).map(|mut manifest: Manifest| {
            let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            manifest.directory = beside.join(&manifest.directory);
            manifest
        })
    }
}

/// Checks the text of a `plugins.toml` without loading anything.
pub fn check_manifest(text: &str) -> Result<(), ManifestError> {
    Manifest::parse(Path::new("plugins.toml"), text).map(drop)
}

fn text(path: &Path) -> Result<String, source::ReadError> {
    let bytes = source::read(path, MANIFEST_BYTES_MAX)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error).into())
}

impl File {
    fn check(self) -> Result<Manifest, String> {
        let base = self.limits.over(&Limits::default());
        check_limits("[limits]", &base)?;
        let trust = Trust { keys: Keys::read(&self.keys)?, is_required: self.require_signatures };
        if trust.is_required && trust.keys.is_empty() {
            return Err(
                "require_signatures is true, and [keys] names no public key: add one, such as release = \"RWQ…\""
                    .into(),
            );
        }
        let (mut names, mut files) = (BTreeSet::new(), BTreeSet::new());
        let mut entries = Vec::new();
        for agent in self.agent {
            let entry = agent.check(&base, &trust)?;
            if !names.insert(entry.name.clone()) {
                return Err(format!("there are two [[agent]] entries named `{}`: keep one", entry.name));
            }
            if !files.insert(entry.component.clone()) {
                return Err(format!(
                    "two [[agent]] entries have the component {}: a file holds one agent",
                    entry.component
                ));
            }
            entries.push(entry);
        }
        let limits = of_agent("[unlisted]", &self.unlisted.limits, &base)?;
        let grants = grants("[unlisted]", &self.unlisted.capabilities)?;
        let usual = CompileLimits::default();
        let compiling = CompileLimits {
            cpu_seconds: self.limits.compile_cpu_seconds.unwrap_or(usual.cpu_seconds),
            memory_bytes: self.limits.compile_memory_bytes.unwrap_or(usual.memory_bytes),
        };
        if compiling.cpu_seconds == 0 {
            return Err("[limits]: compile_cpu_seconds is more than 0".into());
        }
        Ok(Manifest {
            trust,
            compiling,
            directory: self.directory,
            agents: entries,
            unlisted: self.unlisted.enabled.then_some((grants, limits)),
            component_bytes_max: self.limits.component_bytes_max.unwrap_or(COMPONENT_BYTES_MAX),
        })
    }
}

impl Agent {
    fn check(self, base: &Limits, trust: &Trust) -> Result<Entry, String> {
        let Agent { name, component, capabilities, limits, settings, update, canary, gate, sha256, signed_by, .. } =
            self;
        let place = format!("agent `{name}`");
        if !is_agent_name(&name) {
            return Err(format!("{place}: a name is lower-case letters, digits and `_`"));
        }
        if !canary.is_empty() && update != Policy::Canary {
            return Err(format!("{place}: there is a plan `canary`, but update is not \"canary\""));
        }
        let update = match update {
            Policy::Instant => Update::Instant,
            Policy::Manual => Update::Manual,
            Policy::Canary if canary.is_empty() => Update::Canary(Plan::canary()),
            Policy::Canary => {
                let plan = Plan { steps: canary, ..Plan::canary() };
                plan.check().map_err(|wrong| format!("{place}: canary: {wrong}"))?;
                Update::Canary(plan)
            }
        };
        if sha256.as_ref().is_some_and(|sum| sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(format!(
                "{place}: sha256 is not 64 hex digits: take it from `switchboard agents inspect {name}`"
            ));
        }
        let component = component.unwrap_or_else(|| format!("{name}.wasm"));
        if component.contains('/') || !component.ends_with(".wasm") {
            return Err(format!(
                "{place}: component is `{component}`; it is the name of a .wasm file in the plugin directory"
            ));
        }
        let limits = of_agent(&place, &limits, base)?;
        let trust = match signed_by {
            None => trust.clone(),
            // Anyone who names keys wants a signature.
            Some(names) => {
                let keys = trust.keys.named(&names);
                let keys = keys.map_err(|key| format!("{place}: signed_by names `{key}`, which is not in [keys]"))?;
                Trust { keys, is_required: true }
            }
        };
        if !self.http.is_empty() && !capabilities.iter().any(|name| name == Capability::Http.name()) {
            return Err(format!("{place}: there is [[agent.http]], and `http` is not among its capabilities: add it"));
        }
        let access = FileAccess { grants: self.http, secrets: self.secrets, numbers: self.numbers };
        let (access, settings_of) = access.check(&settings).map_err(|what| format!("{place}: {what}"))?;
        let settings = serde_json::to_string(&settings).map_err(|error| format!("{place}: settings: {error}"))?;
        Ok(Entry {
            grants: grants(&place, &capabilities)?,
            name,
            component,
            limits,
            settings,
            settings_of,
            access,
            update,
            is_gated: gate == Some(GateKind::Replay),
            trust,
            sha256: sha256.map(|sum| sum.to_lowercase()),
        })
    }
}

fn grants(place: &str, names: &[String]) -> Result<Grants, String> {
    let known = || Capability::ALL.iter().map(|known| known.name()).collect::<Vec<_>>().join(", ");
    let capability = |name: &String| {
        Capability::named(name).ok_or_else(|| format!("{place}: `{name}` is no capability; there are {}", known()))
    };
    names.iter().map(capability).collect()
}

/// The limits of a turn of one agent, or of those without an entry.
fn of_agent(place: &str, written: &WrittenLimits, base: &Limits) -> Result<Limits, String> {
    if let Some(key) = written.of_loading() {
        return Err(format!("{place}: {key} holds for all components: write it into the general [limits]"));
    }
    let limits = written.over(base);
    check_limits(place, &limits)?;
    Ok(limits)
}

fn check_limits(place: &str, limits: &Limits) -> Result<(), String> {
    if limits.memory_bytes_max > MEMORY_BYTES_CEILING {
        return Err(format!(
            "{place}: memory_bytes_max is {}; at most {MEMORY_BYTES_CEILING}",
            limits.memory_bytes_max
        ));
    }
    if limits.fuel == 0 || limits.cpu.is_zero() || limits.wall.is_zero() {
        return Err(format!("{place}: fuel, cpu_ms and wall_ms are more than 0"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
