//! The database: the only room with SQL. Everything is written through one writer with group commit ([`writer`]).
//!
//! A room for each thing that is stored; reads go through a pool of their own and never wait for the writer.

mod types;
mod writer;
mod batch;
mod prepared;
mod script;
mod people;
mod claims;
mod effects;
mod words;
mod outbox;
mod domain;
mod notices;
mod desk;
mod demo;
mod reads;
mod settings;
mod upkeep;
#[cfg(debug_assertions)]
mod crash;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Mutex;

pub use crate::agent::{ApplicationParties, ContactCard, MatchParties};
pub use demo::Demo;
pub use desk::{Reported, Ticket};
pub use types::*;
use writer::Writer;

/// A lease lives this long without being renewed.
pub(crate) const LEASE_MS: i64 = 15_000;

/// A statement waits this long for another process (a command beside the host) to let go of the file.
const BUSY: Duration = Duration::from_secs(5);

/// Readers for capabilities and health; SQLite reads in parallel.
const READERS: u32 = 4;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    readers: SqlitePool,
    /// Only for `PRAGMA data_version`, which speaks of changes that *other* connections made.
    watcher: Mutex<SqliteConnection>,
    options: StoreOptions,
    /// Held as long as the store is open.
    _lock: Option<File>,
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Who opens it.
    pub role: Role,
    /// The bucket of a normalised number or user id.
    pub bucket: fn(&str) -> u16,
    /// How long a send of unknown outcome waits for its status.
    pub unknown_wait_ms: i64,
    /// How long journals are kept.
    pub journal_days: i64,
    /// How long raw deliveries are kept.
    pub raw_days: i64,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            role: Role::Tool,
            bucket: crate::flags::bucket::of,
            unknown_wait_ms: 60_000,
            journal_days: 30,
            raw_days: 30,
        }
    }
}

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The host: one process at a time.
    Serve,
    /// A command beside it.
    Tool,
}

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not a database that this version serves.
    #[error("`{0}` is no database address of this version: use a file such as sqlite://data/switchboard.db")]
    Address(String),
    /// Another host has it.
    #[error("{} is in use by another host process: stop that one first", .0.display())]
    InUse(PathBuf),
    /// The folder or the lock file.
    #[error("{}: {source}", path.display())]
    Files {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The schema.
    #[error("the schema cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement.
    #[error("the database refused: {0}")]
    Sql(Arc<sqlx::Error>),
    /// The writer has ended, as it does when the store closes.
    #[error("the store is closed")]
    Closed,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        StoreError::Sql(Arc::new(error))
    }
}

impl Clone for StoreError {
    fn clone(&self) -> StoreError {
        match self {
            StoreError::Sql(error) => StoreError::Sql(error.clone()),
            StoreError::Closed => StoreError::Closed,
            other => StoreError::Sql(Arc::new(sqlx::Error::Protocol(other.to_string()))),
        }
    }
}

/// Why a turn did not settle.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// Another worker holds the lane now; nothing was written.
    #[error("the lane's lease was lost")]
    LostLease,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Opens a database, makes it if it is not there, and brings its schema up to date.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Store, StoreError> {
        let path = file_of(url)?;
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
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(256)
            // In KiB. More is no gain: each commit looks through all of it, and the system caches the file besides.
            .pragma("cache_size", "-16384")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let mut connection = connect.clone().pragma("wal_autocheckpoint", "0").connect().await?;
        sqlx::migrate!("../migrations/sqlite").run(&mut connection).await?;
        if options.role == Role::Serve {
            upkeep::take_over(&mut connection, options.unknown_wait_ms).await?;
        }
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).connect_with(connect.clone().read_only(true)).await?;
        let watcher = Mutex::new(connect.clone().read_only(true).connect().await?);
        #[cfg(debug_assertions)]
        crash::arm(&mut connection).await?;
        let writer = Writer::start(connection, connect, &path, &options).await?;
        Ok(Store { inner: Arc::new(Inner { writer, readers, watcher, options, _lock: lock }) })
    }

    fn readers(&self) -> &SqlitePool {
        &self.inner.readers
    }
}

/// The file that an address names.
fn file_of(url: &str) -> Result<PathBuf, StoreError> {
    let scheme = || url.split("//").next().unwrap_or_default().to_owned();
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .ok_or_else(|| StoreError::Address(scheme()))?;
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" { Err(StoreError::Address(url.into())) } else { Ok(path.into()) }
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

/// ISO 8601 in UTC with milliseconds: the times of the checklist's tables.
pub(crate) fn iso(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
