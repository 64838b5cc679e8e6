//! *Forget me*: what a person wrote and was told is nowhere any more but where the list says so; before that, an export has all of it.

use std::io::Read as _;
use switchboard_core::act::Actor;

use bytes::Bytes;
use serde_json::Value;
use switchboard_core::inbox::Delivery;
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};
use switchboard_store::{Claim, PersonChange, Role, Settlement, Store, StoreOptions};

use crate::store::{ALICE, BOB, Database, NOW, answered, on_both, says, send, status, taken};

on_both! {
    who_said_stop_and_was_forgotten_is_known_by_a_hash,
    who_writes_again_before_the_last_answer_stays_known,
    what_comes_after_the_last_answer_goes_with_the_next_sweep,
}

/// Words that Alice writes or is told, each in a way of its own.
const WORDS: [&str; 9] =
    ["zqbicycle", "zqdetails", "zqticket", "zqsofa", "zqskill", "zqreason", "zqdesk", "zqsaid", "zqnote"];

/// Where Alice's words and number may stand when she is forgotten and Bob is not: what Bob was given.
const GIVEN: [&str; 9] = [
    "message.content",
    "outbox.body",
    "unified_sessions.conversation_history",
    "unified_sessions.offered",
    "unified_sessions.open_things",
    "unified_agent_events.response_text",
    "unified_agent_events.payload",
    "journal.body",
    "record.value",
];

/// All that every table holds: `table.column` with its bytes, compressed ones as they were.
async fn all_of(url: &str) -> Vec<(String, Vec<u8>)> {
    let mut shell = Shell::open(url).await;
    let is_server = matches!(shell, Shell::Postgres(_));
    let columns = if is_server {
        "select c.table_schema || '.' || c.table_name || ' ' || c.column_name || ' ' || c.data_type from information_schema.columns as c
         join information_schema.tables as t using (table_schema, table_name)
         where t.table_type = 'BASE TABLE' and c.table_schema in ('switchboard', 'public')"
    } else {
        "select m.name || ' ' || c.name || ' ' || lower(c.type) from sqlite_master as m join pragma_table_xinfo(m.name) as c
         where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'listing_place%'"
    };
    let mut all = Vec::new();
    for column in shell.texts(columns).await {
        let mut parts = column.splitn(3, ' ');
        let (table, name, kind) =
            (parts.next().expect("a table"), parts.next().expect("a column"), parts.next().unwrap_or(""));
        let read = match (is_server, kind) {
            (true, "bytea") => format!("'hex:' || encode({name}, 'hex')"),
            (true, _) => format!("{name}::text"),
            (false, "blob") => format!("'hex:' || hex({name})"),
            (false, _) => format!("cast({name} as text)"),
        };
        let short = table.rsplit('.').next().expect("a name");
        for value in shell.texts(&format!("select {read} from {table}")).await {
            let bytes = match value.strip_prefix("hex:") {
                Some(hex) => plain(hex::decode(hex).expect("hex")),
                None => value.into_bytes(),
            };
            all.push((format!("{short}.{name}"), bytes));
        }
    }
    all
}

/// Bytes as they were before zstd.
fn plain(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return bytes;
    }
    let mut plain = Vec::new();
    zstd::Decoder::new(bytes.as_slice()).expect("zstd").read_to_end(&mut plain).expect("whole");
    plain
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Where these stand: `table.column text`, each once.
async fn found(url: &str, texts: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (column, bytes) in all_of(url).await {
        found.extend(texts.iter().filter(|text| has(&bytes, text)).map(|text| format!("{column} {text}")));
    }
    found.sort();
    found.dedup();
    found
}

/// Bob posts a job; Alice sells, applies, saves a search and opens a ticket; the desk answers.
async fn a_day(stage: &Stage) {
    let mut bob = stage.talk(BOB);
    for words in ["post a job", "Night driver", "Kimironko", "negotiable", "post it"] {
        bob.say(words).await;
    }
    let mut alice = stage.talk(ALICE);
    for words in
        ["I want to sell a bicycle zqbicycle for 50k in Remera", "change the description", "A good one, zqdetails"]
    {
        alice.say(words).await;
    }
    assert!(alice.say("post it").await.contains("online"));
    alice.say("I want to buy a zqsofa").await;
    assert!(alice.say("Notify me").await.contains("Saved"));
    let opened = alice.say("I want to talk to a human").await;
    assert!(alice.say("zqticket never came, and nobody can say why").await.contains("T-"));
    let number = opened.split('*').nth(1).expect("a number").to_owned();
    assert!(stage.run(&["tickets", "answer", &number, "zqdesk looks at it."]).status.success());
    assert!(alice.hears().await.contains("zqdesk"));
    assert!(stage.run(&["note", &number, "zqnote about her", "--as", "zqgrace"]).status.success());
    alice.say("my home is Kimironko").await;
    assert!(alice.say("I am looking for a driver job").await.contains("Night driver"));
    let changes = ["change the skills", "zqskill, English", "change the message", "zqreason is why"];
    for words in ["1", "Apply", "6"].into_iter().chain(changes) {
        alice.say(words).await;
    }
    assert!(alice.say("send it").await.contains("Sent"));
    alice.say("zqsaid by nobody else").await;
}

