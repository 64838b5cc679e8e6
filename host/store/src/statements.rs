//! The store's statements as the databases get them, for the test that prepares each of them on both.

use crate::{
    desk,
    dialect::Dialect,
    domain, look, outbox, person,
    script::{Column, ColumnType, RowKind, Shared, Statement},
    tables, translate,
};

/// Sets a session of Postgres up as the store does.
pub const SEARCH_PATH: &str = crate::search_path::SET;

/// The statements of a text as SQLite gets them.
///
/// # Errors
/// Where the text cannot be parsed, or says something else once it is printed and parsed again.
pub fn on_sqlite(text: &str) -> Result<Vec<String>, String> {
    for statement in translate::parse(text).map_err(|error| error.to_string())? {
        let printed = statement.to_string();
        if translate::parse(&printed).map_err(|error| format!("{printed}: {error}"))? != [statement] {
            return Err(format!("{printed}: printed, it is another statement"));
        }
    }
    translate::sqlite(text).map_err(|error| error.to_string())?;
    let statements = Statement::all(&Dialect::Sqlite.native(text), columns_of(text), Dialect::Sqlite);
    Ok(statements.into_iter().map(|statement| statement.sql).collect())
}

/// The statements of a text as Postgres gets them, each with the types of its values as far as they are given.
pub fn on_postgres(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let columns = columns_of(text);
    let types = |shared: &[Shared]| columns.iter().map(array).chain(shared.iter().map(kind)).collect();
    let statements = Statement::all(text, columns, Dialect::Postgres);
    statements.into_iter().map(|Statement { sql, shared }| (sql, types(&shared))).collect()
}

/// The statements that are put together at run time from names of tables and columns: whole, with every alternative.
pub fn composed() -> Vec<String> {
    let sweeps = tables::sweeps().iter().flat_map(|sweep| [sweep.page.clone(), sweep.delete.clone()]);
    let tables = sweeps.chain([tables::forget().to_owned(), tables::merge().to_owned(), tables::held().to_owned()]);
    tables
        .chain(person::statements())
        .chain(domain::statements())
        .chain(outbox::statements())
        .chain([look::statement(), desk::statement()])
        .collect()
}

/// The columns of a text's rows; none if it has no rows.
fn columns_of(text: &str) -> &'static [Column] {
    RowKind::ALL.iter().find(|kind| kind.sql() == text).map_or(&[], |kind| kind.columns())
}

fn array(column: &Column) -> &'static str {
    match column.kind {
        ColumnType::Int => "bigint[]",
        ColumnType::Text => "text[]",
        ColumnType::Bytes => "bytea[]",
    }
}

fn kind(shared: &Shared) -> &'static str {
    match shared {
        Shared::Now | Shared::Batch | Shared::FirstMessage | Shared::Steps => "bigint",
        Shared::Node => "text",
        _ => "jsonb",
    }
}
