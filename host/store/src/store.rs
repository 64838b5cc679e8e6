//! The store's handle: its writer, its readers and its options. What can be done with it is in the modules above.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
};

use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    db::{Pool, Query},
    dialect::Dialect,
    options::StoreOptions,
    outbox::References,
    writer::Writer,
};

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

/// What all clones of a store share.
pub(crate) struct Inner {
    pub(crate) writer: Writer,
    pub(crate) readers: Pool,
    pub(crate) watcher: Watcher,
    pub(crate) options: StoreOptions,
    /// Names of outbox rows at Meta.
    pub(crate) references: References,
    /// Somebody was forgotten whose number is still held.
    pub(crate) forgetting: AtomicBool,
    /// When templates that Meta refused were last looked for.
    pub(crate) refused_looked_at: AtomicI64,
    /// How far listings have been looked through for terms of another indexer.
    pub(crate) indexed: std::sync::Mutex<Indexed>,
    /// What this host does for all, until when.
    pub(crate) duties: std::sync::Mutex<HashMap<&'static str, i64>>,
    /// Held as long as the store is open.
    pub(crate) _lock: Option<File>,
}

/// How far listings have been looked through, in the order of their ids.
pub(crate) enum Indexed {
    /// To this one.
    To(Uuid),
    /// All of them, at this time.
    AllAt(i64),
}

/// Who is asked whether flags and settings have changed.
pub(crate) enum Watcher {
    /// A connection of its own for `PRAGMA data_version`, which speaks of changes that *other* connections made.
    Sqlite(Mutex<SqliteConnection>),
    /// The table `switchboard.change`.
    Postgres,
}

impl Store {
    /// The time, by the database's clock.
    pub fn now(&self) -> i64 {
        self.inner.options.clock.now()
    }

    /// This process, as leases and statuses name it.
    pub fn node(&self) -> &str {
        &self.inner.writer.node
    }

    /// Which database this is.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner.readers {
            Pool::Sqlite(_) => Dialect::Sqlite,
            Pool::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Begins a query, as [`Dialect`] says.
    pub(crate) fn query(&self, sql: impl Into<Cow<'static, str>>) -> Query<'_> {
        self.inner.readers.query(sql)
    }
}
