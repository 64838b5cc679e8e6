//! A Postgres server: opened, waited for, lost and found again. What a batch does on it is in [`batch`].

mod address;
mod adopt;
mod backup;
mod batch;
mod bind;
mod link;
mod repair;
mod schema;
mod server;
mod session;
mod statements;
mod tls;

use sqlx::{
    Row as _,
    postgres::{PgConnection, PgPoolOptions},
};

use self::{address::Address, link::Postgres, schema::migrate, server::CONNECT};
pub(super) use self::{adopt::adopt, backup::backup, repair::repair, schema::version, server::Server};
use super::{
    Role, Store, StoreError, StoreOptions,
    batch::Known,
    db::{self, Pool},
    dialect::assembled,
    ids::Ids,
    opt_out::Key,
    outbox::References,
    people::People,
    search_path,
    store::{Inner, Watcher},
    writer::Writer,
};
use switchboard_core::clock::Clock;

/// Readers for capabilities and health.
const READERS: u32 = 8;

/// Opens a database on a server.
pub(super) async fn open(server: Server, options: StoreOptions) -> Result<Store, StoreError> {
    let by_transaction = options.pooled_by_transaction;
    let mut connection = match options.role {
        Role::Serve => server.wait().await?,
        Role::Tool => server.connect().await.map_err(|error| server.refused(error))?,
    };
    writable(&mut connection, &server).await?;
    migrate(&mut connection, &server, &options).await?;
    for _ in 0..MEASURED {
        if correct(&options.clock, &mut connection).await? {
            break;
        }
    }
    if options.clock.ahead_ms() != 0 {
        tracing::warn!(
            "this machine's clock is ahead of that of {} by {} ms; the server's counts",
            server.name,
            options.clock.ahead_ms()
        );
    }
    let readers = PgPoolOptions::new()
        .after_connect(move |connection, _| {
            Box::pin(async move {
                // By transaction, each query sets both itself.
                if !by_transaction {
                    let set = format!("{}; set {}", search_path::SET, db::DIGITS);
                    sqlx::raw_sql(assembled(set)).execute(connection).await?;
                }
                Ok(())
            })
        })
        .max_connections(READERS)
        .acquire_timeout(CONNECT)
        .connect_lazy_with(server.options.clone());
    let key: String = sqlx::raw_sql(Key::POSTGRES).fetch_one(&mut connection).await?.try_get(0)?;
    let key = Key::read(&key);
    let installation =
        sqlx::raw_sql("select id from switchboard.installation").fetch_one(&mut connection).await?.try_get(0)?;
    let references = References::new(installation);
    let (node, address) = (Writer::new_node(&options.host_name), Address::of(&server.options));
    // The writer makes its connections on its own threads.
    let way = || {
        let postgres = Postgres::new(address.clone(), by_transaction, node.clone(), options.faults);
        let people = People::new(options.bucket, key.clone(), options.faults);
        (
            postgres,
            Known {
                ids: Ids::reserved(Default::default()),
                people,
                references: references.clone(),
                quotas: options.quotas,
                burst: options.burst,
                takeover_ms: options.takeover_ms,
            },
        )
    };
    let (writer, _) = Writer::start(node.clone(), way(), (options.role == Role::Serve).then(way))?;
    let inner = Inner {
        writer,
        readers: Pool::Postgres { pool: readers, by_transaction },
        watcher: Watcher::Postgres,
        options,
        references,
        forgetting: true.into(),
        refused_looked_at: 0.into(),
        indexed: crate::store::Indexed::To(uuid::Uuid::nil()).into(),
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

/// How often the server is asked for its time at the start, if it answers slowly.
const MEASURED: usize = 4;

/// Has a clock go by the server's; gives whether the server answered quickly enough to be sure of its time.
pub(super) async fn correct(clock: &Clock, connection: impl sqlx::PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    let asked = clock.reading();
    let time = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
    let server: i64 = sqlx::raw_sql(time).fetch_one(connection).await?.try_get(0)?;
    Ok(clock.measured(asked, clock.reading(), clock.in_its_world(server)))
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
