//! The descriptions of the tables against the catalogues of both databases; what programs outside read; the sweep.

use std::collections::BTreeSet;
use switchboard_core::act::Actor;

use switchboard_kit::shell::Shell;
use switchboard_store::{Forget, Holds, Life, Owner, Remains, Schema, Settlement, StoreOptions, TABLES, Table};

use crate::store::{ALICE, Database, NOW, answered, on_both, says, send, taken};

const DAY: i64 = 86_400_000;

on_both! {
    every_table_and_column_is_described,
    what_programs_outside_read_is_there,
    rows_that_stay_stop_no_sweep,
    who_is_forgotten_beside_many_deliveries_keeps_nobody_waiting,
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

/// Rows of every table whose rows have an end, all from [`NOW`]: `stay` of a state that stays however old it is, and `go` of each that goes.
/// Gives for each table how many stay after its end.
async fn fill(shell: &mut Shell, person: uuid::Uuid, stay: i64, go: i64) -> Vec<(&'static str, i64)> {
    let is_server = matches!(shell, Shell::Postgres(_));
    let all = stay + go;
    let numbers = match is_server {
        false => format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {all})"),
        true => format!("with n (i) as (select i from generate_series(1, {all}) as i)"),
    };
    let empty = if is_server { "''::bytea" } else { "x''" };
    let (instant, uuid) = match is_server {
        true => (format!("to_timestamp({NOW} / 1000.0)"), "gen_random_uuid()".to_owned()),
        false => (
            format!("strftime('%Y-%m-%dT%H:%M:%fZ', {NOW} / 1000.0, 'unixepoch')"),
            // As the store writes ids: 36 characters.
            "printf('00000000-0000-7000-8000-%012x', i)".to_owned(),
        ),
    };
    let tables = [
        // Those of held messages stay.
        ("delivery", format!("(delivery_id, received_at, body) {numbers} select i, {NOW}, {empty} from n"), stay / 3),
        (
            "message",
            format!(
                "(message_id, delivery_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
                 {numbers} select i, i, '1', 'w' || i, 'message', 'message',
                 case when i <= {stay} then case i % 3 when 0 then 'held' when 1 then 'queued' else 'dead' end when i % 2 = 0 then 'answered' else 'stored' end,
                 '{{}}', 1, {NOW}, 1 from n"
            ),
            stay,
        ),
        (
            "outbox",
            format!(
                "(outbox_id, lane_id, message_id, agent, body, state, run_at, created_at)
                 {numbers} select i, (select min(lane_id) from lane), i, 'jobs', '{{}}',
                 case when i <= {stay} then case i % 3 when 0 then 'queued' when 1 then 'sending' else 'unknown' end
                      else case i % 4 when 0 then 'dead' when 1 then 'sent' when 2 then 'barred' else 'discarded' end end, 1, {NOW} from n"
            ),
            stay,
        ),
        (
            "status",
            format!(
                "(business, wamid, status, recipient, at, progress) {numbers} select '1', 's' || i, 'read', '', {NOW}, 3 from n"
            ),
            0,
        ),
        ("journal", format!("(message_id, epoch, created_at, body) {numbers} select i, 1, {NOW}, {empty} from n"), 0),
        (
            "unified_sessions",
            format!(
                "(id, user_id, business_number, current_agent, status, last_message_at, created_at, updated_at, expires_at)
                 {numbers} select {uuid}, '{person}', 'b' || i, 'jobs',
                 case when i <= {stay} then 'active' when i % 2 = 0 then 'completed' else 'expired' end, {instant}, {instant}, {instant},
                 {later} from n",
                later = instant.replace(&NOW.to_string(), &(NOW + 900 * DAY).to_string())
            ),
            stay,
        ),
        (
            "unified_agent_events",
            format!(
                "(correlation_id, user_id, agent_type, created_at) {numbers} select 'c' || i, '{person}', 'jobs', {instant} from n"
            ),
            0,
        ),
        (
            "test_event",
            format!(
                "(message_id, epoch, person_id, agent, reason, payload, duration_ms, created_at) {numbers}
                 select i, 1, '{person}', 'jobs', 'flow', '{{}}', 1, {NOW} from n"
            ),
            0,
        ),
        (
            "file",
            format!(
                "(file_id, person_id, business, media_id, kind, mime_type, state, due_at, until_at, created_at) {numbers}
                 select 'f' || i, '{person}', 'b', 'm', 'image', 'image/jpeg', case when i <= {stay} then 'pending' else 'kept' end,
                 {NOW}, {NOW}, {NOW} from n"
            ),
            stay,
        ),
        (
            "model_use",
            format!(
                "(day, agent, person_id, questions, tokens) {numbers} select {day}, 'a' || i, '{person}', 1, 1 from n",
                day = NOW / DAY
            ),
            0,
        ),
        (
            "quota",
            format!(
                "(since, what, agent, person, used, most) {numbers} select {NOW}, 'tokens', 'a' || i, '{person}', 1, 1 from n"
            ),
            0,
        ),
        (
            "agent_mute",
            format!("(agent, muted_at, until_at, notices, answers) {numbers} select 'a' || i, 1, {NOW}, 1, 1 from n"),
            0,
        ),
        (
            "dead_audit",
            format!(
                "(at, who, event, kind, letter_id) {numbers} select {NOW}, 'ada', 'retried', 'reply', i from n"
            ),
            0,
        ),
        (
            "refused_delivery",
            format!("(wamid, at, host, times) {numbers} select 'w' || i, {NOW}, 'h', 1 from n"),
            0,
        ),
        (
            "audit",
            format!("(at, who, way, act, subject) {numbers} select {NOW}, 'ada', 'command', 'desk.claim', 'T' || i from n"),
            0,
        ),
        (
            "operator_session",
            format!("(session_hash, operator, role, created_at, used_at, ends_at) {numbers} select 's' || i, 'ada', 'viewer', 1, 1, {NOW} from n"),
            0,
        ),
        (
            "replay_run",
            format!("(agent, old_sha256, new_sha256, at, who, turns, same, unknown) {numbers} select 'a', 'o', 'n' || i, {NOW}, 'gate', 1, 1, 0 from n"),
            0,
        ),
        (
            "figure_slot",
            format!("(slot_at, agent, within_ms, messages, errors) {numbers} select {NOW}, 'a' || i, 10, 1, 0 from n"),
            0,
        ),
        (
            "meta_notice",
            format!("(field, event, subject, at, body) {numbers} select 'account_update', 'e', 's' || i, {NOW}, '{{}}' from n"),
            0,
        ),
        (
            "desk_word",
            format!(
                "(word_id, person_id, at, who, words) {numbers} select {uuid}, '{person}', {NOW}, 'ada', 'w' from n"
            ),
            0,
        ),
        (
            "desk_note",
            format!("(person_id, at, who, words) {numbers} select '{person}', {NOW}, 'ada', 'w' from n"),
            0,
        ),
        (
            "desk_event",
            format!("(person_id, kind, at, due_at) {numbers} select '{person}', 'claimed', {NOW}, {NOW} from n"),
            0,
        ),
        (
            "desk_rating",
            format!("(rating_id, person_id, who, asked_at) {numbers} select {uuid}, '{person}', 'ada', {NOW} from n"),
            0,
        ),
    ];
    for (table, insert, _) in &tables {
        // SQLite has the recursive part before the insert's select, which it takes there too.
        shell.run(&format!("insert into {table} {insert}")).await;
    }
    tables.map(|(table, _, stays)| (table, stays)).into()
}

