//! A Postgres server as an address names it: connections to it, and what its errors mean.

use std::{future::Future, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgConnection},
};

use crate::StoreError;

/// A connection is made, and a reader is free, in this time, or there is none.
pub(super) const CONNECT: Duration = Duration::from_secs(3);

/// A batch is stored in this time, or its connection is given up.
const BATCH: Duration = Duration::from_secs(15);

/// The waits between tries to reach the server: at first, and at the most.
pub(super) const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// What the writer's sessions are set to: see [`search_path`](crate::search_path) for the first. Tables are read by key only: see
/// [`writing`].
pub(super) const BY_KEY: &str = "set search_path = switchboard, public; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off";

/// A server as an address names it.
pub(crate) struct Server {
    pub(super) options: PgConnectOptions,
    /// Host, port and database, without user and password.
    pub(super) name: String,
}

impl Server {
    /// None if the address is not one of Postgres.
    pub(crate) fn parse(url: &str) -> Result<Option<Server>, StoreError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Ok(None);
        }
        let options = PgConnectOptions::from_str(url).map_err(|error| {
            StoreError::Server(format!(
                "DATABASE_URL is no address of Postgres ({error}): write postgres://user:password@host:5432/name"
            ))
        })?;
        let database = options.get_database().unwrap_or("(the user's)");
        let name = format!("{}:{}/{database}", options.get_host(), options.get_port());
        // What a pooler need not know of is not asked of it.
        let options = options.application_name("switchboard").extra_float_digits(None).disable_statement_logging();
        Ok(Some(Server { options, name }))
    }

    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        connect(&self.options).await
    }

    /// A connection, however long it takes; an error only where waiting is in vain.
    pub(super) async fn wait(&self) -> Result<PgConnection, StoreError> {
        let mut wait = WAITS[0];
        loop {
            match self.connect().await {
                Ok(connection) => return Ok(connection),
                Err(error) if is_lost(&error) => {
                    tracing::warn!("waiting for Postgres at {}: {error}", self.name);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(WAITS[1]);
                }
                Err(error) => return Err(self.refused(error)),
            }
        }
    }

    /// Why there is no connection, and what to do.
    pub(super) fn refused(&self, error: sqlx::Error) -> StoreError {
        let name = &self.name;
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        let user = self.options.get_username();
        StoreError::Server(match code.as_str() {
            "28P01" | "28000" => {
                format!("{name} refuses the user `{user}`: check the user and the password in DATABASE_URL ({error})")
            }
            "3D000" => format!("{name} does not exist: create it (createdb) or correct the name in DATABASE_URL"),
            "53300" => format!("{name} takes no more connections: raise max_connections or use a pooler ({error})"),
            _ => format!("{name} cannot be used: {error}"),
        })
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let late = || sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer"));
    tokio::time::timeout(CONNECT, options.connect()).await.unwrap_or_else(|_| Err(late()))
}

/// The writer's connection. Its statements find rows by their keys: a plan that was made while tables were small, or that takes a
/// short list for a long one, must not read whole tables for each batch.
pub(super) async fn writing(options: &PgConnectOptions, by_transaction: bool) -> Result<PgConnection, sqlx::Error> {
    let mut connection = connect(options).await?;
    if !by_transaction {
        sqlx::raw_sql(BY_KEY).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Runs a batch or a statement of the writer; a server that has gone silent counts as lost.
pub(super) async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(BATCH, work).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database has gone silent")))
    })
}

/// Whether the same batch may succeed at once: others stood in its way.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    // Serialization failure, deadlock, and a row that another node made first.
    const CODES: [&str; 3] = ["40001", "40P01", "23505"];
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| CODES.contains(&code.as_ref()))
}

/// Whether the connection is gone, or the server is for now.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            // Connection exceptions, a server that stops or starts.
            error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
        }
        _ => false,
    }
}