/// Bob asks for what Alice sells, and gets her card.
async fn they_meet(stage: &Stage) {
    let mut bob = stage.talk_on(BOB).await;
    assert!(bob.say("I want to buy a bicycle").await.contains("zqbicycle"));
    bob.say("1").await;
    assert!(bob.say("Contact seller").await.contains("I've asked the seller"));
    let mut alice = stage.talk_on(ALICE).await;
    alice.say("share").await;
    until("Bob reads her card", async || {
        stage.heard(BOB, 0, 1).await.iter().any(|heard| heard.body.to_string().contains(ALICE))
    })
    .await;
}

/// Somebody asks to be forgotten, and is.
async fn forgets(stage: &Stage, phone: &str, left: i64) {
    let mut talk = stage.talk_on(phone).await;
    talk.say("menu").await;
    talk.say("forget me").await;
    assert!(talk.say("yes").await.contains("I have forgotten you"));
    until("their number is erased", async || {
        stage.count("select count(*) from person where phone is not null").await == left
    })
    .await;
}

/// The sweep that a host does every quarter of an hour: what came after the last answer.
async fn swept(stage: &Stage) {
    let options = StoreOptions { role: Role::Serve, ..StoreOptions::default() };
    let store = Store::open(&stage.url(), options).await.expect("it opens");
    store.sweep(store.now()).await.expect("swept");
}

async fn nothing_is_left(mut stage: Stage) {
    stage.start().await;
    a_day(&stage).await;
    let before = found(&stage.url(), &WORDS).await;
    let export = stage.run(&["person", "export", ALICE]);
    let export = String::from_utf8(export.stdout).expect("text");
    for word in WORDS.iter().chain([&ALICE]) {
        assert!(before.iter().any(|place| place.ends_with(word)) || word == &ALICE, "{word} is held: {before:?}");
        assert!(export.contains(word), "{word} is exported");
    }
    let export: Value = serde_json::from_str(&export).expect("JSON");
    for place in &before {
        let (column, word) = place.split_once(' ').expect("two");
        let (table, _) = column.split_once('.').expect("two");
        let repeats = ["delivery", "journal", "listing_word", "unified_listings"].contains(&table);
        assert!(repeats || export[table].to_string().contains(word), "{place} is exported");
    }

    they_meet(&stage).await;
    forgets(&stage, ALICE, 1).await;
    assert!(stage.terminate());
    swept(&stage).await;
    let texts: Vec<&str> = WORDS.into_iter().chain([ALICE]).collect();
    let left = found(&stage.url(), &texts).await;
    let ungiven: Vec<&String> =
        left.iter().filter(|place| !GIVEN.iter().any(|given| place.starts_with(&format!("{given} ")))).collect();
    assert!(ungiven.is_empty(), "{ungiven:?}");
    let never_given = ["zqticket", "zqsofa", "zqdesk", "zqsaid"];
    let told: Vec<&String> = left.iter().filter(|place| never_given.iter().any(|word| place.ends_with(word))).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(left.iter().any(|place| place.ends_with(ALICE)), "Bob keeps the card that he was given");

    stage.start().await;
    forgets(&stage, BOB, 0).await;
    assert!(stage.terminate());
    swept(&stage).await;
    let texts: Vec<&str> = texts.into_iter().chain([BOB]).collect();
    assert_eq!(found(&stage.url(), &texts).await, [] as [&str; 0]);
    if let Some(file) = stage.url().strip_prefix("sqlite://") {
        for file in [file.to_owned(), format!("{file}-wal")] {
            let bytes = std::fs::read(&file).unwrap_or_default();
            let left: Vec<&&str> = texts.iter().filter(|text| has(&bytes, text)).collect();
            assert!(left.is_empty(), "{left:?} in the bytes of {file}");
        }
    }
}

