//! A Postgres server: opened, waited for, lost and found again. What a batch does on it is in [`batch`].

pub(super) mod adopt;
pub(super) mod batch;
pub(crate) mod search_path;

use std::{
    future::Future,
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Row as _,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use super::{
    Inner, Role, Store, StoreError, StoreOptions, Watcher,
    batch::Ids,
    db::{Connection, Pool},
    dialect::assembled,
    people::People,
    writer::{Database, Writer},
};
use switchboard_core::clock::Clock;

/// Readers for capabilities and health.
const READERS: u32 = 8;

/// A connection is made, and a reader is free, in this time, or there is none.
const CONNECT: Duration = Duration::from_secs(3);

/// A batch is stored in this time, or its connection is given up.
const BATCH: Duration = Duration::from_secs(15);

/// The waits between tries to reach the server: at first, and at the most.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Tables are read by key only: see [`writing`].
const BY_KEY: &str = "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off";

/// Where the migrations that were applied are noted.
macro_rules! migrations {
    () => {
        "switchboard.migration"
    };
}

/// A server as an address names it.
pub(super) struct Server {
    options: PgConnectOptions,
    /// Host, port and database, without user and password.
    name: String,
}

impl Server {
    /// None if the address is not one of Postgres.
    pub(super) fn parse(url: &str) -> Result<Option<Server>, StoreError> {
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

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        connect(&self.options).await
    }

    /// A connection, however long it takes; an error only where waiting is in vain.
    async fn wait(&self) -> Result<PgConnection, StoreError> {
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
    fn refused(&self, error: sqlx::Error) -> StoreError {
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
async fn writing(options: &PgConnectOptions, by_transaction: bool) -> Result<PgConnection, sqlx::Error> {
    let mut connection = connect(options).await?;
    if !by_transaction {
        sqlx::raw_sql(search_path::SET).execute(&mut connection).await?;
        sqlx::raw_sql(BY_KEY).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Opens a database on a server.
pub(super) async fn open(server: Server, options: StoreOptions) -> Result<Store, StoreError> {
    let by_transaction = options.pooled_by_transaction;
    let mut connection = match options.role {
        Role::Serve => server.wait().await?,
        Role::Tool => server.connect().await.map_err(|error| server.refused(error))?,
    };
    writable(&mut connection, &server).await?;
    migrate(&mut connection, &server, by_transaction).await?;
    correct(&options.clock, &mut connection).await?;
    if options.clock.ahead_ms() != 0 {
        tracing::warn!(
            "this machine's clock is ahead of that of {} by {} ms; the server's counts",
            server.name,
            options.clock.ahead_ms()
        );
    }
    let readers = PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(CONNECT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match by_transaction {
                    true => Ok(()),
                    false => sqlx::raw_sql(search_path::SET).execute(connection).await.map(drop),
                }
            })
        })
        .connect_lazy_with(server.options.clone());
    // The writer makes its connections on its own threads.
    let database = || Database {
        connection: Connection::Postgres { connection: None, by_transaction },
        ids: Ids::reserved(Default::default()),
        people: People::new(options.bucket),
        log: None,
        link: Some(Link {
            options: server.options.clone(),
            statements: batch::Statements::new(options.faults),
            lost: Some(Lost { why: String::new(), again: Instant::now(), wait: WAITS[0] }),
        }),
    };
    let (writer, _) = Writer::start(database(), (options.role == Role::Serve).then(database))?;
    let inner = Inner {
        writer,
        readers: Pool::Postgres { pool: readers, by_transaction },
        watcher: Watcher::Postgres,
        options,
        duties: Default::default(),
        _lock: None,
    };
    Ok(Store { inner: inner.into() })
}

/// A replica, or a server that is set to be read from only, cannot be served from.
async fn writable(connection: &mut PgConnection, server: &Server) -> Result<(), StoreError> {
    let read_only = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on'";
    match sqlx::raw_sql(read_only).fetch_one(connection).await?.try_get(0)? {
        false => Ok(()),
        true => Err(StoreError::Server(format!(
            "{} can only be read from, as a replica can: give the address of the primary in DATABASE_URL",
            server.name
        ))),
    }
}

/// Clocks that differ by less are taken as one: the way to the server takes its time too.
const SKEW_MS_MIN: i64 = 250;

/// Has a clock go by the server's.
pub(super) async fn correct(clock: &Clock, connection: impl sqlx::PgExecutor<'_>) -> Result<(), sqlx::Error> {
    let asked = clock.own();
    let time = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
    let server: i64 = sqlx::raw_sql(time).fetch_one(connection).await?.try_get(0)?;
    let answered = clock.own();
    let behind = clock.in_its_world(server) - (asked + answered) / 2;
    clock.correct(if behind.abs() < SKEW_MS_MIN { 0 } else { behind });
    Ok(())
}

/// Makes a database of a new name beside the one that an address names; gives its address.
pub(super) async fn create(server: &str) -> Result<String, StoreError> {
    let known = Server::parse(server)?.ok_or_else(|| StoreError::Address(server.into()))?;
    let mut connection = known.connect().await.map_err(|error| known.refused(error))?;
    let name = format!("switchboard_{}", uuid::Uuid::now_v7().simple());
    sqlx::raw_sql(assembled(format!("create database {name}"))).execute(&mut connection).await?;
    let (address, query) = server.split_once('?').map_or((server, None), |(address, query)| (address, Some(query)));
    let address = address.rsplit_once('/').map_or(address, |(address, _)| address);
    Ok(format!("{address}/{name}{}", query.map(|query| format!("?{query}")).unwrap_or_default()))
}

fn migrator() -> Migrator {
    let mut migrator: Migrator = sqlx::migrate!("../../migrations/postgres");
    migrator.dangerous_set_table_name(migrations!());
    migrator.create_schema("switchboard");
    migrator.set_ignore_missing(true);
    migrator
}

/// The latest migration that this database has, and the latest that this program knows.
pub(super) async fn version(server: &Server) -> Result<(i64, i64), StoreError> {
    versions(&mut server.connect().await.map_err(|error| server.refused(error))?).await
}

async fn versions(connection: &mut PgConnection) -> Result<(i64, i64), StoreError> {
    let wanted = migrator().iter().map(|migration| migration.version).max().unwrap_or(0);
    // Each in one message: whatever is before the server, it need not keep a session for us.
    let exists = concat!("select to_regclass('", migrations!(), "') is not null");
    if !sqlx::raw_sql(exists).fetch_one(&mut *connection).await?.try_get(0)? {
        return Ok((0, wanted));
    }
    let latest = concat!("select coalesce(max(version), 0) from ", migrations!());
    Ok((sqlx::raw_sql(latest).fetch_one(connection).await?.try_get(0)?, wanted))
}

/// Brings the schema up to date where it is not. A role without the rights for that needs none while it is.
async fn migrate(connection: &mut PgConnection, server: &Server, by_transaction: bool) -> Result<(), StoreError> {
    let (has, wanted) = versions(connection).await?;
    if has > wanted {
        tracing::warn!(
            "the schema is newer ({has}) than this program's ({wanted}): it serves, but run the newer program soon"
        );
    }
    if has >= wanted {
        return Ok(());
    }
    if by_transaction {
        return Err(StoreError::Server(format!(
            "the schema of {} is at {has} and must be at {wanted}, and a pooler by transaction cannot hold the lock for that: run `switchboard db migrate` with the server's own address in DATABASE_URL and without DATABASE_POOLER",
            server.name
        )));
    }
    migrator().run(connection).await.map_err(|error| {
        StoreError::Server(format!(
            "the schema of {} is at {has} and must be at {wanted}; this role could not bring it there ({error}): run `switchboard db migrate` with the owner's DATABASE_URL",
            server.name
        ))
    })
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
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            // Connection exceptions, a server that stops or starts.
            error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
        }
        _ => false,
    }
}

/// The writer's connection, made anew after it was lost.
pub(super) struct Link {
    options: PgConnectOptions,
    lost: Option<Lost>,
    statements: batch::Statements,
}

struct Lost {
    why: String,
    /// Until then nothing is tried: callers are refused at once.
    again: Instant,
    wait: Duration,
}

impl Link {
    /// Notes that the connection is of no more use, if this error says so.
    pub(super) fn lost(&mut self, error: &sqlx::Error) -> bool {
        if self.lost.is_some() || is_lost(error) {
            if self.lost.is_none() {
                tracing::error!("the database is away: {error}");
                self.lost = Some(Lost { why: error.to_string(), again: Instant::now(), wait: WAITS[0] });
            }
            return true;
        }
        false
    }

    /// Makes the connection anew if it was lost. While that fails, callers are refused at once and it is tried now and then.
    pub(super) async fn restore(&mut self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        let Some(lost) = &mut self.lost else { return Ok(()) };
        if Instant::now() < lost.again {
            return Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::NotConnected, lost.why.clone())));
        }
        let Connection::Postgres { connection, by_transaction } = connection else { return Ok(()) };
        match writing(&self.options, *by_transaction).await {
            Ok(anew) => {
                *connection = Some(anew);
                self.statements.forget_prepared();
                if !lost.why.is_empty() {
                    tracing::info!("the database is back");
                }
                self.lost = None;
                Ok(())
            }
            Err(error) => {
                lost.why = error.to_string();
                lost.again = Instant::now() + lost.wait;
                lost.wait = (lost.wait * 2).min(Duration::from_secs(1));
                Err(error)
            }
        }
    }
}
