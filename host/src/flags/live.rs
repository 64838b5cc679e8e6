//! Hot reloading of the flags: swaps the flags in force when the watcher sees a change.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tracing::{info, warn};

use super::{
    Flags,
    in_force::{FlagsState, in_force},
};
use crate::watcher::Looks;
use switchboard_store::{Store, StoreError};

/// The flags in force, shared by all tasks. A turn reads them once.
#[derive(Clone)]
pub struct LiveFlags {
    state: Arc<ArcSwap<FlagsState>>,
    store: Store,
    /// The flags that apply while there never was a row.
    without_row: Arc<Flags>,
    /// Serialises reloads, so that an older read never overwrites a newer one; whether the database was told of the last one.
    reading: Arc<tokio::sync::Mutex<bool>>,
}

impl LiveFlags {
    /// Reads the flags; `without_row` applies while there never was a row.
    pub async fn start(store: Store, without_row: Flags) -> Result<LiveFlags, StoreError> {
        let state = in_force(&store, &without_row, None).await?;
        if let Some(error) = &state.error {
            warn!(%error, "the flags row is not in force as a whole; the last good flags are, or less");
        }
        note(&store, &state).await?;
        Ok(LiveFlags {
            state: Arc::new(ArcSwap::from_pointee(state)),
            store,
            without_row: Arc::new(without_row),
            reading: Arc::new(tokio::sync::Mutex::new(true)),
        })
    }

    /// The flags in force.
    pub fn current(&self) -> Arc<Flags> {
        self.state.load().flags.clone()
    }

    /// The flags in force, and the error of the row.
    pub fn state(&self) -> Arc<FlagsState> {
        self.state.load_full()
    }

    /// The flags that apply while there never was a row.
    pub fn without_row(&self) -> &Flags {
        &self.without_row
    }

    /// Reloads the flags on every change until the task is dropped.
    pub async fn follow(self, mut looks: Looks) {
        let mut seen = None;
        while let Some(version) = looks.other_version(seen).await {
            match self.reread().await {
                Ok(()) => seen = Some(version),
                Err(error) => warn!(%error, "the flags could not be reloaded; the last good ones stay in force"),
            }
        }
    }

    /// Reloads the row now. One that does not fit leaves the last good flags in force, or less: see [`in_force`].
    pub async fn reread(&self) -> Result<(), StoreError> {
        let mut is_told = self.reading.lock().await;
        let before = self.state.load_full();
        let state = in_force(&self.store, &self.without_row, Some(&before.flags)).await?;
        if state.flags != before.flags {
            let document = &state.flags.document;
            info!(
                flags.enabled = document.unified_service_enabled,
                flags.percent = document.unified_service_rollout_percent,
                "new flags are in force"
            );
        }
        *is_told &= state.flags == before.flags && state.error == before.error;
        if let Some(error) = state.error.as_ref().filter(|error| before.error.as_ref() != Some(error)) {
            warn!(%error, "the flags row is not in force as a whole; the last good flags are, or less");
        }
        // In force before it is told: a database that cannot be written to keeps nobody from a way back.
        let state = Arc::new(state);
        self.state.store(state.clone());
        if !*is_told {
            note(&self.store, &state).await?;
            *is_told = true;
        }
        Ok(())
    }
}

/// Tells the database what this host has in force.
async fn note(store: &Store, state: &FlagsState) -> Result<(), StoreError> {
    let document = &state.flags.document;
    let (enabled, percent) = (document.unified_service_enabled, document.unified_service_rollout_percent);
    store.note_flags(enabled, percent, state.error.as_deref()).await
}
