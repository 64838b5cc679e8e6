//! The write-ahead log, copied back into the database beside the writer.

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Row as _, sqlite::SqliteConnection};
use tokio::sync::mpsc;

use crate::op::Op;

/// How often the write-ahead log is copied back into the database, beside the writer. What is copied at once is flushed at once, and
/// commits wait for the disk meanwhile: small frequent checkpoints lower tail latency.
const CHECKPOINT: Duration = Duration::from_millis(20);

/// Beyond this length, in pages of 4 KiB, the writer begins the log anew: a log that never rests would grow for ever.
const WAL_FRAMES_MAX: i64 = 8192;

/// Pages that cannot be copied back, from which on it is said that a reader is in the way: 256 MiB.
const HELD_FRAMES: i64 = 65_536;

/// Signals between writer and checkpointer about the write-ahead log.
pub(super) struct Log {
    /// Something was written since it was copied back last.
    written: AtomicBool,
    /// It is long, and nearly all of it is copied back: the writer may begin it anew.
    long: AtomicBool,
}

impl Log {
    /// What a crash left in the log is copied back too.
    pub(super) fn new() -> Log {
        Log { written: AtomicBool::new(true), long: AtomicBool::new(false) }
    }

    /// The writer has written. It begins a long log anew: little is left to copy, so this is short; and only the writer can do it
    /// under never-ending load. The file is written over, not cut: a commit that need not lengthen it is flushed faster. A reader
    /// in the way is not waited for: there will be another moment.
    pub(super) fn written(&self, connection: &rusqlite::Connection) {
        self.written.store(true, Ordering::Relaxed);
        if self.long.swap(false, Ordering::Relaxed) {
            let anew = "pragma busy_timeout = 20; pragma wal_checkpoint(restart); pragma busy_timeout = 5000";
            let _ = connection.execute_batch(anew);
        }
    }
}

/// Copies the log back beside the writer, and asks the writer to begin the log anew once it is long. Ends with the store.
pub(super) async fn checkpoint(
    mut connection: SqliteConnection,
    database: File,
    ops: mpsc::WeakSender<Op>,
    state: Arc<Log>,
) {
    let database = Arc::new(database);
    let mut is_held = false;
    while ops.upgrade().is_some() {
        tokio::time::sleep(CHECKPOINT).await;
        if !state.written.swap(false, Ordering::Relaxed) {
            continue;
        }
        let (log, copied) = match sqlx::query("pragma wal_checkpoint(passive)").fetch_one(&mut connection).await {
            Ok(row) => (row.get::<i64, _>(1), row.get::<i64, _>(2)),
            Err(error) => {
                tracing::warn!("the write-ahead log could not be copied back: {error}");
                continue;
            }
        };
        if !is_held && log - copied > HELD_FRAMES {
            tracing::warn!(
                "a reader has kept the write-ahead log from being copied back for {} MiB of it: a transaction that somebody left open in a shell, or a copy of a large file",
                (log - copied) >> 8
            );
        }
        is_held = log - copied > HELD_FRAMES;
        // Under load the log grows meanwhile, so SQLite leaves it to the writer that begins it anew to flush what was copied. That is the
        // writer, who has no time for it.
        let copy = database.clone();
        let _ = tokio::task::spawn_blocking(move || copy.sync_data()).await;
        if log > WAL_FRAMES_MAX && log - copied < WAL_FRAMES_MAX / 8 {
            state.long.store(true, Ordering::Relaxed);
        }
    }
}
