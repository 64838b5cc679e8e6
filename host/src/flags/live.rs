//! Hot reloading of the flags: polls the database and swaps the flags in force.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tracing::{info, warn};

use super::{Document, Flags, FlagsError, KEY, Source, lists::Lists, people};
use switchboard_store::{Store, StoreError};

/// How often the database is polled for changes (one cheap statement): a fifth of the second within which a change is promised to be in
/// force.
const POLL: Duration = Duration::from_millis(200);

/// The flags in force, shared by all tasks. A turn reads them once.
#[derive(Clone)]
pub struct LiveFlags {
    state: Arc<ArcSwap<FlagsState>>,
    store: Store,
    /// The flags that apply while there is no row.
    without_row: Arc<Flags>,
    /// Serialises reloads, so that an older read never overwrites a newer one.
    reading: Arc<tokio::sync::Mutex<()>>,
}

/// The flags in force, and the error of the row if it was refused.
#[derive(Clone, Debug)]
pub struct FlagsState {
    /// The flags in force.
    pub flags: Arc<Flags>,
    /// Why the row's current content is refused.
    pub error: Option<String>,
}

impl LiveFlags {
    /// Reads the row; `without_row` applies while there is none, or none that is valid.
    pub async fn start(store: Store, without_row: Flags) -> Result<LiveFlags, StoreError> {
        let without_row = Arc::new(without_row);
        let state = FlagsState { flags: without_row.clone(), error: None };
        let live =
            LiveFlags { state: Arc::new(ArcSwap::from_pointee(state)), store, without_row, reading: Arc::default() };
        live.reread().await?;
        let state = live.state();
        let document = &state.flags.document;
        live.store
            .note_flags(
                document.unified_service_enabled,
                document.unified_service_rollout_percent,
                state.error.as_deref(),
            )
            .await?;
        Ok(live)
    }

    /// The flags in force.
    pub fn current(&self) -> Arc<Flags> {
        self.state.load().flags.clone()
    }

    /// The flags in force, and the error of the row.
    pub fn state(&self) -> Arc<FlagsState> {
        self.state.load_full()
    }

    /// The flags that apply while there is no row.
    pub fn without_row(&self) -> &Flags {
        &self.without_row
    }

    /// Reloads the flags on every change until the task is dropped.
    pub async fn follow(self) {
        let mut seen = None;
        loop {
            match self.store.data_version().await {
                Ok(version) if seen == Some(version) => {}
                Ok(version) => match self.reread().await {
                    Ok(()) => seen = Some(version),
                    Err(error) => warn!(%error, "the flags could not be reloaded; the last good ones stay in force"),
                },
                Err(error) => warn!(%error, "the database could not be polled for changes of the flags; retrying"),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Reloads the row now; an invalid one leaves the last valid flags in force.
    pub async fn reread(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.reading.lock().await;
        let before = self.state.load_full();
        let (row, lists) = (self.store.config(KEY).await?, self.store.config(people::KEY).await?);
        let state = match read(row.as_deref(), lists.as_deref(), &self.without_row) {
            Ok(flags) => FlagsState { flags: Arc::new(flags), error: None },
            Err(error) => FlagsState { flags: before.flags.clone(), error: Some(error.to_string()) },
        };
        if state.flags != before.flags {
            let document = &state.flags.document;
            info!(
                flags.enabled = document.unified_service_enabled,
                flags.percent = document.unified_service_rollout_percent,
                "new flags are in force"
            );
        }
        if state.flags != before.flags || state.error != before.error {
            let document = &state.flags.document;
            self.store
                .note_flags(
                    document.unified_service_enabled,
                    document.unified_service_rollout_percent,
                    state.error.as_deref(),
                )
                .await?;
        }
        if let Some(error) = state.error.as_ref().filter(|error| before.error.as_ref() != Some(error)) {
            warn!(%error, "the flags row is refused; the last good flags stay in force");
        }
        self.state.store(Arc::new(state));
        Ok(())
    }
}

/// Parses the rows of flags and lists.
pub fn read(row: Option<&str>, lists: Option<&str>, without_row: &Flags) -> Result<Flags, FlagsError> {
    let (document, source) = match row {
        Some(row) => (Document::parse(row)?, Source::Row),
        None => (without_row.document.clone(), without_row.source),
    };
    let people = lists.map(Lists::parse).transpose().map_err(FlagsError::People)?.unwrap_or_default();
    Ok(Flags { document, people, source })
}
