//! Values to bind and rows to read, the same for either database.

use rusqlite::{
    ToSql,
    types::{FromSql, ToSqlOutput},
};
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

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

/// A row of either.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    /// Of the writer's own connection.
    Written(Vec<rusqlite::types::Value>),
    Postgres(PgRow),
}

/// What both databases can read.
pub(crate) trait Column<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + FromSql + Decode<'r, Postgres> + Type<Postgres>
{
}

impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + FromSql + Decode<'r, Postgres> + Type<Postgres>> Column<'r> for T {}

impl Row {
    /// A column, counted from 0.
    pub(crate) fn get<'r, T: Column<'r>>(&'r self, column: usize) -> Result<T, sqlx::Error> {
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

/// An id of ours as it was read. One that somebody changed by hand reads as nil rather than failing its lane.
pub(crate) fn uuid(text: String) -> Uuid {
    text.parse().unwrap_or_default()
}

/// Postgres has no NUL in a text, and none in a JSON; people's messages may.
pub(crate) fn without_nul(mut text: String) -> String {
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
