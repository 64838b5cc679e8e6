//! The descriptions of the tables against the catalogues of both databases; what programs outside read; the sweep.

mod sweep;

use std::collections::BTreeSet;

use crate::store::{ALICE, Database, NOW, on_both, says};
use switchboard_kit::shell::Shell;
use switchboard_store::{Forget, Holds, Owner, Remains, Schema, TABLES, Table};

const DAY: i64 = 86_400_000;

on_both! {
    every_table_and_column_is_described,
    what_programs_outside_read_is_there,
}

/// Tables that the migrations' own library, or an index, makes.
const OTHERS: [&str; 3] = ["_sqlx_migrations", "migration", "listing_place"];

/// Tables that only hosts on one server need.
const POSTGRES_ONLY: [&str; 3] = ["change", "component", "duty"];

/// The columns of a catalogue, as `schema table column`.
async fn catalogue(shell: &mut Shell) -> BTreeSet<String> {
    let columns = match shell {
        Shell::Sqlite(_) => {
            "select m.name || ' ' || c.name from sqlite_master as m join pragma_table_xinfo(m.name) as c
             where m.type = 'table' and m.name not like 'sqlite_%'"
        }
        Shell::Postgres(_) => {
            "select c.table_schema || ' ' || c.table_name || ' ' || c.column_name from information_schema.columns as c
             join information_schema.tables as t using (table_schema, table_name)
             where t.table_type = 'BASE TABLE' and c.table_schema in ('switchboard', 'public')"
        }
    };
    let is_other = |column: &String| OTHERS.iter().any(|other| column.split(' ').any(|name| name.starts_with(other)));
    let columns = shell.texts(columns).await;
    columns.into_iter().filter(|column| !is_other(column)).collect()
}

/// The same as the descriptions say it.
fn described(is_server: bool) -> BTreeSet<String> {
    let tables = TABLES.iter().filter(|table| is_server || !POSTGRES_ONLY.contains(&table.name));
    let columns = tables.flat_map(|table| table.columns.iter().map(move |column| (*table, column.name)));
    let is_there =
        |(table, column): &(&Table, &str)| is_server || (table.name, *column) != ("unified_listings", "search");
    let name = |(table, column): (&Table, &str)| match (is_server, table.schema) {
        (false, _) => format!("{} {column}", table.name),
        (true, Schema::Own) => format!("switchboard {} {column}", table.name),
        (true, Schema::Public) => format!("public {} {column}", table.name),
    };
    columns.filter(is_there).map(name).collect()
}

async fn every_table_and_column_is_described(db: Database) {
    let mut shell = Shell::open(&db.url).await;
    let is_server = matches!(shell, Shell::Postgres(_));
    assert_eq!(catalogue(&mut shell).await, described(is_server));

    // A column, and a table, that nobody described.
    let table = if is_server { "switchboard.ticket" } else { "ticket" };
    shell.run(&format!("alter table {table} add column remark text")).await;
    shell.run(&format!("create table {table}_photo (number text, body text)")).await;
    let there = catalogue(&mut shell).await;
    let described = described(is_server);
    let missing: Vec<&String> = there.difference(&described).collect();
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(missing.iter().any(|column| column.ends_with("ticket remark")));
}

#[test]
fn a_description_leaves_nothing_of_a_person_unsaid() {
    for table in TABLES.iter() {
        let personal = table.columns.iter().filter(|column| matches!(column.holds, Holds::Words | Holds::Number));
        match table.owner {
            Owner::Person => assert!(table.of_person.is_some(), "{}: which rows are whose?", table.name),
            Owner::Business | Owner::Nobody => {
                let personal: Vec<&str> = personal.map(|column| column.name).collect();
                assert!(personal.is_empty(), "{}: {personal:?} of nobody", table.name);
                continue;
            }
        }
        match table.forget {
            Forget::Delete | Forget::DeleteWith(_) => continue,
            Forget::Nothing => panic!("{}: a person's rows are forgotten in some way", table.name),
            Forget::Blank { .. } | Forget::AfterLastAnswer | Forget::Keep(_) => {}
        }
        for column in personal {
            let name = format!("{}.{}", table.name, column.name);
            assert!(!matches!(column.forget, Remains::AsItIs), "{name}: what becomes of it when its row stays?");
        }
    }
}

