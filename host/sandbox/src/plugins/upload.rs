//! Components that are uploaded instead of copied into the directory: they are loaded, or refused, before they are
//! written there.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::{
    refusal::Refusal,
    registry::{Inner, Plugins},
    signature,
};
use crate::{agent::Version, plugins::manifest::Entry};

/// Bytes could not be loaded as a version of an agent.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// There is no agent of this name.
    #[error("there is no agent `{0}`: {1}")]
    NoAgent(String, String),
    /// The loader refuses the bytes.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A temporary file in the plugin directory, not yet visible as a component. Removed when dropped.
pub struct Staged {
    file: tempfile::NamedTempFile,
    path: PathBuf,
    /// Its signature, if one is known.
    signature: Option<Arc<str>>,
    /// Uploads are handled one at a time.
    _one_at_a_time: OwnedMutexGuard<()>,
}

impl Staged {
    /// Renames it to its final name, atomically, with its signature beside it.
    pub fn put(self) -> io::Result<PathBuf> {
        let beside = signature::beside(&self.path);
        match &self.signature {
            Some(signature) => {
                let folder = self.path.parent().unwrap_or(Path::new("."));
                let mode = Permissions::from_mode(0o644);
                let mut file =
                    tempfile::Builder::new().prefix(".").suffix(".new").permissions(mode).tempfile_in(folder)?;
                file.write_all(signature.as_bytes())?;
                file.persist(beside)?;
            }
            // That of the file before does not fit this one.
            None => match std::fs::remove_file(beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
        self.file.persist(&self.path)?;
        Ok(self.path)
    }
}

impl Plugins {
    /// Loads a version of an agent from bytes, with the grants of the current manifest.
    pub async fn make(&self, name: &str, wasm: Arc<[u8]>) -> Result<Arc<Version>, MakeError> {
        let entry = self.inner.entry_of(name).map_err(|reason| MakeError::NoAgent(name.to_owned(), reason))?;
        let bytes_max = self.component_bytes_max();
        if wasm.len() as u64 > bytes_max {
            return Err(Refusal::TooLarge(bytes_max).into());
        }
        Ok(self.inner.make(wasm, &entry).await?)
    }

    /// What a version newly asks for beside the one that serves, in a sentence, if an operator has to allow it first.
    pub fn asks(&self, version: &Version) -> Option<String> {
        self.inner.lock.asks(version)
    }

    /// The size limit of a component, in bytes.
    pub fn component_bytes_max(&self) -> u64 {
        self.inner.manifest.load().component_bytes_max
    }

    /// Writes a temporary file in the plugin directory.
    pub async fn stage(&self, file: &str, bytes: Arc<[u8]>) -> io::Result<Staged> {
        let _one_at_a_time = self.inner.placing.clone().lock_owned().await;
        let (folder, file) = (self.directory(), file.to_owned());
        let signature = self.signature(&hex::encode(Sha256::digest(&bytes)));
        let write = move || {
            // Readable by others, as copied files are.
            let mode = Permissions::from_mode(0o644);
            let mut temporary =
                tempfile::Builder::new().prefix(".").suffix(".new").permissions(mode).tempfile_in(&folder)?;
            temporary.write_all(&bytes)?;
            temporary.as_file().sync_all()?;
            Ok(Staged { file: temporary, path: folder.join(file), signature, _one_at_a_time })
        };
        tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Renames a staged file to its final name, and loads it at once.
    pub async fn place(&self, staged: Staged) -> io::Result<()> {
        let path = staged.put()?;
        self.inner.file_changed(&path).await;
        Ok(())
    }
}

impl Inner {
    /// The manifest's entry for an agent.
    fn entry_of(&self, name: &str) -> Result<Entry, String> {
        let manifest = self.manifest.load();
        if let Some(entry) = manifest.agents.iter().find(|entry| entry.name == name) {
            return Ok(entry.clone());
        }
        let entry = self.entry(&format!("{name}.wasm"))?;
        match entry.name == name {
            true => Ok(entry),
            false => Err(format!("in plugins.toml, {} is agent `{}`", entry.component, entry.name)),
        }
    }
}
