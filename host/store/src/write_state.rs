//! Whether anything can be stored: what came of the writer's last attempts, and a probe where the last one failed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    FailureKind, Store, StoreError,
    error::WriteError,
    op::{Op, Statement},
};

/// How often a writer that failed is probed, at the most.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// A probe that takes longer has failed.
const PROBE_WAIT: Duration = Duration::from_secs(2);

/// What a probe writes, in bytes: about as much as a delivery takes. An update in place would pass on a full disk.
const FILLER: usize = 16 * 1024;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Nothing can be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFailure {
    /// Since when, in milliseconds.
    pub since: i64,
    /// The database's words, of the last attempt.
    pub error: String,
}

/// What came of a writer's last attempts; shared by the writer's thread and whoever asks.
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

    fn note(&self, error: String) {
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

    fn failure(&self) -> Option<WriteFailure> {
        self.state().failure.clone()
    }

    /// Whether a probe is due; it then counts as begun.
    fn begins_probe(&self) -> bool {
        let mut state = self.state();
        let is_due = state.failure.is_some() && state.probed.is_none_or(|at| at.elapsed() >= PROBE_EVERY);
        if is_due {
            state.probed = Some(Instant::now());
        }
        is_due
    }
}

impl Store {
    /// Why deliveries cannot be stored; none while they can. Where the last attempt failed, another is made, at most once a second.
    pub async fn write_failure(&self) -> Option<WriteFailure> {
        for way in self.inner.writer.ways() {
            if way.state.begins_probe() {
                match tokio::time::timeout(PROBE_WAIT, self.probe_write(way.ops)).await {
                    Ok(Ok(())) => way.state.stored(),
                    Ok(Err(error)) => way.state.note(error.to_string()),
                    Err(_) => way.state.note("the database does not answer a write".into()),
                }
            }
        }
        self.inner.writer.ways().into_iter().find_map(|way| way.state.failure())
    }

    /// Writes about as much as a delivery takes, and takes it away again.
    async fn probe_write(&self, ops: &tokio::sync::mpsc::Sender<Op>) -> Result<(), StoreError> {
        let fill = "insert into write_probe (node, at, filler) values ($1, $2, $3)
            on conflict (node) do update set at = excluded.at, filler = excluded.filler";
        let clear = "delete from write_probe where node = $1 or at < $2";
        let (node, now) = (self.node(), self.now());
        let filled = vec![node.into(), now.into(), "x".repeat(FILLER).into()];
        for (sql, values) in [(fill, filled), (clear, vec![node.into(), (now - DAY_MS).into()])] {
            let (answer, answered) = tokio::sync::oneshot::channel();
            let op = Op::Plain(Statement { sql, values }, answer);
            ops.send(op).await.map_err(|_| StoreError::Closed)?;
            answered.await.map_err(|_| StoreError::Closed)??;
        }
        Ok(())
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
