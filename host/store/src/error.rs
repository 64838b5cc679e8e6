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
    /// The schema would change under hosts that live; which.
    #[error(
        "the schema is at {has} and would be brought to {wanted}, but hosts live on this database: {hosts}. Stop them first, or run `switchboard db migrate --yes`"
    )]
    HostsLive {
        /// The database's version.
        has: i64,
        /// This program's version.
        wanted: i64,
        /// The hosts, and when each was last heard of.
        hosts: String,
    },
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

/// The constraint of the table `quota`.
const QUOTA_USED: &str = "quota_used";

/// What a failure means for a caller that would try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The database cannot be reached, or takes nothing for now: it starts or stops, can only be read, has no room. Wait.
    Unavailable,
    /// The database refuses these data, now and later: a constraint, a value out of range, too large.
    Refused,
    /// Anything else: it may pass.
    Other,
}

impl StoreError {
    /// Whether a quota did not allow it; see [`quota`](crate::quota).
    pub fn is_overrun(&self) -> bool {
        matches!(self, StoreError::Write(error) if error.is_overrun())
    }

    /// What it means for a caller that would try again.
    pub fn kind(&self) -> FailureKind {
        match self {
            StoreError::Sql(error) => kind_of_read(error),
            StoreError::Write(error) => error.kind(),
            StoreError::Address(_)
            | StoreError::Server(_)
            | StoreError::InUse(_)
            | StoreError::HostsLive { .. }
            | StoreError::Files { .. }
            | StoreError::Migrate(_)
            | StoreError::Start(_)
            | StoreError::Closed => FailureKind::Other,
        }
    }
}

impl WriteError {
    /// Whether a quota did not allow it.
    pub(crate) fn is_overrun(&self) -> bool {
        match self {
            WriteError::Sqlite(rusqlite::Error::SqliteFailure(error, words)) => {
                error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_CHECK
                    && words.as_deref().is_some_and(|words| words.contains(QUOTA_USED))
            }
            WriteError::Postgres(error) => {
                error.as_db_error().is_some_and(|error| error.constraint() == Some(QUOTA_USED))
            }
            _ => false,
        }
    }

    /// What it means for a caller that would try again.
    pub fn kind(&self) -> FailureKind {
        match self {
            // A turn that runs anew reads what is left.
            overrun if overrun.is_overrun() => FailureKind::Other,
            WriteError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => kind_of_sqlite(error.extended_code),
            WriteError::Postgres(error) => kind_of_postgres(error),
            WriteError::Away(_) => FailureKind::Unavailable,
            WriteError::Sqlite(_) | WriteError::Row(_) => FailureKind::Other,
        }
    }
}

fn kind_of_read(error: &sqlx::Error) -> FailureKind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => FailureKind::Unavailable,
        sqlx::Error::Database(error) => match error.code() {
            Some(code) if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() => {
                kind_of_sqlstate(&code)
            }
            // SQLite's codes are numbers.
            code => code.and_then(|code| code.parse().ok()).map_or(FailureKind::Other, kind_of_sqlite),
        },
        _ => FailureKind::Other,
    }
}

/// Of an extended result code of SQLite.
fn kind_of_sqlite(code: i32) -> FailureKind {
    use rusqlite::ffi;
    match code & 0xff {
        ffi::SQLITE_BUSY
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_NOMEM
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_FULL
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_PROTOCOL => FailureKind::Unavailable,
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_TOOBIG | ffi::SQLITE_MISMATCH => FailureKind::Refused,
        _ => FailureKind::Other,
    }
}

fn kind_of_postgres(error: &tokio_postgres::Error) -> FailureKind {
    if let Some(code) = error.code() {
        return kind_of_sqlstate(code.code());
    }
    match std::error::Error::source(error).map(|source| source.downcast_ref::<std::io::Error>()) {
        // What is too long to be sent is refused by the client.
        Some(Some(error)) if error.kind() == std::io::ErrorKind::InvalidInput => FailureKind::Refused,
        Some(Some(_)) | None => FailureKind::Unavailable,
        Some(None) => FailureKind::Other,
    }
}

/// Of an SQLSTATE, by its class: see appendix A of the manual of PostgreSQL.
fn kind_of_sqlstate(code: &str) -> FailureKind {
    /// A transaction that can only read.
    const READ_ONLY: &str = "25006";
    match code.get(..2) {
        // Connections, resources, the system below.
        Some("08" | "53" | "58") => FailureKind::Unavailable,
        _ if code == READ_ONLY || code.starts_with("57P") => FailureKind::Unavailable,
        // Data, constraints, limits.
        Some("22" | "23" | "54") => FailureKind::Refused,
        _ => FailureKind::Other,
    }
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

/// An error of the client with its cause, which it does not tell by itself. Without the server's detail: that is a row, with what
/// people wrote.
fn whole(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
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
    /// A document that the turn writes on a condition (`records.put-new`, `put-if`) is not any more as it was: nothing was written, and
    /// the turn is to run again.
    #[error("another turn changed a document that this one writes on a condition")]
    Conflict,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_whether_to_wait_to_give_up_or_to_try_again() {
        use FailureKind::{Other, Refused, Unavailable};
        for (code, kind) in [
            ("08006", Unavailable),
            ("53100", Unavailable),
            ("57P01", Unavailable),
            ("58030", Unavailable),
            ("25006", Unavailable),
            ("22021", Refused),
            ("23514", Refused),
            ("54000", Refused),
            ("57014", Other),
            ("42501", Other),
            ("40001", Other),
            ("", Other),
        ] {
            assert_eq!(kind_of_sqlstate(code), kind, "{code}");
        }
        for (sql, kind) in [
            ("insert into t values (null)", Refused),
            ("insert into t values (-1)", Refused),
            ("insert into t values (zeroblob(3000000000))", Refused),
            ("select json('{')", Other),
            ("nonsense", Other),
        ] {
            let connection = rusqlite::Connection::open_in_memory().expect("a database");
            connection.execute_batch("create table t (a not null check (a <> -1))").expect("made");
            let error = WriteError::from(connection.execute(sql, []).expect_err(sql));
            assert_eq!(error.kind(), kind, "{sql}: {error}");
        }
        let connection = rusqlite::Connection::open_in_memory().expect("a database");
        connection.execute_batch("create table t (a); pragma query_only = on").expect("set");
        let error = WriteError::from(connection.execute("insert into t values (1)", []).expect_err("read-only"));
        assert_eq!(error.kind(), Unavailable);
        assert_eq!(WriteError::Away("silent".into()).kind(), Unavailable);
        assert_eq!(StoreError::from(sqlx::Error::PoolTimedOut).kind(), Unavailable);
        assert_eq!(StoreError::Closed.kind(), Other);
    }
}
