//! Readers: a pool of either database, and queries on it.

use std::borrow::Cow;

use sqlx::{Arguments, PgPool, SqlitePool, postgres::PgArguments, sqlite::SqliteArguments};

use crate::{
    dialect::{Dialect, assembled},
    search_path,
    value::Column,
};

pub(crate) use crate::value::{Arg, Row, without_nul};

/// A number in a JSON text has all its digits, whatever the server is set to.
pub(crate) const DIGITS: &str = "extra_float_digits = 1";

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
                        let begin = format!("{}; set local {DIGITS}", search_path::BEGIN);
                        let mut transaction = pool.begin_with(assembled(begin)).await?;
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
