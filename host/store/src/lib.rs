//! The database: the only room with SQL. Everything is written through one writer with group commit ([`writer`]).
//!
//! A room for each thing that is stored; reads go through a pool of their own and never wait for the writer.

mod types;
mod db;
mod dialect;
mod translate;
mod sqlite;
mod postgres;
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
mod figures;
mod alerts;
mod upkeep;
mod copy;
mod person;
mod components;
mod duty;
mod hosts;
mod inspect;
mod rollouts;
mod versions;
#[cfg(feature = "test-hooks")]
mod crash;

use std::{collections::HashMap, fs::File, path::PathBuf, sync::Arc};

use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;

pub use components::Component;
use db::{Pool, Query};
pub use demo::Demo;
pub use desk::{Reported, Ticket};
use dialect::Dialect;
pub use figures::{By, Figures, Slice};
pub use hosts::HostStatus;
pub use inspect::SchemaFaults;
pub use outbox::To;
pub use rollouts::Decided;
pub use switchboard_core::reads::{ApplicationParties, ContactCard, MatchParties};
pub use types::*;
pub use versions::KeptVersion;
use writer::Writer;

use switchboard_core::clock::Clock;

/// A lease lives this long without being renewed.
pub(crate) const LEASE_MS: i64 = 15_000;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    readers: Pool,
    watcher: Watcher,
    options: StoreOptions,
    /// What this host does for all, until when.
    duties: std::sync::Mutex<HashMap<&'static str, i64>>,
    /// Held as long as the store is open.
    _lock: Option<File>,
}

/// Who is asked whether flags and settings have changed.
enum Watcher {
    /// A connection of its own for `PRAGMA data_version`, which speaks of changes that *other* connections made.
    Sqlite(Mutex<SqliteConnection>),
    /// The table `switchboard.change`.
    Postgres,
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Who opens it.
    pub role: Role,
    /// A pooler before the server hands out its sessions for a transaction each: nothing may outlive one.
    pub pooled_by_transaction: bool,
    /// Is corrected to the time of a server's clock, by which leases and all else are counted.
    pub clock: Clock,
    /// The bucket of a normalised number or user id.
    pub bucket: fn(&str) -> u16,
    /// How long a send of unknown outcome waits for its status.
    pub unknown_wait_ms: i64,
    /// How long journals are kept.
    pub journal_days: i64,
    /// How long raw deliveries are kept.
    pub raw_days: i64,
    /// Parts of the path's statements on Postgres, in its words, and what is put wrongly in their place: so that tests can see that
    /// other tests notice. Without the feature `test-hooks` they are ignored.
    pub faults: &'static [(&'static str, &'static str)],
    /// The process aborts at the writer's commit of this number, counted from 1. SQLite only.
    #[cfg(feature = "test-hooks")]
    pub crash_at_commit: Option<u64>,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            role: Role::Tool,
            pooled_by_transaction: false,
            clock: Clock::system(),
            bucket: switchboard_core::bucket::of,
            unknown_wait_ms: 60_000,
            journal_days: 30,
            raw_days: 30,
            faults: &[],
            #[cfg(feature = "test-hooks")]
            crash_at_commit: None,
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
    #[error(
        "`{0}` is no database address: use a file such as sqlite://data/switchboard.db, or postgres://user:password@host:5432/name"
    )]
    Address(String),
    /// A server that cannot be used as it is; what, and what to do.
    #[error("{0}")]
    Server(String),
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
    /// Opens a database and brings its schema up to date. A file is made if it is not there; a server is waited for by a host.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Store, StoreError> {
        if let Some(server) = postgres::Server::parse(url)? {
            return postgres::open(server, options).await;
        }
        sqlite::open(file_of(url)?, options).await
    }

    /// Adopts what a project on Postgres already has under our names, and brings the schema up to date; a sentence for each thing done.
    pub async fn adopt(url: &str) -> Result<Vec<String>, StoreError> {
        let server = postgres::Server::parse(url)?
            .ok_or_else(|| StoreError::Server("only a database of Postgres has anything to adopt".into()))?;
        postgres::adopt::adopt(&server).await
    }

    /// The migrations that this database has, and the latest that this program knows: `(1..=has, wanted)`.
    pub async fn schema_version(url: &str) -> Result<(i64, i64), StoreError> {
        match postgres::Server::parse(url)? {
            Some(server) => postgres::version(&server).await,
            None => sqlite::version(&file_of(url)?).await,
        }
    }

    /// Makes a database on a server of Postgres and gives its address: for tests, which want one each.
    pub async fn new_database(server: &str) -> Result<String, StoreError> {
        postgres::create(server).await
    }

    /// The time, by the database's clock.
    pub fn now(&self) -> i64 {
        self.inner.options.clock.now()
    }

    /// This process, as leases and statuses name it.
    pub fn node(&self) -> &str {
        &self.inner.writer.node
    }

    fn dialect(&self) -> Dialect {
        match self.inner.readers {
            Pool::Sqlite(_) => Dialect::Sqlite,
            Pool::Postgres { .. } => Dialect::Postgres,
        }
    }

    fn query(&self, sql: impl Into<std::borrow::Cow<'static, str>>) -> Query<'_> {
        self.inner.readers.query(sql)
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

/// ISO 8601 in UTC with milliseconds: the times of the checklist's tables.
pub(crate) fn iso(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}
