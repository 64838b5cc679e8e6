//! Uploads of components: validates a component, stores it, writes it as its agent's file and starts its rollout by the agent's
//! `update` policy.

use std::sync::Arc;

use tracing::info;

use super::{
    desired::{Desired, FileState, reconcile},
    gate::ensure_row,
    rows::served_by_file,
};
use switchboard_core::act::Actor;
use switchboard_core::plan::{Rollout, agent_rollout};
use switchboard_sandbox::plugins::{MakeError, Plugins};
use switchboard_store::{Store, StoreError};

/// An accepted upload.
pub struct Uploaded {
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: usize,
    /// Its file name in the plugin directory.
    pub file: String,
    /// The agent's rollout after the upload.
    pub rollout: Rollout,
}

/// Why an upload was rejected.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The loader refuses the component, or there is no such agent.
    #[error(transparent)]
    Made(#[from] MakeError),
    /// The agent's rollout refuses it, for instance while pinned.
    #[error("{0}")]
    Refused(String),
    /// The file cannot be written.
    #[error("{0} cannot be written: {1}")]
    Files(String, std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Uploads a component for an agent. A rejected one changes neither the plugin directory nor the database.
pub async fn upload(
    store: &Store,
    plugins: &Plugins,
    name: &str,
    wasm: Vec<u8>,
    actor: &Actor,
    now: i64,
) -> Result<Uploaded, UploadError> {
    let wasm: Arc<[u8]> = wasm.into();
    let version = plugins.make(name, wasm.clone()).await?;
    if let Some(asks) = plugins.asks(&version) {
        return Err(UploadError::Refused(asks));
    }
    let (sha256, file) = (version.sha256().to_owned(), version.about().file.clone());
    let write_failed = |error| UploadError::Files(file.clone(), error);
    let staged = plugins.stage(&file, wasm.clone()).await.map_err(write_failed)?;
    let rollout = loop {
        let is_gated = plugins.is_gated(name);
        let row = match store.rollout(&agent_rollout(name)).await? {
            None if is_gated => ensure_row(store, name, &sha256, now).await?,
            row => row,
        };
        // An upload is always a deployment, even of bytes that a host has had before.
        let file_state = FileState { sha256: &sha256, is_new: true, is_gated };
        let next = match (reconcile(name, &plugins.update(name), row.as_ref(), file_state, now), &row) {
            (Desired::Change(next), _) => *next,
            (Desired::Serve { refused: Some(reason), .. }, _) => return Err(UploadError::Refused(reason)),
            // It serves already.
            (Desired::Serve { .. }, Some(row)) => break row.clone(),
            (Desired::Serve { .. }, None) => served_by_file(name, &sha256, None, now),
        };
        let next = Rollout { who: actor.to_string(), ..next };
        // Stored before the row names it, so that every host finds it.
        if let Some(signature) = plugins.signature(&sha256) {
            store.keep_signature(&sha256, &signature, now).await?;
        }
        store.keep_version(name, &sha256, wasm.to_vec(), now).await?;
        if store.rollout_move(&next).await? {
            break next;
        }
    };
    plugins.place(staged).await.map_err(write_failed)?;
    info!(agent.name = name, agent.sha256 = sha256, %actor, "a component was uploaded for agent {name}");
    Ok(Uploaded { sha256, size: wasm.len(), file, rollout })
}
