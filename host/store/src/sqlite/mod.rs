//! The embedded database: one file, one host, a write-ahead log. What a batch does on it is in [`batch`].
//!
//! Readers go through sqlx; the writer calls SQLite itself (rusqlite), on its own thread.

pub(super) mod batch;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Row as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions},
};
use tokio::sync::{Mutex, mpsc};

use super::{
    Inner, Role, Store, StoreError, StoreOptions, Watcher,
    batch::Ids,
    db::{Arg, Connection, Pool, Row},
    people::People,
    upkeep,
    writer::{Database, Op, Writer},
};

/// A statement waits this long for another process (a command beside the host) to let go of the file.
const BUSY: Duration = Duration::from_secs(5);

/// What every connection is set to, the writer's and those of sqlx.
const PRAGMAS: [(&str, &str); 5] = [
    ("synchronous", "full"),
    ("foreign_keys", "on"),
    // What is deleted is overwritten: *forget me* leaves nothing in the file.
    ("secure_delete", "on"),
    // In KiB. More is no gain: each commit looks through all of it, and the system caches the file besides.
    ("cache_size", "-16384"),
    ("temp_store", "memory"),
];

/// The log is copied back by the checkpointer alone; so for it and for whoever writes.
const BY_HAND: (&str, &str) = ("wal_autocheckpoint", "0");

/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// Readers for capabilities and health; SQLite reads in parallel.
const READERS: u32 = 4;

/// How often the write-ahead log is copied back into the database, beside the writer. What is copied at once is flushed at once, and
/// commits wait for the disk meanwhile: a little often makes the slowest message sooner than much now and then.
const CHECKPOINT: Duration = Duration::from_millis(20);

/// Beyond this length, in pages of 4 KiB, the writer begins the log anew: a log that never rests would grow for ever.
const WAL_FRAMES_MAX: i64 = 8192;

/// Opens a file, makes it if it is not there, and brings its schema up to date.
pub(super) async fn open(path: PathBuf, options: StoreOptions) -> Result<Store, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Files { path: folder.into(), source })?;
    }
    let lock = match options.role {
        Role::Serve => Some(lock(&path)?),
        Role::Tool => None,
    };
    let connect = SqliteConnectOptions::from_str(&format!("sqlite://{}", path.display()))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY)
        .statement_cache_capacity(PREPARED)
        .disable_statement_logging();
    let connect = PRAGMAS.into_iter().fold(connect, |connect, (name, value)| connect.pragma(name, value));
    let mut checkpointer = connect.clone().pragma(BY_HAND.0, BY_HAND.1).connect().await?;
    sqlx::migrate!("../../migrations/sqlite").run(&mut checkpointer).await?;
    if options.role == Role::Serve {
        upkeep::take_over(&mut checkpointer, options.unknown_wait_ms).await?;
    }
    let reading = connect.read_only(true);
    let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(reading.clone()).await?;
    let watcher = Watcher::Sqlite(Mutex::new(reading.connect().await?));
    let mut connection = Connection::Sqlite(writing(&path, &options).map_err(error)?);
    let ids = Ids::read(&mut connection).await?;
    let people = People::load(options.bucket, &mut connection).await?;
    // What a crash left in the log is copied back too.
    let log = Arc::new(Log { written: AtomicBool::new(true), long: AtomicBool::new(false) });
    let file = File::open(&path).map_err(sqlx::Error::Io)?;
    let database = Database { connection, ids, people, log: Some(log.clone()), link: None };
    let (writer, alive) = Writer::start(database, None)?;
    tokio::spawn(checkpoint(checkpointer, file, alive, log));
    Ok(Store {
        inner: Arc::new(Inner {
            writer,
            readers: Pool::Sqlite(readers),
            watcher,
            options,
            forgetting: AtomicBool::new(true),
            duties: Default::default(),
            _lock: lock,
        }),
    })
}

/// The writer's connection.
fn writing(path: &Path, #[allow(unused_variables)] options: &StoreOptions) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    for (name, value) in PRAGMAS.into_iter().chain([BY_HAND]) {
        connection.pragma_update(None, name, value)?;
    }
    connection.set_prepared_statement_cache_capacity(PREPARED);
    #[cfg(feature = "test-hooks")]
    super::crash::arm(&connection, options.crash_at_commit)?;
    Ok(connection)
}

