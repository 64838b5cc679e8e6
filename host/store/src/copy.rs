//! From the embedded file to a server, with nothing lost.

use futures_util::TryStreamExt;
use sqlx::{Postgres, Row, SqlitePool, Transaction};

use super::{
    Store, StoreError,
    db::{Pool, without_nul},
    dialect::{assembled, postgres_only},
    tables::{self, Copy, Table},
};

/// Rows in one statement.
const ROWS: usize = 500;

impl Store {
    /// Copies all rows of this file into an empty database of a server, in one transaction; gives each table with its count.
    pub async fn copy_to(&self, server: &Store) -> Result<Vec<(&'static str, i64)>, StoreError> {
        let (Pool::Sqlite(from), Pool::Postgres { pool: to, .. }) = (&self.inner.readers, &server.inner.readers) else {
            return Err(StoreError::Server("a copy goes from a file of SQLite to a server of Postgres".into()));
        };
        let mut to = to.begin().await?;
        let mut copied = Vec::new();
        // What was changed is copied with who did it; the copy itself is no change.
        // Rows that were stored before a check, and rollouts with their decisions, are copied as they are.
        sqlx::raw_sql(
            "alter table public.app_config disable trigger app_config_audited;
             alter table public.app_config disable trigger app_config_checked;
             alter table switchboard.rollout disable trigger user",
        )
        .execute(&mut *to)
        .await?;
        for table in tables::ALL.iter().filter(|table| table.copy != Copy::Not) {
            copied.push((table.name, copy_table(from, &mut to, table).await?));
        }
        // Ids go on from here.
        sqlx::raw_sql(
            "alter table public.app_config enable always trigger app_config_audited;
             alter table public.app_config enable trigger app_config_checked;
             alter table switchboard.rollout enable trigger user;
             select setval('switchboard.ids', greatest((select max(delivery_id) from switchboard.delivery), (select max(message_id) from switchboard.message),
                (select max(lane_id) from switchboard.lane), (select max(outbox_id) from switchboard.outbox), (select max(claimed_in) from switchboard.lane), 1));
             do $$
             declare own record;
             begin
                 for own in
                     select format('%I.%I', table_schema, table_name) as name, column_name as id from information_schema.columns
                     where table_schema in ('switchboard', 'public')
                         and pg_get_serial_sequence(format('%I.%I', table_schema, table_name), column_name) is not null
                 loop
                     execute format('select setval(pg_get_serial_sequence(%L, %L), coalesce((select max(%I) from %s), 1))',
                         own.name, own.id, own.id, own.name);
                 end loop;
             end
             $$",
        )
        .execute(&mut *to)
        .await?;
        to.commit().await?;
        Ok(copied)
    }
}

/// Copies the rows of one table; gives their number.
async fn copy_table(from: &SqlitePool, to: &mut Transaction<'_, Postgres>, table: &Table) -> Result<i64, StoreError> {
    let (table_name, name) = (table.name, table.full_name());
    if table.copy == Copy::Replace {
        sqlx::query(assembled(format!("delete from {name}"))).execute(&mut **to).await?;
    }
    let there: i64 = sqlx::query_scalar(assembled(format!("select count(*) from {name}"))).fetch_one(&mut **to).await?;
    if there > 0 {
        return Err(StoreError::Server(format!("{table_name} has {there} rows already: copy into an empty database")));
    }
    let columns = sqlx::query_as::<_, (String, String)>(postgres_only(
        "select attname::text, format_type(atttypid, null) from pg_attribute where attrelid = $1::regclass and attnum > 0
            and not attisdropped and attgenerated = '' order by attnum",
    ));
    let columns = columns.bind(&name).fetch_all(&mut **to).await?;
    let read =
        columns.iter().map(|(column, kind)| if kind == "bytea" { format!("hex({column})") } else { column.clone() });
    let read = read.collect::<Vec<_>>().join(", ");
    let write = columns.iter().enumerate().map(|(n, (_, kind))| match kind.as_str() {
        "bytea" => format!("decode(value->>{n}, 'hex')"),
        kind => format!("(value->>{n})::{kind}"),
    });
    let write = write.collect::<Vec<_>>().join(", ");
    let names = columns.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>().join(", ");
    let into = format!("insert into {name} ({names}) select {write} from switchboard.each($1::jsonb)");

    let read = format!("select json_array({read}) from {table_name}");
    let mut rows = sqlx::query(assembled(read)).fetch(from);
    let mut waiting: Vec<String> = Vec::with_capacity(ROWS);
    let mut count = 0;
    loop {
        let row = rows.try_next().await?;
        if let Some(row) = &row {
            waiting.push(row.try_get(0)?);
        }
        if waiting.len() == ROWS || row.is_none() {
            let values = without_nul(format!("[{}]", waiting.join(",")));
            let wrote = sqlx::query(assembled(into.clone())).bind(values).execute(&mut **to).await?;
            count += i64::try_from(wrote.rows_affected()).unwrap_or(0);
            waiting.clear();
        }
        if row.is_none() {
            break;
        }
    }
    drop(rows);
    let was: i64 = sqlx::query_scalar(assembled(format!("select count(*) from {table_name}"))).fetch_one(from).await?;
    if was != count {
        return Err(StoreError::Server(format!(
            "{table_name} has {was} rows, of which {count} arrived: nothing was copied"
        )));
    }
    Ok(count)
}
