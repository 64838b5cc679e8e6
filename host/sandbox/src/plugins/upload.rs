//! Components that come by another way than a copy into the directory: made, or refused, before they are written there.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::Arc,
};

use tokio::sync::OwnedMutexGuard;

use super::{
    load::Refusal,
    registry::{Inner, Plugins},
};
use crate::{agent::Version, plugins::manifest::Entry};

/// Why bytes did not become a version of an agent.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// Nobody has the name.
    #[error("there is no agent `{0}`: {1}")]
    NoAgent(String, String),
    /// The loader refuses them.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A file beside its place, which nobody takes for a component yet. Dropped, it is gone.
pub struct Staged {
    file: tempfile::NamedTempFile,
    path: PathBuf,
    /// What is decided about one file is done before the next is taken up.
    _one_at_a_time: OwnedMutexGuard<()>,
}

impl Staged {
    /// Renames it to its place, from one instant to the next.
    pub fn put(self) -> io::Result<PathBuf> {
        self.file.persist(&self.path)?;
        Ok(self.path)
    }
}

impl Plugins {
    /// A version of an agent from its bytes, under what the manifest grants it now.
    pub async fn make(&self, name: &str, wasm: Arc<[u8]>) -> Result<Arc<Version>, MakeError> {
        let entry = self.inner.entry_of(name).map_err(|reason| MakeError::NoAgent(name.to_owned(), reason))?;
        let (size, most) = (wasm.len() as u64, self.component_bytes_max());
        if size > most {
            return Err(Refusal::TooLarge(size, most).into());
        }
        Ok(Arc::new(self.inner.loader.load(wasm, &entry).await?))
    }

    /// The largest component that is read.
    pub fn component_bytes_max(&self) -> u64 {
        self.inner.manifest.load().component_bytes_max
    }

    /// Writes a file beside its place in the plugin directory.
    pub async fn stage(&self, file: &str, bytes: Arc<[u8]>) -> io::Result<Staged> {
        let _one_at_a_time = self.inner.placing.clone().lock_owned().await;
        let (folder, file) = (self.directory(), file.to_owned());
        let write = move || {
            // Others may read it, as they may what is copied there.
            let mode = Permissions::from_mode(0o644);
            let mut temporary =
                tempfile::Builder::new().prefix(".").suffix(".new").permissions(mode).tempfile_in(&folder)?;
            temporary.write_all(&bytes)?;
            temporary.as_file().sync_all()?;
            Ok(Staged { file: temporary, path: folder.join(file), _one_at_a_time })
        };
        tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Puts a file in its place, and looks at it at once.
    pub async fn place(&self, staged: Staged) -> io::Result<()> {
        let path = staged.put()?;
        self.inner.changed(&path).await;
        Ok(())
    }
}

impl Inner {
    /// What an agent may do, and which file it is.
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
