//! A claim that cannot be read costs nobody but its own message, on both databases.

use switchboard_core::{bucket, contract::types::Content};
use switchboard_kit::shell::Shell;

use crate::store::{ALICE, BOB, BUSINESS, Database, NOW, on_both, says};

on_both! {
    a_null_in_any_column_that_may_have_one_stops_no_claim,
    a_claim_that_cannot_be_read_is_its_lane_s_trouble_alone,
    a_poisoned_message_is_dead_and_its_lane_goes_on,
    a_content_that_cannot_be_read_is_answered_as_such,
    whoever_came_through_sql_is_told_beside_others,
}

/// When all leases of the first claims have run out.
const LATER: i64 = NOW + 20_000;

/// The columns of a table that may be null.
async fn nullable(db: &Database, table: &str) -> Vec<String> {
    let sql = match db.url.starts_with("sqlite") {
        true => format!("select name from pragma_table_info('{table}') where \"notnull\" = 0 and pk = 0"),
        false => format!(
            "select column_name from information_schema.columns where table_name = '{table}' and is_nullable = 'YES'"
        ),
    };
    Shell::open(&db.url).await.texts(&sql).await
}

async fn a_null_in_any_column_that_may_have_one_stops_no_claim(db: Database) {
    let tables = [("person", "person_id"), ("message", "message_id"), ("unified_sessions", "user_id")];
    let mut columns = Vec::new();
    for (table, _) in tables {
        let of_table = nullable(&db, table).await;
        assert!(!of_table.is_empty(), "{table} has columns that may be null");
        // Without its lane a message is in no claim.
        let of_table = of_table.into_iter().filter(|column| column != "lane_id");
        columns.extend(of_table.map(|column| (table, column)));
    }
    let phone = |n: usize| format!("2507881{n:05}");
    let mut shell = Shell::open(&db.url).await;
    let mut waiting = Vec::new();
    for (n, (table, column)) in columns.iter().enumerate() {
        let first = db.claim(says(&phone(n), &format!("a{n}")), NOW).await;
        db.answer(&first).await;
        let second = db.claim(says(&phone(n), &format!("b{n}")), NOW).await;
        let (person, message) = (second.person.id, second.message.id);
        let of = match *table {
            "message" => format!("message_id = {message}"),
            "person" => format!("person_id = '{person}'"),
            _ => format!("user_id = '{person}'"),
        };
        shell.run(&format!("update {table} set {column} = null where {of}")).await;
        waiting.push(message);
    }
    let healthy = db.claim(says(ALICE, "w1"), NOW).await;
    waiting.push(healthy.message.id);

    let claims = db.store.claim_due(LATER, 1_000).await.expect("claimed");
    let mut claimed: Vec<i64> = claims.iter().map(|claim| claim.message.id).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, waiting, "each column: {columns:?}");
    let without_bucket = columns.iter().position(|column| *column == ("person", "bucket".to_owned()));
    // On SQLite everybody has one.
    assert_eq!(without_bucket.is_none(), db.url.starts_with("sqlite"));
    if let Some(n) = without_bucket {
        let claim = claims.iter().find(|claim| claim.message.id == waiting[n]).expect("it is among them");
        assert_eq!(claim.person.bucket, bucket::of(&phone(n)), "as the writer gives it to whoever is new");
    }
}

async fn a_claim_that_cannot_be_read_is_its_lane_s_trouble_alone(db: Database) {
    let poisoned = db.claim(says(ALICE, "w1"), NOW).await.message.id;
    db.receive(vec![says(ALICE, "w2")], NOW).await;
    db.claim(says(BOB, "w3"), NOW).await;
    Shell::open(&db.url).await.run("update message set kind = 'nonsense' where wamid = 'w1'").await;
    let claims = db.store.claim_due(LATER, 9).await.expect("the look runs");
    let mut wamids: Vec<&str> = claims.iter().filter_map(|claim| claim.message.wamid.as_deref()).collect();
    wamids.sort_unstable();
    assert_eq!(wamids, ["w2", "w3"], "the lane goes on with its next, the other lane is not touched");
    let mut shell = Shell::open(&db.url).await;
    let dead = shell.texts("select message_id || ' ' || error from message where state = 'dead'").await;
    assert!(
        dead.len() == 1 && dead[0].starts_with(&format!("{poisoned} its row cannot be read: unknown variant")),
        "{dead:?}"
    );
    for claim in &claims {
        db.answer(claim).await;
    }
    assert_eq!(db.count("select count(*) from lane where lease_owner is not null").await, 0);
}