const AGENTS: [&str; 3] = ["support", "marketplace", "jobs"];

#[tokio::test]
async fn nothing_of_a_person_is_left_on_sqlite() {
    nothing_is_left(Stage::new(&AGENTS)).await;
}

#[tokio::test]
async fn nothing_of_a_person_is_left_on_postgres() {
    let mut stage = Stage::new(&AGENTS);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    nothing_is_left(stage).await;
}

/// Answers a claim and sends the answer; stop or start is said with it.
async fn says_and_hears(db: &Database, claim: &Claim, opted_out: Option<bool>, wamid: &str) {
    let person = PersonChange { opted_out, ..PersonChange::default() };
    let queued = db.store.settle(Settlement { person, ..answered(claim) }).await.expect("settles").queued;
    send(&db.store, &queued[0], taken(wamid), NOW).await;
}

async fn who_said_stop_and_was_forgotten_is_known_by_a_hash(db: Database) {
    let first = db.claim(says(ALICE, "w1"), NOW).await;
    says_and_hears(&db, &first, Some(true), "out1").await;
    db.store.forget(first.person.id, &Actor::host(), NOW + 9).await.expect("forgotten");
    assert_eq!(db.count("select count(*) from identity").await, 0);
    assert_eq!(db.count("select count(*) from person where phone is not null").await, 0);
    let hash = db.text("select hash from opt_out").await;
    assert_eq!(hash.len(), 64);

    let second = db.claim(says(ALICE, "w2"), NOW + 10).await;
    assert_ne!(second.person.id, first.person.id);
    assert_eq!(second.person.bucket, first.person.bucket, "the same place in every rollout");
    assert!(second.person.opted_out, "what they said stands");
    let other = db.claim(says(BOB, "w3"), NOW + 10).await;
    assert!(!other.person.opted_out);

    says_and_hears(&db, &second, Some(false), "out2").await;
    db.store.forget(second.person.id, &Actor::host(), NOW + 11).await.expect("forgotten");
    assert_eq!(db.count("select count(*) from opt_out").await, 0, "they took it back");
    assert!(!db.claim(says(ALICE, "w4"), NOW + 12).await.person.opted_out);

    let again = Database::sqlite().await;
    let claim = again.claim(says(ALICE, "w1"), NOW).await;
    says_and_hears(&again, &claim, Some(true), "out1").await;
    again.store.forget(claim.person.id, &Actor::host(), NOW + 9).await.expect("forgotten");
    assert_ne!(again.text("select hash from opt_out").await, hash, "each database has a key of its own");
}

async fn who_writes_again_before_the_last_answer_stays_known(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let queued = db.answer(&claim).await.queued;
    db.store.forget(claim.person.id, &Actor::host(), NOW + 9).await.expect("forgotten");
    assert!(db.store.is_forgetting(), "the last answer is yet to go out");
    assert_eq!(db.count("select count(*) from person where phone is not null").await, 1);
    let again = db.claim(says(ALICE, "w2"), NOW + 10).await;
    assert_eq!(again.person.id, claim.person.id);
    send(&db.store, &queued[0], taken("out"), NOW).await;
    db.store.finish_forgetting(NOW + 11).await.expect("finished");
    assert!(!db.store.is_forgetting());
    assert_eq!(db.count("select count(*) from person where phone is not null and forgotten_at is null").await, 1);
    assert_eq!(db.count("select count(*) from identity").await, 1);
    db.answer(&again).await;
}

async fn what_comes_after_the_last_answer_goes_with_the_next_sweep(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    says_and_hears(&db, &claim, None, "out1").await;
    db.store.forget(claim.person.id, &Actor::host(), NOW + 9).await.expect("forgotten");
    let body = Bytes::from(format!("{{\"id\":\"out1\",\"recipient_id\":\"{ALICE}\"}}"));
    let items = vec![status("out1", "read", None)];
    let late = Delivery { body, received_at: NOW + 20, items, unreadable: None, forwards: false };
    db.store.ingest(late).await.expect("stored");
    assert_eq!(found(&db.url, &[ALICE]).await, [format!("delivery.body {ALICE}"), format!("status.recipient {ALICE}")]);
    db.store.sweep(NOW + 60_000).await.expect("swept");
    assert_eq!(found(&db.url, &[ALICE]).await, [] as [&str; 0]);
}
