//! What can go wrong with a store.

use std::{path::PathBuf, sync::Arc};

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
