//! The lock of a host: what runs at it, and what each version was accepted with. A version that asks for more than the one before waits
//! until an operator allows it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::source;
use crate::agent::Version;

/// The lock's file in the data directory.
const LOCK: &str = "plugins.lock";

/// The file of what operators allowed, beside it: commands write it, and hosts read it.
const ALLOWED: &str = "plugins.allowed";

/// The most bytes of either.
const BYTES_MAX: u64 = 4 << 20;

const HEAD: &str = "# What runs at this host, and what it was accepted with. The host writes this file; `switchboard agents allow` lets a version\n\
    # in that asks for more. Without this file, what lies in the plugin folder at the next start is accepted.\n\n";

/// What is done with a version that asks for more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LockPolicy {
    /// Nothing is kept, and nothing is asked: for commands.
    #[default]
    Off,
    /// It is accepted: in development.
    Accept,
    /// It waits until it is allowed.
    Ask,
}

/// What is kept of the version of an agent that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// The name of the key that signed it, if it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Who let it in: an operator, or `file` where it came into the plugin folder and asked for nothing new.
    pub who: String,
    /// When it was accepted, in ISO 8601.
    pub at: String,
    /// The capabilities that it imports.
    pub capabilities: Vec<String>,
    /// The limits that it runs under, by their keys in `plugins.toml`.
    pub limits: BTreeMap<String, u64>,
}

/// A version that an operator allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The agent.
    pub agent: String,
    /// The SHA-256 of the version.
    pub sha256: String,
    /// Who allowed it.
    pub who: String,
    /// When, in ISO 8601.
    pub at: String,
}

#[derive(Default, Serialize, Deserialize)]
struct LockFile {
    #[serde(default)]
    agent: BTreeMap<String, Locked>,
}

#[derive(Default, Serialize, Deserialize)]
struct AllowedFile {
    #[serde(default)]
    allowed: Vec<Allowed>,
}

/// The lock of a host.
#[derive(Debug, Default)]
pub(super) struct Lock {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    policy: LockPolicy,
    agents: BTreeMap<String, Locked>,
}

impl Lock {
    /// A lock in this data directory, which is off.
    pub(super) fn new(folder: &Path) -> Lock {
        Lock { folder: folder.to_owned(), state: Mutex::default() }
    }

    /// Reads what is locked, and begins to keep it.
    pub(super) fn start(&self, policy: LockPolicy) -> io::Result<()> {
        let file: LockFile = read(&self.folder.join(LOCK))?;
        *self.state() = State { policy, agents: file.agent };
        Ok(())
    }

    /// What a version newly asks for, beside the version of its agent before; none if it may serve. A sentence.
    pub(super) fn asks(&self, version: &Version) -> Option<String> {
        let state = self.state();
        if state.policy != LockPolicy::Ask {
            return None;
        }
        let before = state.agents.get(version.name())?;
        if before.sha256 == version.sha256() {
            return None;
        }
        let new = newly(before, version);
        if new.is_empty() || self.allowed(version).is_some() {
            return None;
        }
        Some(format!(
            "it waits, for it newly asks for {}: `switchboard agents allow {} {}` lets it in",
            new.join(", "),
            version.name(),
            &version.sha256()[..12]
        ))
    }

    /// Keeps that a version serves.
    pub(super) fn keep(&self, version: &Version) {
        let mut state = self.state();
        if state.policy == LockPolicy::Off {
            return;
        }
        let known = state.agents.get(version.name()).filter(|before| before.sha256 == version.sha256());
        let (who, at) = match (known, self.allowed(version)) {
            (Some(known), _) => (known.who.clone(), known.at.clone()),
            (None, Some(allowed)) => (allowed.who, allowed.at),
            (None, None) => ("file".to_owned(), now()),
        };
        let locked = Locked {
            sha256: version.sha256().to_owned(),
            signed_by: version.about().signed_by.as_ref().map(|by| by.name.clone()),
            who,
            at,
            capabilities: version.imports().to_vec(),
            limits: version.limits().by_key(),
        };
        if state.agents.get(version.name()) == Some(&locked) {
            return;
        }
        state.agents.insert(version.name().to_owned(), locked);
        let file = LockFile { agent: state.agents.clone() };
        if let Err(error) = write(&self.folder.join(LOCK), HEAD, &file) {
            tracing::warn!("{}: what runs cannot be kept: {error}", self.folder.join(LOCK).display());
        }
    }

    /// The file of what operators allowed.
    pub(super) fn allowed_path(&self) -> PathBuf {
        self.folder.join(ALLOWED)
    }

    fn allowed(&self, version: &Version) -> Option<Allowed> {
        let file: AllowedFile = read(&self.allowed_path()).unwrap_or_else(|error| {
            tracing::warn!("{}: what was allowed cannot be read: {error}", self.allowed_path().display());
            AllowedFile::default()
        });
        file.allowed.into_iter().find(|allowed| allowed.agent == version.name() && allowed.sha256 == version.sha256())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a version asks for beyond one before: capabilities, and limits.
fn newly(before: &Locked, version: &Version) -> Vec<String> {
    let capabilities = version.imports().iter().filter(|import| !before.capabilities.contains(import));
    let mut new: Vec<String> = capabilities.map(|capability| format!("`{capability}`")).collect();
    for (key, limit) in version.limits().by_key() {
        match before.limits.get(&key) {
            // What the operator raised in plugins.toml is kept already, with the version before: the rest is the author's ceiling.
            Some(was) if limit > *was => new.push(format!("`{key}` of {limit} instead of {was}")),
            _ => {}
        }
    }
    new
}

/// Notes in a data directory that an operator allows a version.
///
/// # Errors
/// If the file cannot be read or written.
pub fn allow(data_dir: &Path, agent: &str, sha256: &str, who: &str) -> io::Result<()> {
    let path = data_dir.join(ALLOWED);
    let mut file: AllowedFile = read(&path)?;
    let (agent, sha256, who) = (agent.to_owned(), sha256.to_owned(), who.to_owned());
    file.allowed.retain(|allowed| allowed.agent != agent || allowed.sha256 != sha256);
    file.allowed.push(Allowed { agent, sha256, who, at: now() });
    write(&path, "# Versions that operators let in, by `switchboard agents allow`.\n\n", &file)
}

/// What runs at the host of a data directory, by agent.
///
/// # Errors
/// If the lock cannot be read.
pub fn locked(data_dir: &Path) -> io::Result<BTreeMap<String, Locked>> {
    read(&data_dir.join(LOCK)).map(|file: LockFile| file.agent)
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn read<T: Default + serde::de::DeserializeOwned>(path: &Path) -> io::Result<T> {
    let wrong = |error: &dyn std::fmt::Display| {
        let said = format!("{}: {error}: mend it, or remove it and begin anew", path.display());
        io::Error::new(io::ErrorKind::InvalidData, said)
    };
    let bytes = match source::read(path, BYTES_MAX) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(T::default()),
        Err(error) => return Err(wrong(&error)),
    };
    let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
    toml::from_str(&text).map_err(|error| wrong(&error))
}

/// Writes a file anew, by renaming.
fn write(path: &Path, head: &str, file: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let text = toml::to_string(file).map_err(io::Error::other)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(head.as_bytes())?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}