async fn what_programs_outside_read_is_there(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    db.answer(&claim).await;
    let id = claim.person.id;
    db.store.say(id, "1", "Hello", NOW + 7).await.expect("said");
    let is_server = db.url.starts_with("postgres");
    let mut shell = Shell::open(&db.url).await;
    for sql in [
        format!(
            "insert into saved_search (search_id, agent, person_id, business, query, created_at) values ('{id}', 'jobs', '{id}', '1', '{{\"words\":\"sofa\"}}', 1)"
        ),
        format!(
            "insert into record (agent, person_id, collection, key, value, updated_at) values ('jobs', '{id}', 'c', 'k', '{{\"a\":1}}', 1)"
        ),
        format!(
            "insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at) values ('T-1', '{id}', '1', 'support', 's', 'd', 'low', 1)"
        ),
    ] {
        shell.run(&sql).await;
    }
    for (sql, value) in [
        (
            "select person_id::text || ' ' || phone || ' ' || coalesce(opted_out_at, 0) || ' ' || coalesce(taken_over_by, '-') from person",
            format!("{id} {ALICE} 0 -"),
        ),
        ("select kind || ' ' || value || ' ' || person_id::text from identity", format!("phone {ALICE} {id}")),
        ("select person_id::text || ' ' || business from lane", format!("{id} 106540352242922")),
        ("select state from message", "answered".into()),
        ("select state from outbox", "queued".into()),
        ("select person_id::text || ' ' || run_at from notice", format!("{id} {}", NOW + 7)),
        ("select query from saved_search", "{\"words\":\"sofa\"}".into()),
        (
            "select person_id || ' ' || agent || ' ' || collection || ' ' || value from record",
            format!("{id} jobs c {{\"a\":1}}"),
        ),
        ("select subject || ' ' || details from ticket", "s d".into()),
    ] {
        let sql = if is_server { sql.to_owned() } else { sql.replace("::text", "") };
        assert_eq!(shell.texts(&sql).await, [value], "{sql}");
    }
    let unified = [
        (
            "unified_sessions",
            "id, user_phone, user_id, business_number, current_agent, active_flow, flow_step, collected_data, conversation_history, offered, location, status, last_message_at, created_at, updated_at, expires_at, agent_version, kept_flow, open_things",
        ),
        (
            "unified_listings",
            "id, owner_phone, owner_user_id, domain, listing_type, title, description, category, price, price_max, currency, price_unit, location_text, lat, lng, attributes, images, contact_policy, status, source_agent, created_at, updated_at, expires_at, hidden_at, matched_at",
        ),
        (
            "unified_applications",
            "id, listing_id, reference, applicant_phone, applicant_user_id, domain, message, attributes, status, responded_at, created_at",
        ),
        (
            "unified_matches",
            "id, listing_id, seeker_phone, owner_phone, seeker_user_id, owner_user_id, domain, distance_km, match_score, status, seeker_notified_at, owner_notified_at, created_at",
        ),
        (
            "unified_agent_events",
            "id, correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text, tool_calls, duration_ms, created_at",
        ),
    ];
    for (table, columns) in unified {
        shell.run(&format!("select {columns} from {table}")).await;
    }
    let columns = "user_phone || ' ' || current_agent || ' ' || active_flow || ' ' || flow_step || ' ' || status";
    let sql = format!("select {columns} from unified_sessions");
    assert_eq!(shell.texts(&sql).await, [format!("+{ALICE} jobs post title active")]);
    // A time is ISO 8601 in UTC with milliseconds, or a timestamp.
    let at = if is_server {
        "to_char(created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    } else {
        "created_at"
    };
    let sql = format!("select {at} from unified_agent_events");
    assert_eq!(shell.texts(&sql).await, ["2026-05-28T20:26:40.005Z"]);
}