async fn rows_that_stay_stop_no_sweep(db: Database) {
    const STAY: i64 = 10_000;
    const GO: i64 = 5_000;
    let mut shell = Shell::open(&db.url).await;
    let person = uuid::Uuid::now_v7();
    shell.run(&format!("insert into person (person_id, bucket, created_at) values ('{person}', 1, 1)")).await;
    shell.run(&format!("insert into lane (lane_id, person_id, business) values (1, '{person}', '1')")).await;
    let filled = fill(&mut shell, person, STAY, GO).await;
    let named: BTreeSet<&str> = filled.iter().map(|(table, _)| *table).collect();
    let ending = TABLES.iter().filter(|table| matches!(table.life, Life::For { .. })).map(|table| table.name);
    assert_eq!(named, ending.collect(), "each table whose rows have an end");

    db.store.sweep(NOW + 29 * DAY).await.expect("swept");
    assert_eq!(db.count("select count(*) from outbox").await, STAY + GO, "kept for thirty days");
    db.store.sweep(NOW + 399 * DAY).await.expect("swept");
    assert_eq!(db.count("select count(*) from unified_agent_events").await, STAY + GO, "kept for four hundred days");
    let swept = db.store.sweep(NOW + 402 * DAY).await.expect("swept");
    for (table, stay) in filled {
        let left = db.store.count(&format!("select count(*) from {table}")).await.expect("counted");
        assert_eq!(left, stay, "{table}");
    }
    println!("longest statement of the last sweep: {:?}, {} rows", swept.longest, swept.rows);
    let again = db.store.sweep(NOW + 402 * DAY).await.expect("swept");
    assert_eq!(again.rows, 0, "nothing is left to sweep");
}

