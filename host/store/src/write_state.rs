//! What came of the writer's last attempts: whether anything can be stored.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{FailureKind, error::WriteError};

/// How often a writer that failed is probed, at the most.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Nothing can be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFailure {
    /// Since when, in milliseconds.
    pub since: i64,
    /// The database's words, of the last attempt.
    pub error: String,
}

/// What came of a writer's last attempts; shared by the writer's thread and its readers.
#[derive(Clone, Default)]
pub(crate) struct WriteState(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    failure: Option<WriteFailure>,
    probed: Option<Instant>,
}

impl WriteState {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery, or as much as one, was committed.
    pub(crate) fn stored(&self) {
        if let Some(failure) = self.state().failure.take() {
            tracing::info!("the database takes writes again, which it had refused: {}", failure.error);
        }
    }

    /// Something was not committed. A delivery that is refused for any reason but its own data shows that none can be stored; anything
    /// else shows it only if the database takes nothing.
    pub(crate) fn failed(&self, error: &WriteError, was_delivery: bool) {
        match error.kind() {
            FailureKind::Unavailable => self.note(error.to_string()),
            FailureKind::Other if was_delivery => self.note(error.to_string()),
            FailureKind::Other | FailureKind::Refused => {}
        }
    }

    pub(crate) fn note(&self, error: String) {
        let mut state = self.state();
        let since = match &state.failure {
            Some(failure) => failure.since,
            None => {
                tracing::error!("nothing can be stored: {error}");
                jiff::Timestamp::now().as_millisecond()
            }
        };
        state.failure = Some(WriteFailure { since, error });
    }

    pub(crate) fn failure(&self) -> Option<WriteFailure> {
        self.state().failure.clone()
    }

    /// Whether a probe is due; it then counts as begun.
    pub(crate) fn begins_probe(&self) -> bool {
        let mut state = self.state();
        let is_due = state.failure.is_some() && state.probed.is_none_or(|at| at.elapsed() >= PROBE_EVERY);
        if is_due {
            state.probed = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failure_shows() {
        let away = WriteError::Away("silent".into());
        let row = WriteError::Row("a column is null".into());
        for (error, was_delivery, shows) in [(&away, false, true), (&row, false, false), (&row, true, true)] {
            let state = WriteState::default();
            state.failed(error, was_delivery);
            assert_eq!(state.failure().is_some(), shows, "{error}, {was_delivery}");
            assert_eq!(state.begins_probe(), shows);
            assert!(!state.begins_probe(), "once a second");
            state.stored();
            assert_eq!(state.failure(), None);
        }
    }
}
