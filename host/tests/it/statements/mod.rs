//! Every statement of the store is prepared on both databases: a table, a column or a function that one of them lacks fails here, not
//! at a host.
//!
//! The statements are found in the store's sources: string literals, also those that `concat!` joins, that begin as SQL does. Which
//! database each is for is seen at its place (`postgres/`, `sqlite/`) or at a mark (`postgres_only`, `sqlite_only`, `Pair`). What
//! `format!` puts together the store gives whole, see `composed`, or stands in [`SAMPLES`].

mod found;

use found::{On, attributes, found, is_made_of, is_sql, is_test, literals, quote, sources};
use sqlx::{Connection as _, postgres::PgConnection};

use switchboard_kit::cluster;
use switchboard_store::{Role, Store, StoreOptions, statements};

/// Statements that are put together from what stands in a database's catalogue or is a number: one of each kind.
const SAMPLES: [(On, &str); 7] = [
    (On::Postgres, "delete from switchboard.secret"),
    (On::Both, "select count(*) from lane"),
    (
        On::Postgres,
        "insert into switchboard.lane (lane_id) select (value->>0)::bigint from switchboard.each($1::jsonb)",
    ),
    (On::Sqlite, "select json_array(lane_id) from lane"),
    (On::Sqlite, "select name from pragma_table_info('lane')"),
    (On::Postgres, "select nextval('switchboard.ids') from generate_series(1, 2);\n"),
    (On::Sqlite, "begin immediate;\n"),
];

#[tokio::test]
async fn every_statement_prepares() {
    let all = whole();
    assert!(all.len() > 150, "only {} statements were found: their marks have changed", all.len());

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("statements.db");
    let options = || StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    drop(Store::open(&format!("sqlite://{}", file.display()), options()).await.expect("a file"));
    let sqlite = rusqlite::Connection::open(&file).expect("the file opens");
    let url = cluster::shared().database().await;
    drop(Store::open(&url, options()).await.expect("a database"));
    let mut postgres = PgConnection::connect(&url).await.expect("the server answers");
    sqlx::raw_sql(statements::SEARCH_PATH).execute(&mut postgres).await.expect("set");

    let mut refused = Vec::new();
    for (place, text, on) in all {
        if on != On::Postgres
            && let Err(error) = on_sqlite(&sqlite, &text)
        {
            refused.push(format!("{place}, SQLite: {error}\n{text}"));
        }
        if on != On::Sqlite
            && let Err(error) = on_postgres(&mut postgres, &text).await
        {
            refused.push(format!("{place}, Postgres: {error}\n{text}"));
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n\n"));
}

/// What a tokenizer without SQL once got wrong on Postgres; the tables that the names could be mistaken for are there.
#[tokio::test]
async fn names_are_those_that_sql_says() {
    let url = cluster::shared().database().await;
    drop(Store::open(&url, StoreOptions::default()).await.expect("a database"));
    let mut postgres = PgConnection::connect(&url).await.expect("the server answers");
    sqlx::raw_sql(statements::SEARCH_PATH).execute(&mut postgres).await.expect("set");
    for text in [
        "select 1 from outbox as status where status.state is distinct from status.body",
        "with status as (select 1 as only_here) select only_here from status",
        "select l.lane_id, m.message_id from lane as l, message as m",
        "delete from message using lane where message.lane_id = lane.lane_id",
        "select lane_id from lane where lane_id = any (array(select value::bigint from texts($1) as k))",
        "select cast($1 as double precision), $2::numeric(10,2), ms(coalesce($3::timestamptz, now()))",
    ] {
        on_postgres(&mut postgres, text).await.expect(text);
    }
    on_postgres(&mut postgres, "select total from invoice").await.expect_err("there is no such table");
}

#[test]
fn every_text_that_looks_like_a_statement_is_reached() {
    let found = found();
    let whole = statements::composed();
    let wholes = || whole.iter().map(String::as_str).chain(SAMPLES.iter().map(|(_, text)| *text));
    for found in found.iter().filter(|found| found.is_composed) {
        assert!(
            wholes().any(|whole| is_made_of(whole, &found.text)),
            "{}: what `format!` makes of this is nowhere whole, so nothing prepares it: give it in `statements::composed` or as a sample\n{}",
            found.place,
            found.text
        );
    }
    let found: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
    for (path, file) in sources() {
        let mut texts = Vec::new();
        let items = file.items.iter().filter(|item| !is_test(attributes(item)));
        items.for_each(|item| literals(quote(item), &mut texts));
        for (line, text) in texts.into_iter().filter(|(_, text)| is_sql(text)) {
            assert!(
                found.iter().any(|found| found.contains(&text)),
                "{}:{line}: this looks like a statement, and nothing prepares it\n{text}",
                path.display()
            );
        }
    }
}

/// All statements as they are asked, with their places.
fn whole() -> Vec<(String, String, On)> {
    let whole = found().into_iter().filter(|found| !found.is_composed);
    let whole = whole.map(|found| (found.place, found.text, found.on));
    let composed = statements::composed().into_iter().map(|text| ("composed".to_owned(), text, On::Both));
    let samples = SAMPLES.map(|(on, text)| ("a sample".to_owned(), text.to_owned(), on));
    whole.chain(composed).chain(samples).collect()
}

/// The statements that SQLite is asked, with their places.
pub(crate) fn for_sqlite() -> impl Iterator<Item = (String, String)> {
    whole().into_iter().filter(|(.., on)| *on != On::Postgres).map(|(place, text, _)| (place, text))
}

fn on_sqlite(connection: &rusqlite::Connection, text: &str) -> Result<(), String> {
    if text.starts_with("begin") {
        return connection.prepare(text).map(drop).map_err(|error| error.to_string());
    }
    for sql in statements::on_sqlite(text)? {
        connection.prepare(&sql).map_err(|error| format!("{error}: {sql}"))?;
    }
    Ok(())
}

async fn on_postgres(connection: &mut PgConnection, text: &str) -> Result<(), sqlx::Error> {
    for (sql, types) in statements::on_postgres(text) {
        let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
        let prepare = format!("prepare one {types} as {sql}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(prepare)).execute(&mut *connection).await?;
        sqlx::raw_sql("deallocate one").execute(&mut *connection).await?;
    }
    Ok(())
}
