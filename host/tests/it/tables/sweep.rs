//! What the sweep deletes, and what it leaves.

use std::collections::BTreeSet;

use super::DAY;
use crate::store::{ALICE, Database, NOW, answered, on_both, says, send, taken};
use switchboard_core::act::Actor;
use switchboard_kit::shell::Shell;
use switchboard_store::{Life, Settlement, StoreOptions, TABLES};

on_both! {
    rows_that_stay_stop_no_sweep,
    who_is_forgotten_beside_many_deliveries_keeps_nobody_waiting,
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
