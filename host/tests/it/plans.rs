//! No statement reads a table that grows from end to end, but for those that are named here: what an operator or the upkeep asks seldom.
//!
//! The plans are SQLite's, of a database without rows; the statements are those of [`statements`](crate::statements). A `SCAN` of a partial
//! index is none: it holds what waits, not what was.

use std::collections::BTreeSet;

use switchboard_store::{Role, Store, StoreOptions, statements as forms};

use crate::statements;

/// Tables that hold more rows each day, or a row for each person.
const GROWING: [&str; 21] = [
    "audit",
    "delivery",
    "desk_note",
    "desk_word",
    "file",
    "identity",
    "journal",
    "lane",
    "listing_word",
    "message",
    "outbox",
    "person",
    "record",
    "saved_search",
    "status",
    "test_event",
    "unified_agent_events",
    "unified_applications",
    "unified_listings",
    "unified_matches",
    "unified_sessions",
];

/// Sources whose statements may read a whole table, and why.
const SELDOM: [(&str, &str); 11] = [
    ("composed", "what is held about one person, merged or forgotten; and the sweep, page by page"),
    ("a sample", "statements of commands"),
    ("demo.rs", "the seed of a new database"),
    ("desk/reports.rs", "a list that an operator asks for"),
    ("files.rs", "the limit of all kept files, once for a file that came"),
    ("opted_out.rs", "a list that an operator asks for"),
    ("path.rs", "the leases of a host that stops"),
    ("person.rs", "statuses that came after somebody was forgotten"),
    ("script/texts.rs", "the beginning of statements that say whose identities are meant"),
    ("sqlite/mod.rs", "once when a file is opened"),
    ("upkeep.rs", "the leases of a host that was killed, at the start of the next"),
];

#[tokio::test]
async fn no_statement_reads_all_that_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("plans.db");
    let options = StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    drop(Store::open(&format!("sqlite://{}", file.display()), options).await.expect("a file"));
    let sqlite = rusqlite::Connection::open(&file).expect("the file opens");
    let partial: BTreeSet<String> = {
        let sql = "select name from sqlite_schema where type = 'index' and sql like '% where %'";
        let mut statement = sqlite.prepare(sql).expect("it prepares");
        let names = statement.query_map([], |row| row.get(0)).expect("it runs");
        names.map(|name| name.expect("a name")).collect()
    };
    let (mut scans, mut needed) = (Vec::new(), BTreeSet::new());
    for (place, text) in statements::for_sqlite() {
        // What begins a transaction reads nothing.
        for sql in forms::on_sqlite(&text).unwrap_or_default() {
            let Ok(mut plan) = sqlite.prepare(&format!("explain query plan {sql}")) else { continue };
            let mut rows = plan.raw_query();
            while let Some(row) = rows.next().expect("a plan") {
                let line: String = row.get("detail").expect("a line");
                let Some(scan) = line.strip_prefix("SCAN ") else { continue };
                let mut words = scan.split(' ');
                let table = table_of(&sql, words.next().unwrap_or_default());
                // The elements of a list that is given are few.
                let is_given = scan.contains("VIRTUAL TABLE");
                let is_small = is_given || words.next_back().is_some_and(|index| partial.contains(index));
                // The newest so many are read backwards by the key.
                let is_bounded =
                    sql.contains("ORDER BY id DESC LIMIT") || sql.contains("ORDER BY message_id DESC LIMIT");
                if !GROWING.contains(&table.as_str()) || is_small || is_bounded {
                    continue;
                }
                match SELDOM.iter().find(|(file, _)| place.contains(file)) {
                    Some((file, _)) => drop(needed.insert(*file)),
                    None => scans.push(format!("{place}: {line}\n{sql}")),
                }
            }
        }
    }
    assert!(scans.is_empty(), "{} statements read a whole table:\n{}", scans.len(), scans.join("\n\n"));
    let unneeded: Vec<&str> = SELDOM.iter().map(|(file, _)| *file).filter(|file| !needed.contains(file)).collect();
    assert!(unneeded.is_empty(), "these read no whole table any more: {unneeded:?}");
}

/// The table that a name in a plan stands for.
fn table_of(sql: &str, name: &str) -> String {
    let words: Vec<&str> = sql
        .split(|c: char| c.is_whitespace() || c == '(' || c == ',' || c == ')')
        .filter(|word| !word.is_empty())
        .collect();
    let of_alias = words
        .windows(3)
        .find(|three| three[1].eq_ignore_ascii_case("as") && three[2] == name && GROWING.contains(&three[0]));
    of_alias.map_or(name, |three| three[0]).to_owned()
}
