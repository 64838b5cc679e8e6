//! Values to bind and rows to read, the same for either database.

use rusqlite::{ToSql, types::ToSqlOutput};
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use switchboard_core::text;

/// A bound value. A null has the type of its column too: Postgres prepares a statement once for all of its values.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
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
impl From<Uuid> for Arg {
    fn from(id: Uuid) -> Arg {
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

/// A row that a reader gave.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What both databases can read.
pub(crate) trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>> Column<'r> for T {}

impl Row {
    /// A column, counted from 0.
    pub(crate) fn get<'r, T: Column<'r>>(&'r self, column: usize) -> Result<T, sqlx::Error> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
    }
}

/// An id of ours as it was read. One that somebody changed by hand reads as nil rather than failing its lane.
pub(crate) fn uuid(text: String) -> Uuid {
    text.parse().unwrap_or_default()
}

/// Postgres has no NUL in a text, and none in a JSON; people's messages may. What a turn wrote has none by now: see
/// [`Prepared`](crate::prepared::Prepared).
pub(crate) fn without_nul(text: String) -> String {
    text::without_nul(&text).unwrap_or(text)
}
