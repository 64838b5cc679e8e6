//! The embedded database: one file, one host, a write-ahead log. What a batch does on it is in [`batch`].
//!
//! Readers go through sqlx; the writer calls SQLite itself (rusqlite), on its own thread.

mod backup;
mod batch;
mod log;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions},
};
use tokio::sync::Mutex;

pub(super) use self::backup::backup;
use self::{
    batch::Sqlite,
    log::{Log, checkpoint},
};
use super::{
    Role, Store, StoreError, StoreOptions,
    batch::Known,
    db::Pool,
    error::WriteError,
    ids::Ids,
    opt_out::Key,
    options::may_migrate,
    outbox::References,
    people::People,
    script::IDENTITIES,
    store::{Inner, Watcher},
    upkeep,
    values::Values,
    writer::Writer,
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

/// The log is copied back by the checkpointer alone; so for it and for anyone who writes.
const BY_HAND: (&str, &str) = ("wal_autocheckpoint", "0");

/// The writer cuts the log to this many bytes when it begins it anew: a reader that stayed open for long has made it grow. Longer than
/// the log becomes by itself, since cutting and growing costs.
const LOG_SIZE_MAX: (&str, i64) = ("journal_size_limit", 64 << 20);

/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// Readers for capabilities and health; SQLite reads in parallel.
const READERS: u32 = 4;

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
    migrate(&mut checkpointer, &options).await?;
    if options.role == Role::Serve {
        upkeep::take_over(&mut checkpointer, options.unknown_wait_ms).await?;
    }
    let reading = connect.read_only(true);
    let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(reading.clone()).await?;
    let watcher = Watcher::Sqlite(Mutex::new(reading.connect().await?));
    let (node, log) = (Writer::new_node(&options.host_name), Arc::new(Log::new()));
    let connection = writing(&path, &options).map_err(WriteError::from)?;
    let key: String = connection.query_row(Key::SQLITE, (), |row| row.get(0)).map_err(WriteError::from)?;
    let installation =
        connection.query_row("select id from installation", (), |row| row.get(0)).map_err(WriteError::from)?;
    let mut backend = Sqlite::new(connection, node.clone(), log.clone());
    let references = References::new(installation);
    let known = known(&mut backend, &options, Key::read(&key), references.clone())?;
    let file = File::open(&path).map_err(sqlx::Error::Io)?;
    let (writer, alive) = Writer::start(node, (backend, known), None)?;
    tokio::spawn(checkpoint(checkpointer, file, alive, log));
    Ok(Store {
        inner: Arc::new(Inner {
            writer,
            readers: Pool::Sqlite(readers),
            watcher,
            options,
            references,
            forgetting: true.into(),
            refused_looked_at: 0.into(),
            indexed: crate::store::Indexed::To(uuid::Uuid::nil()).into(),
            duties: Default::default(),
            _lock: lock,
        }),
    })
}

/// What the writer knows at the start: the ids that were given out, and the people.
fn known(backend: &mut Sqlite, options: &StoreOptions, key: Key, references: References) -> Result<Known, WriteError> {
    let ids = Ids::after(backend.number(
        "select greatest(coalesce((select max(delivery_id) from delivery), 0), coalesce((select max(message_id) from message), 0),
            coalesce((select max(lane_id) from lane), 0), coalesce((select max(outbox_id) from outbox), 0),
            coalesce((select max(claimed_in) from lane), 0))",
    )?);
    let mut people = People::new(options.bucket, key, options.faults);
    if People::fit(backend.number("select count(*) from identity")?) {
        people.remember_all(backend.run_parts(&[IDENTITIES], &mut Values::default())?.identities);
    }
    let (quotas, burst, takeover_ms) = (options.quotas, options.burst, options.takeover_ms);
    Ok(Known { ids, people, references, quotas, burst, takeover_ms })
}

/// The writer's connection.
fn writing(path: &Path, #[allow(unused_variables)] options: &StoreOptions) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    for (name, value) in PRAGMAS.into_iter().chain([BY_HAND]) {
        connection.pragma_update(None, name, value)?;
    }
    connection.pragma_update(None, LOG_SIZE_MAX.0, LOG_SIZE_MAX.1)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    #[cfg(feature = "test-hooks")]
    crate::crash::arm(&connection, options.crash_at_commit)?;
    Ok(connection)
}

/// Copies the log back and cuts it; false where a reader is in the way.
pub(super) fn truncate_log(file: &str) -> rusqlite::Result<bool> {
    checkpoint_all(Path::new(file), BUSY)
}

/// The same, with a time for which a reader is waited for; anyone who writes waits meanwhile.
fn checkpoint_all(file: &Path, wait: Duration) -> rusqlite::Result<bool> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(wait)?;
    let busy: i64 = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

fn migrator() -> Migrator {
    sqlx::migrate!("../../migrations/sqlite")
}

/// The latest migration that this file has, and the latest that this program knows.
pub(super) async fn version(path: &Path) -> Result<(i64, i64), StoreError> {
    if !path.exists() {
        return Ok((0, newest()));
    }
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    Ok((applied(&mut connection).await, newest()))
}

fn newest() -> i64 {
    migrator().iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn applied(connection: &mut SqliteConnection) -> i64 {
    let applied = sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations");
    applied.fetch_one(connection).await.unwrap_or(0)
}

/// Brings the schema up to date.
async fn migrate(connection: &mut SqliteConnection, options: &StoreOptions) -> Result<(), StoreError> {
    let (has, wanted) = (applied(connection).await, newest());
    if has < wanted {
        may_migrate(options, (has, wanted), hosts(connection).await?)?;
    }
    Ok(migrator().run(connection).await?)
}

/// The hosts that have said that they live, and how many milliseconds ago.
async fn hosts(connection: &mut SqliteConnection) -> Result<Vec<(String, i64)>, StoreError> {
    let exists = "select exists (select 1 from sqlite_schema where name = 'host_status')";
    if !sqlx::query_scalar::<_, bool>(exists).fetch_one(&mut *connection).await? {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select node, seen_at from host_status order by node").fetch_all(connection).await?;
    let now = jiff::Timestamp::now().as_millisecond();
    Ok(rows.into_iter().map(|(node, seen_at)| (node, now - seen_at)).collect())
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