/// A person is forgotten beside this many bodies of others; `DELIVERIES=300000` for the long form.
fn deliveries() -> i64 {
    switchboard::config::variable("DELIVERIES").and_then(|number| number.parse().ok()).unwrap_or(20_000)
}

/// Prints how long it took, and the longest that another write waited meanwhile: no statement holds the writer longer.
async fn who_is_forgotten_beside_many_deliveries_keeps_nobody_waiting(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let id = claim.person.id;
    let queued = db.store.settle(Settlement { now: NOW, ..answered(&claim) }).await.expect("settles").queued;
    send(&db.store, &queued[0], taken("out"), NOW).await;
    let mut shell = Shell::open(&db.url).await;
    let all = deliveries();
    let numbers = match &shell {
        Shell::Sqlite(_) => format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {all})"),
        Shell::Postgres(_) => format!("with n (i) as (select i from generate_series(1, {all}) as i)"),
    };
    let body = match &shell {
        Shell::Sqlite(_) => "cast(printf('%0500d', i) as blob)",
        Shell::Postgres(_) => "convert_to(lpad(i::text, 500, '0'), 'utf8')",
    };
    shell
        .run(&format!(
            "insert into delivery (delivery_id, received_at, body) {numbers} select 1000000 + i, {NOW}, {body} from n"
        ))
        .await;
    let began = std::time::Instant::now();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let forget = async {
        db.store.forget(id, &Actor::host(), NOW + 1).await.expect("forgotten");
        db.store.finish_forgetting(NOW + 2).await.expect("finished");
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let others = async {
        let mut longest = std::time::Duration::ZERO;
        while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
            let began = std::time::Instant::now();
            db.store.beat().await.expect("written");
            longest = longest.max(began.elapsed());
        }
        longest
    };
    let ((), longest) = tokio::join!(forget, others);
    println!(
        "forgotten beside {all} deliveries in {:?}; the longest wait of another write: {longest:?}",
        began.elapsed()
    );
    assert_eq!(db.count("select count(*) from identity").await, 0);
}

#[test]
fn messages_live_as_long_as_what_is_found_by_them() {
    let life = |name: &str| TABLES.iter().find(|table| table.name == name).map(|table| table.life);
    let Some(Life::For { period: message, .. }) = life("message") else { panic!("a message's life ends") };
    for name in ["delivery", "journal", "status", "outbox"] {
        let Some(Life::For { period, .. }) = life(name) else { panic!("{name}: its rows' life ends") };
        assert!(period < message, "{name}");
    }
}

#[tokio::test]
async fn a_journal_that_is_kept_longer_than_raw_bodies_keeps_its_message() {
    let db = Database::sqlite().await;
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let queued = db.store.settle(Settlement { now: NOW, ..answered(&claim) }).await.expect("settles").queued;
    send(&db.store, &queued[0], taken("out"), NOW).await;
    let options = StoreOptions { raw_days: 10, journal_days: 60, ..StoreOptions::default() };
    let beside = switchboard_store::Store::open(&db.url, options).await.expect("it opens");
    beside.sweep(NOW + 40 * DAY).await.expect("swept");
    assert_eq!(db.count("select count(*) from delivery").await, 0);
    assert_eq!(db.count("select count(*) from outbox").await, 0);
    assert_eq!(db.count("select count(*) from journal").await, 1);
    assert_eq!(db.count("select count(*) from message").await, 1, "its journal is found by it");
    beside.sweep(NOW + 61 * DAY).await.expect("swept");
    assert_eq!(db.count("select count(*) from message").await, 0);
}
