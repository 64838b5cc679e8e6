//! Either database behind one face: values to bind, rows to read, readers, and the writer's connection.

use std::borrow::Cow;

use rusqlite::{
    ToSql,
    types::{FromSql, ToSqlOutput},
};
use sqlx::{
    Arguments, Connection as _, Decode, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Type,
    postgres::{PgArguments, PgConnection, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    dialect::{Dialect, assembled},
    postgres::search_path,
};

/// A bound value. A null has the type of its column too: Postgres prepares a statement once for all of its values.
#[derive(Clone, Debug)]
pub(super) enum Arg {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
    Bool(bool),
}

macro_rules! arg {
    ($($from:ty => $arg:ident),*) => {$(
        impl From<$from> for Arg {
            fn from(value: $from) -> Arg {
                Arg::$arg(Some(value.into()))
            }
        }
        impl From<Option<$from>> for Arg {
            fn from(value: Option<$from>) -> Arg {
                Arg::$arg(value.map(Into::into))
            }
        }
    )*};
}

arg!(i64 => Int, u32 => Int, f64 => Real, String => Text, &str => Text, &String => Text, Vec<u8> => Blob);

impl From<bool> for Arg {
    fn from(value: bool) -> Arg {
        Arg::Bool(value)
    }
}

/// Our own ids go as texts; a statement casts them.
impl From<uuid::Uuid> for Arg {
    fn from(id: uuid::Uuid) -> Arg {
        Arg::Text(Some(id.to_string()))
    }
}

impl ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Arg::Int(value) => value.to_sql(),
            Arg::Real(value) => value.to_sql(),
            Arg::Text(value) => value.to_sql(),
            Arg::Blob(value) => value.to_sql(),
            Arg::Bool(value) => value.to_sql(),
        }
    }
}

/// A row of either.
pub(super) enum Row {
    Sqlite(SqliteRow),
    /// Of the writer's own connection.
    Written(Vec<rusqlite::types::Value>),
    Postgres(PgRow),
}

/// What both databases can read.
pub(super) trait Column<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + FromSql + Decode<'r, Postgres> + Type<Postgres>
{
}

impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + FromSql + Decode<'r, Postgres> + Type<Postgres>> Column<'r> for T {}

impl Row {
    /// A column, counted from 0.
    pub(super) fn get<'r, T: Column<'r>>(&'r self, column: usize) -> Result<T, sqlx::Error> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Written(row) => {
                let value =
                    row.get(column).ok_or(sqlx::Error::ColumnIndexOutOfBounds { index: column, len: row.len() })?;
                T::column_result(value.into()).map_err(|error| sqlx::Error::Decode(error.into()))
            }
            Row::Postgres(row) => row.try_get(column),
        }
    }
}

/// Readers.
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres {
        pool: PgPool,
        /// A pooler before the server hands out its sessions for a transaction each.
        by_transaction: bool,
    },
}

impl Pool {
    /// Begins a query, as [`Dialect`] says.
    pub(super) fn query(&self, sql: impl Into<Cow<'static, str>>) -> Query<'_> {
        Query { pool: self, sql: sql.into(), args: Vec::new() }
    }
}

/// A query on its way.
pub(super) struct Query<'a> {
    pool: &'a Pool,
    sql: Cow<'static, str>,
    args: Vec<Arg>,
}

impl Query<'_> {
    /// Binds the next value.
    pub(super) fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// All rows.
    pub(super) async fn all(self) -> Result<Vec<Row>, sqlx::Error> {
        match self.pool {
            Pool::Sqlite(pool) => {
                let query = sqlx::query_with(assembled(Dialect::Sqlite.native(&self.sql)), sqlite(self.args)?);
                Ok(query.fetch_all(pool).await?.into_iter().map(Row::Sqlite).collect())
            }
            Pool::Postgres { pool, by_transaction } => {
                let query = sqlx::query_with(assembled(self.sql), postgres(self.args)?);
                // A statement that was prepared is in another session by the time it is used again.
                let query = query.persistent(!by_transaction);
                let rows = match by_transaction {
                    true => {
                        let mut transaction = pool.begin_with(search_path::BEGIN).await?;
                        let rows = query.fetch_all(&mut *transaction).await?;
                        transaction.commit().await?;
                        rows
                    }
                    false => query.fetch_all(pool).await?,
                };
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row, if there is one.
    pub(super) async fn optional(self) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.all().await?.into_iter().next())
    }

    /// The first column of all rows.
    pub(super) async fn values<T: for<'r> Column<'r>>(self) -> Result<Vec<T>, sqlx::Error> {
        self.all().await?.iter().map(|row| row.get(0)).collect()
    }

    /// The value of the row, if there is one.
    pub(super) async fn maybe<T: for<'r> Column<'r>>(self) -> Result<Option<T>, sqlx::Error> {
        self.optional().await?.map(|row| row.get(0)).transpose()
    }

    /// The one value of the one row.
    pub(super) async fn value<T: for<'r> Column<'r>>(self) -> Result<T, sqlx::Error> {
        self.maybe().await?.ok_or(sqlx::Error::RowNotFound)
    }
}

