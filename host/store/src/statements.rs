//! The store's statements as the databases get them, for the test that prepares each of them on both.

use crate::{
    dialect::Dialect,
    domain, person,
    script::{Kind, Once, Statement},
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
    let statements = Statement::all(&Dialect::Sqlite.native(text), wire_of(text), '?');
    Ok(statements.into_iter().map(|statement| statement.sql).collect())
}

/// The statements of a text as Postgres gets them, each with the types of its values as far as they are given.
pub fn on_postgres(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let wire = wire_of(text);
    let numbers: Vec<String> = (1..=wire.len()).map(|n| format!("${n}")).collect();
    let columns: Vec<String> = (1..=wire.len()).map(|n| format!("column{n}")).collect();
    let rows = format!("unnest({}) as r({})", numbers.join(", "), columns.join(", "));
    let types = |once: &[Once]| wire.chars().map(array).chain(once.iter().map(kind)).collect();
    let statements = Statement::all(&text.replace("{rows}", &rows), wire, '$');
    statements.into_iter().map(|Statement { sql, once }| (sql, types(&once))).collect()
}

/// The statements that are put together at run time from names of tables and columns: whole, with every alternative.
pub fn composed() -> Vec<String> {
    let sweeps = tables::sweeps().iter().flat_map(|sweep| [sweep.page.clone(), sweep.delete.clone()]);
    let tables = sweeps.chain([tables::forget().to_owned(), tables::held().to_owned()]);
    tables.chain(person::statements()).chain(domain::statements()).collect()
}

/// How the values of a text's rows are bound; empty if it has none.
fn wire_of(text: &str) -> &'static str {
    Kind::ALL.into_iter().find(|kind| kind.sql() == text).map_or("", Kind::wire)
}

fn array(letter: char) -> &'static str {
    match letter {
        'i' => "bigint[]",
        't' => "text[]",
        _ => "bytea[]",
    }
}

fn kind(once: &Once) -> &'static str {
    match once {
        Once::Now | Once::Batch | Once::FirstMessage => "bigint",
        Once::Node => "text",
        _ => "jsonb",
    }
}
