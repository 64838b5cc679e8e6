//! A component that an operator hands in: refused with the reason, or kept, written as its agent's file, and on its way to everybody
//! as the agent's `update` says.

use std::sync::Arc;

use tracing::info;

use super::agents::{Course, Held, course, served};
use switchboard_core::plan::{Rollout, agent_rollout};
use switchboard_sandbox::plugins::{MakeError, Plugins};
use switchboard_store::{Store, StoreError};

/// A component that was taken.
pub struct Uploaded {
    /// Of its bytes, in hex.
    pub sha256: String,
    /// In bytes.
    pub size: usize,
    /// Its name in the plugin directory.
    pub file: String,
    /// What became of it: the agent's rollout as it stands now.
    pub rollout: Rollout,
}

/// Why a component was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The loader refuses it, or nobody has the name.
    #[error(transparent)]
    Made(#[from] MakeError),
    /// The agent's rollout refuses it.
    #[error("{0}")]
    Refused(String),
    /// It cannot be written.
    #[error("{0} cannot be written: {1}")]
    Files(String, std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a component for an agent. What is refused changes neither the plugin directory nor the database.
pub async fn upload(
    store: &Store,
    plugins: &Plugins,
    name: &str,
    wasm: Vec<u8>,
    who: &str,
    now: i64,
) -> Result<Uploaded, UploadError> {
    let wasm: Arc<[u8]> = wasm.into();
    let version = plugins.make(name, wasm.clone()).await?;
    let (sha256, file) = (version.sha256().to_owned(), version.about().file.clone());
    let unwritten = |error| UploadError::Files(file.clone(), error);
    let staged = plugins.stage(&file, wasm.clone()).await.map_err(unwritten)?;
    let rollout = loop {
        let row = store.rollout(&agent_rollout(name)).await?;
        // Whoever hands it in means it, though a host may have had it before.
        let held = Held { sha256: &sha256, is_new: true };
        let next = match (course(name, &plugins.update(name), row.as_ref(), held, now), &row) {
            (Course::Change(next), _) => *next,
            (Course::Serve { refused: Some(reason), .. }, _) => return Err(UploadError::Refused(reason)),
            // It is in its place already.
            (Course::Serve { .. }, Some(row)) => break row.clone(),
            (Course::Serve { .. }, None) => served(name, &sha256, None, now),
        };
        let next = Rollout { who: who.to_owned(), ..next };
        // Before a row speaks of it: every host finds it there.
        store.keep_version(name, &sha256, wasm.to_vec(), now).await?;
        let done = if row.is_some() { store.rollout_move(&next).await? } else { store.rollout_begin(&next).await? };
        if done {
            break next;
        }
    };
    plugins.place(staged).await.map_err(unwritten)?;
    info!(agent.name = name, agent.sha256 = sha256, who, "a component was handed in for agent {name}");
    Ok(Uploaded { sha256, size: wasm.len(), file, rollout })
}
