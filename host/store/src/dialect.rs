//! Which database a statement is for.
//!
//! A statement is written once, in the syntax of Postgres, and goes there as it is; [`translate`] makes SQLite's of it. Tables and
//! functions are found by `search_path`, see [`search_path`](super::search_path).
//!
//! What only one database has is marked with [`postgres_only`] or [`sqlite_only`], and where the two truly differ a [`Pair`] has both
//! texts: by these marks a test knows on which databases to prepare a text. It prepares each on all of its databases.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use sqlx::AssertSqlSafe;

use super::translate;

/// Which database's syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// A text of one statement or several in this database's syntax. Each text is translated once. What is no SQL that the parser
    /// knows, such as `begin immediate`, goes to SQLite as it is.
    pub(super) fn native(self, text: &str) -> Arc<str> {
        static TRANSLATED: LazyLock<RwLock<HashMap<String, Arc<str>>>> = LazyLock::new(RwLock::default);
        if self == Dialect::Postgres {
            return text.into();
        }
        if let Some(native) = TRANSLATED.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return native.clone();
        }
        let native: Arc<str> = match translate::sqlite(text) {
            Ok(mut statements) if statements.len() == 1 => statements.swap_remove(0).into(),
            Ok(statements) => statements.iter().map(|statement| format!("{statement};\n")).collect::<String>().into(),
            Err(_) => text.into(),
        };
        let mut translated = TRANSLATED.write().unwrap_or_else(PoisonError::into_inner);
        translated.entry(text.to_owned()).or_insert(native).clone()
    }
}

/// The two texts of a statement that the databases cannot share.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) postgres: &'static str,
    pub(super) sqlite: &'static str,
}

impl Pair {
    /// The text for a database.
    pub(super) fn of(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// A statement that is run on Postgres alone.
pub(super) const fn postgres_only(sql: &'static str) -> &'static str {
    sql
}

/// A statement that is run on SQLite alone.
pub(super) const fn sqlite_only(sql: &'static str) -> &'static str {
    sql
}

/// Lets sqlx run a text that is not static: one that [`Dialect::native`] made, or one that the store puts together from names of its
/// own tables and columns. A value is never part of a text; it is bound.
pub(super) fn assembled<T>(sql: T) -> AssertSqlSafe<T> {
    AssertSqlSafe(sql)
}
