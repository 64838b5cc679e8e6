//! A backup of a file, beside anyone who reads and writes it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use super::{BUSY, checkpoint_all};
use crate::{StoreError, error::WriteError};

/// How often the log is tried to be cut afterwards, and how long is waited between: a reader may be in the way for a moment.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(100);

/// Writes a copy of the database, as of now and without gaps, to an empty file, and checks it. The copy is read in one go, in which the
/// write-ahead log grows; so the log is cut after it.
pub(crate) async fn backup(database: PathBuf, copy: PathBuf) -> Result<(), StoreError> {
    let copied = tokio::task::spawn_blocking(move || {
        write(&database, &copy)?;
        let damage = check(&copy)?;
        cut_log(&database);
        Ok::<_, rusqlite::Error>(damage)
    });
    match copied.await.map_err(|_| StoreError::Closed)?.map_err(WriteError::from)? {
        None => Ok(()),
        Some(damage) => Err(StoreError::Server(format!(
            "the copy is not whole: {damage}. Is the file itself? See `switchboard doctor --production`"
        ))),
    }
}

fn write(database: &Path, copy: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(database)?;
    connection.busy_timeout(BUSY)?;
    connection.execute("vacuum into ?1", [copy.to_string_lossy()])?;
    Ok(())
}

/// What is wrong with a copy.
fn check(copy: &Path) -> rusqlite::Result<Option<String>> {
    let said: String = Connection::open(copy)?.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
}

/// Nobody waits for this; what cannot be cut now is cut by the host when it is idle.
fn cut_log(database: &Path) {
    for _ in 0..TRIES {
        match checkpoint_all(database, Duration::from_millis(20)) {
            Ok(true) => return,
            Ok(false) => std::thread::sleep(BETWEEN),
            Err(error) => return tracing::warn!("the write-ahead log could not be cut: {error}"),
        }
    }
    tracing::info!("the write-ahead log was not cut after the backup: a reader is in the way");
}