/// Copies the log back and cuts it; false where a reader is in the way.
pub(super) fn truncate_log(file: &str) -> rusqlite::Result<bool> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    let busy: i64 = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

/// All rows of a statement.
pub(super) fn fetch(connection: &rusqlite::Connection, sql: &str, args: &[Arg]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, args)?;
    rows(&mut statement)
}

/// Runs a statement; gives the number of rows that it changed.
pub(super) fn change(connection: &rusqlite::Connection, sql: &str, args: &[Arg]) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, args)?;
    statement.raw_execute()
}

fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Arg]) -> rusqlite::Result<()> {
    (1..).zip(args).try_for_each(|(n, arg): (usize, _)| statement.raw_bind_parameter(n, arg))
}

/// The rows of a statement that all is bound to.
fn rows(statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<Vec<Row>> {
    let columns = statement.column_count();
    let values = |row: &rusqlite::Row<'_>| (0..columns).map(|n| row.get(n)).collect::<rusqlite::Result<_>>();
    statement.raw_query().mapped(|row| values(row).map(Row::Written)).collect()
}

/// An error of the writer's connection as one of sqlx's: the store has one kind.
pub(super) fn error(error: rusqlite::Error) -> sqlx::Error {
    sqlx::Error::Database(Box::new(Failed { message: error.to_string(), error }))
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Failed {
    message: String,
    error: rusqlite::Error,
}

impl sqlx::error::DatabaseError for Failed {
    fn message(&self) -> &str {
        &self.message
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &self.error
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        &mut self.error
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        Box::new(self.error)
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

/// The latest migration that this file has, and the latest that this program knows.
pub(super) async fn version(path: &Path) -> Result<(i64, i64), StoreError> {
    let wanted = sqlx::migrate!("../../migrations/sqlite").iter().map(|migration| migration.version).max().unwrap_or(0);
    if !path.exists() {
        return Ok((0, wanted));
    }
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let applied = sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations");
    Ok((applied.fetch_one(&mut connection).await.unwrap_or(0), wanted))
}

/// One host a database: a lock that the kernel takes back when the process dies, however it dies.
fn lock(database: &Path) -> Result<File, StoreError> {
    let path = database.with_extension("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| StoreError::Files { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(database.into())),
        Err(std::fs::TryLockError::Error(source)) => Err(StoreError::Files { path, source }),
    }
}

/// What the writer and whoever copies its log back tell each other of the log.
pub(super) struct Log {
    /// Something was written since it was copied back last.
    written: AtomicBool,
    /// It is long, and nearly all of it is copied back: the writer may begin it anew.
    long: AtomicBool,
}

impl Log {
    /// The writer has written. It begins a long log anew: little is left to copy, so this is short; and only the writer can do it
    /// under never-ending load. The file is written over, not cut: a commit that need not lengthen it is flushed faster. A reader
    /// in the way is not waited for: there will be another moment.
    pub(super) fn written(&self, connection: &Connection) {
        self.written.store(true, Ordering::Relaxed);
        if let (true, Connection::Sqlite(connection)) = (self.long.swap(false, Ordering::Relaxed), connection) {
            let anew = "pragma busy_timeout = 20; pragma wal_checkpoint(restart); pragma busy_timeout = 5000";
            let _ = connection.execute_batch(anew);
        }
    }
}

/// Copies the log back beside the writer, and asks the writer to begin the log anew once it is long. Ends with the store.
async fn checkpoint(mut connection: SqliteConnection, database: File, ops: mpsc::WeakSender<Op>, state: Arc<Log>) {
    let database = Arc::new(database);
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
        // Under load the log grows meanwhile, so SQLite leaves it to whoever begins it anew to flush what was copied. That is the
        // writer, who has no time for it.
        let copy = database.clone();
        let _ = tokio::task::spawn_blocking(move || copy.sync_data()).await;
        if log > WAL_FRAMES_MAX && log - copied < WAL_FRAMES_MAX / 8 {
            state.long.store(true, Ordering::Relaxed);
        }
    }
}
