//! The schema of a server's database: its version, and how it is brought up to date.

use sqlx::{Row as _, migrate::Migrator, postgres::PgConnection};

use super::server::Server;
use crate::{StoreError, StoreOptions, options::may_migrate};

/// Where the migrations that were applied are noted.
macro_rules! migrations {
    () => {
        "switchboard.migration"
    };
}

fn migrator() -> Migrator {
    let mut migrator: Migrator = sqlx::migrate!("../../migrations/postgres");
    migrator.dangerous_set_table_name(migrations!());
    migrator.create_schema("switchboard");
    migrator.set_ignore_missing(true);
    migrator
}

/// The latest migration that this database has, and the latest that this program knows.
pub(crate) async fn version(server: &Server) -> Result<(i64, i64), StoreError> {
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

/// The hosts that have said that they live, and how many milliseconds ago.
async fn hosts(connection: &mut PgConnection) -> Result<Vec<(String, i64)>, StoreError> {
    let exists = "select to_regclass('switchboard.host_status') is not null";
    if !sqlx::raw_sql(exists).fetch_one(&mut *connection).await?.try_get::<bool, _>(0)? {
        return Ok(Vec::new());
    }
    let hosts = "select node, (extract(epoch from clock_timestamp()) * 1000)::bigint - seen_at from switchboard.host_status order by node";
    let rows = sqlx::raw_sql(hosts).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?)
}

/// Brings the schema up to date where it is not. A role without the rights for that needs none while it is.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    server: &Server,
    options: &StoreOptions,
) -> Result<(), StoreError> {
    let (has, wanted) = versions(connection).await?;
    if has > wanted {
        tracing::warn!(
            "the schema is newer ({has}) than this program's ({wanted}): it serves, but run the newer program soon"
        );
    }
    if has >= wanted {
        return Ok(());
    }
    may_migrate(options, (has, wanted), hosts(connection).await?)?;
    if options.pooled_by_transaction {
        return Err(StoreError::Server(format!(
            "the schema of {} is at {has} and must be at {wanted}, and a pooler by transaction cannot hold the lock for that: run `switchboard db migrate` with the server's own address in DATABASE_URL and without DATABASE_POOLER",
            server.name
        )));
    }
    // Patterns in checks and functions have backslashes.
    sqlx::raw_sql("set standard_conforming_strings = on").execute(&mut *connection).await?;
    migrator().run(connection).await.map_err(|error| {
        StoreError::Server(format!(
            "the schema of {} is at {has} and must be at {wanted}; this role could not bring it there ({error}): run `switchboard db migrate` with the owner's DATABASE_URL",
            server.name
        ))
    })
}