async fn a_poisoned_message_is_dead_and_its_lane_goes_on(db: Database) {
    let first = db.claim(says(ALICE, "w1"), NOW).await;
    db.receive(vec![says(ALICE, "w2"), says(ALICE, "w3")], NOW).await;
    let mut shell = Shell::open(&db.url).await;
    shell.run("update message set kind = 'nonsense' where wamid = 'w2'").await;
    let settled = db.store.settle(crate::store::answered(&first)).await.expect("it is settled");
    assert_eq!(settled.queued.len(), 1, "the reply is pushed");
    let next = settled.next.expect("the lane goes on");
    assert_eq!(next.message.wamid.as_deref(), Some("w3"));
    // A host that died with a poisoned message in its lane: what comes next is stored and claimed.
    db.receive(vec![says(ALICE, "w4")], NOW).await;
    shell.run("update message set kind = 'nonsense' where wamid in ('w3', 'w4')").await;
    shell.run("update lane set lease_owner = null, lease_until = 0").await;
    let ingested = db.receive(vec![says(ALICE, "w5"), says(BOB, "w6")], LATER).await;
    let claimed: Vec<Option<&str>> = ingested.claimed.iter().map(|claim| claim.message.wamid.as_deref()).collect();
    assert_eq!((ingested.new, claimed), (2, vec![Some("w5"), Some("w6")]));
    assert_eq!(db.count("select count(*) from message where state = 'dead'").await, 3);
    // One that is alone.
    shell.run("update message set kind = 'nonsense' where wamid = 'w5'").await;
    let claims = db.store.claim_due(LATER + 20_000, 9).await.expect("the look runs");
    assert_eq!(claims.len(), 1);
    assert_eq!(db.count("select count(*) from lane where lease_owner is not null").await, 1, "it is let go");
}

async fn a_content_that_cannot_be_read_is_answered_as_such(db: Database) {
    let is_sqlite = db.url.starts_with("sqlite");
    let poisons = ["'{\"Text\":'", "''", "'null'", "cast(x'7bff' as text)", "x'00ff'"];
    let poisons = &poisons[..if is_sqlite { 5 } else { 3 }];
    let mut shell = Shell::open(&db.url).await;
    for (n, poison) in poisons.iter().enumerate() {
        db.claim(says(&format!("25078820000{n}"), &format!("w{n}")), NOW).await;
        shell.run(&format!("update message set content = {poison} where wamid = 'w{n}'")).await;
    }
    db.claim(says(BOB, "healthy"), NOW).await;
    let claims = db.store.claim_due(LATER, 9).await.expect("the look runs");
    let unreadable =
        |claim: &&switchboard_store::Claim| claim.message.content == Content::Unsupported("unreadable".into());
    assert_eq!((claims.len(), claims.iter().filter(unreadable).count()), (poisons.len() + 1, poisons.len()));
}

async fn whoever_came_through_sql_is_told_beside_others(db: Database) {
    let buyer = db.claim(says(ALICE, "w1"), NOW).await;
    db.answer(&buyer).await;
    let person = "01980000-0000-7000-8000-000000000001";
    let mut shell = Shell::open(&db.url).await;
    let bucket = if db.url.starts_with("sqlite") { bucket::of(BOB).to_string() } else { "null".to_owned() };
    let values = format!("('{person}', {bucket}, '{BOB}', 0)");
    shell.run(&format!("insert into person (person_id, bucket, phone, created_at) values {values}")).await;
    for (n, person) in [person.parse().expect("an id"), buyer.person.id].into_iter().enumerate() {
        db.store.say(person, BUSINESS, "Hello", NOW + n as i64).await.expect("said");
    }
    let claims = db.store.bring_due(NOW + 9).await.expect("one is brought");
    assert_eq!(
        claims.iter().map(|claim| claim.person.id).collect::<Vec<_>>(),
        [buyer.person.id],
        "the other never wrote"
    );
    let waits = format!("select count(*) from notice where person_id = '{person}' and waits");
    assert_eq!(shell.value::<i64>(Box::leak(waits.into_boxed_str())).await, 1, "what is for them waits");
}