/// The writer's connection.
pub(super) enum Connection {
    /// Called on the writer's own thread: sqlx would hand every statement, and each of its results, from one thread to another, which
    /// costs more than most statements.
    Sqlite(rusqlite::Connection),
    Postgres {
        /// None until the writer has made it, on its own thread.
        connection: Option<PgConnection>,
        /// As in [`Pool`].
        by_transaction: bool,
    },
}

impl Connection {
    pub(super) async fn close(self) {
        if let Connection::Postgres { connection: Some(connection), .. } = self {
            let _ = connection.close().await;
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// All rows of a statement as [`Dialect`] says.
    pub(super) async fn fetch(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, sqlx::Error> {
        let sql = self.dialect().native(sql);
        match self {
            Connection::Sqlite(connection) => {
                super::sqlite::fetch(connection, &sql, &args).map_err(super::sqlite::error)
            }
            Connection::Postgres { connection, by_transaction } => {
                let query = sqlx::query_with(assembled(sql), postgres(args)?).persistent(!*by_transaction);
                Ok(query.fetch_all(made(connection)?).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs a statement in a transaction of its own; gives the number of rows that it changed.
    pub(super) async fn execute_alone(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, sqlx::Error> {
        let Connection::Postgres { connection, by_transaction: true } = self else {
            return self.execute(sql, args).await;
        };
        sqlx::raw_sql(search_path::BEGIN).execute(made(connection)?).await?;
        let ran = self.execute(sql, args).await;
        let end = if ran.is_ok() { "commit" } else { "rollback" };
        self.execute(end, Vec::new()).await?;
        ran
    }

    /// Runs a statement; gives the number of rows that it changed.
    pub(super) async fn execute(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, sqlx::Error> {
        let sql = self.dialect().native(sql);
        match self {
            Connection::Sqlite(connection) => {
                let changed = super::sqlite::change(connection, &sql, &args).map_err(super::sqlite::error)?;
                Ok(changed.try_into().unwrap_or(u64::MAX))
            }
            Connection::Postgres { connection, by_transaction } => {
                let query = sqlx::query_with(assembled(sql), postgres(args)?).persistent(!*by_transaction);
                Ok(query.execute(made(connection)?).await?.rows_affected())
            }
        }
    }
}

/// The connection, if there is one.
pub(super) fn made(connection: &mut Option<PgConnection>) -> Result<&mut PgConnection, sqlx::Error> {
    connection.as_mut().ok_or(sqlx::Error::PoolClosed)
}

fn sqlite(args: Vec<Arg>) -> Result<SqliteArguments, sqlx::Error> {
    let mut bound = SqliteArguments::default();
    bound.reserve(args.len(), 0);
    for arg in args {
        match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Real(value) => bound.add(value),
            Arg::Text(value) => bound.add(value),
            Arg::Blob(value) => bound.add(value),
            Arg::Bool(value) => bound.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

fn postgres(args: Vec<Arg>) -> Result<PgArguments, sqlx::Error> {
    let mut bound = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Real(value) => bound.add(value),
            Arg::Text(value) => bound.add(value.map(without_nul)),
            Arg::Blob(value) => bound.add(value),
            Arg::Bool(value) => bound.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

/// Postgres has no NUL in a text, and none in a JSON; people's messages may.
pub(super) fn without_nul(mut text: String) -> String {
    const ESCAPED: &str = "\\u0000";
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    let mut from = 0;
    while let Some(at) = text[from..].find(ESCAPED).map(|at| from + at) {
        // After an odd number of backslashes this one is escaped itself, and `u0000` is what somebody wrote.
        let escaped = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        if escaped {
            from = at + ESCAPED.len();
        } else {
            text.replace_range(at..at + ESCAPED.len(), "");
            from = at;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_goes_and_what_somebody_wrote_stays() {
        let kept = |text: &str| without_nul(text.to_owned());
        assert_eq!(kept("a\0b"), "ab");
        assert_eq!(kept(r#"{"a":"x\u0000\u0000y"}"#), r#"{"a":"xy"}"#);
        assert_eq!(kept(r#"{"a":"x\\u0000y"}"#), r#"{"a":"x\\u0000y"}"#);
    }
}
