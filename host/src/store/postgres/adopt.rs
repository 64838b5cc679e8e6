//! What a project already has under our names: an `app_config` of one row, and legacy tables. Nothing of it is dropped.

use sqlx::{Connection as _, Row as _, postgres::PgConnection};

use super::{Server, migrate};
use crate::store::StoreError;

/// The old `app_config` had one row, without a key; it keeps it. Anonymous people could do all with it.
const APP_CONFIG: &str = "
do $$
declare
    name text;
begin
    if to_regclass('public.app_config') is null
        or exists (select from pg_attribute where attrelid = to_regclass('public.app_config') and attname = 'updated_by') then
        return;
    end if;
    for name in select conname from pg_constraint where conrelid = 'public.app_config'::regclass and contype = 'c'
        and pg_get_constraintdef(oid) ~ '\\mid = 1\\M' loop
        execute format('alter table public.app_config drop constraint %I', name);
    end loop;
    for name in select attname from pg_attribute where attrelid = 'public.app_config'::regclass and attnum > 0 and attnotnull
        and not atthasdef and attname <> 'id' loop
        execute format('alter table public.app_config alter column %I drop not null', name);
    end loop;
    alter table public.app_config add column if not exists key text unique, add column if not exists value jsonb,
        add column if not exists updated_at timestamptz not null default now(), add column updated_by text not null default 'sql';
    if exists (select from pg_attribute where attrelid = 'public.app_config'::regclass and attname = 'id') then
        create sequence switchboard.app_config_id owned by public.app_config.id;
        perform setval('switchboard.app_config_id', coalesce((select max(id) from public.app_config), 1));
        alter table public.app_config alter column id set default nextval('switchboard.app_config_id');
    end if;
end
$$";

/// Adopts what is there, and brings the schema up to date; gives a sentence for each thing done.
pub(in crate::store) async fn adopt(server: &Server) -> Result<Vec<String>, StoreError> {
    let mut connection = server.connect().await.map_err(|error| server.refused(error))?;
    let mut done = Vec::new();
    if is_old(&mut connection).await? {
        sqlx::raw_sql("create schema if not exists switchboard").execute(&mut connection).await?;
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(APP_CONFIG).execute(&mut *transaction).await?;
        transaction.commit().await?;
        done.push(
            "app_config: its row is kept, rows with a key stand beside it, and only the service role has rights"
                .to_owned(),
        );
    }
    migrate(&mut connection, server).await?;
    let mut transaction = connection.begin().await?;
    let tables: Vec<String> =
        sqlx::query_scalar("select * from switchboard.make_views()").fetch_all(&mut *transaction).await?;
    for table in tables {
        let row = sqlx::query("select copied, kept from switchboard.adopt($1)")
            .bind(&table)
            .fetch_one(&mut *transaction)
            .await?;
        let (copied, kept): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        done.push(format!(
            "{table}: {copied} rows copied; the table is {table}_before now, {kept} of its rows could not be read"
        ));
    }
    transaction.commit().await?;
    Ok(done)
}

async fn is_old(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select to_regclass('public.app_config') is not null and not exists
            (select from pg_attribute where attrelid = to_regclass('public.app_config') and attname = 'updated_by')",
    )
    .fetch_one(connection)
    .await
}
