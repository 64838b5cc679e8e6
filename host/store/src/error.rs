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
    /// A read, or a statement of the schema.
    #[error("the database refused: {0}")]
    Sql(#[from] sqlx::Error),
    /// A write.
    #[error("the database refused: {0}")]
    Write(Arc<WriteError>),
    /// There is no thread for the writer.
    #[error("the writer cannot be started: {0}")]
    Start(std::io::Error),
    /// The writer has ended, as it does when the store closes.
    #[error("the store is closed")]
    Closed,
}

impl From<WriteError> for StoreError {
    fn from(error: WriteError) -> StoreError {
        StoreError::Write(Arc::new(error))
    }
}

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// Postgres refused, or its connection broke.
    #[error("{}", whole(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// There is no connection, or it has gone silent; why.
    #[error("{0}")]
    Away(String),
    /// A row came back that cannot be read; why.
    #[error("a row cannot be read: {0}")]
    Row(String),
}

/// An error of the client with its cause, which it does not tell by itself.
fn whole(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
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
