//! A turn that cannot be stored, or that ends its host, comes to an end: its message is dead and its person gets an apology, once.

use switchboard_kit::{
    agents::rogue,
    cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};
use switchboard_store::{FailureKind, SettleError};

use crate::store::{ALICE, BOB, Database, NOW, answered, on_both, says};

const CAROL: &str = "250788000003";

on_both! {
    a_claim_counts_until_its_lane_settles,
    what_the_database_refuses_is_told_from_what_may_pass,
}

const DEAD: &str = "select count(*) from message where state = 'dead'";

async fn a_claim_counts_until_its_lane_settles(db: Database) {
    let mut claim = db.claim(says(ALICE, "w1"), NOW).await;
    db.receive(vec![says(ALICE, "w2")], NOW).await;
    let mut now = NOW;
    // Three hosts die with it.
    for crashes in 0..3 {
        assert_eq!((claim.message.crashes, claim.message.failures), (crashes, 0));
        now += 15_001;
        claim = db.store.claim_due(now, 9).await.expect("claimed").remove(0);
    }
    assert_eq!((claim.message.crashes, claim.message.attempts()), (3, 3));
    // A host that says why it failed was not ended by it.
    db.store.postpone(claim.lane, claim.message.id, now, "no sandbox").await.expect("put back");
    let claim = db.store.claim_due(now, 9).await.expect("claimed").remove(0);
    assert_eq!((claim.message.crashes, claim.message.failures), (0, 1));
    // The lane's next message is claimed by the settlement, for the first time.
    let next = db.answer(&claim).await.next.expect("the lane goes on");
    assert_eq!((next.message.wamid.as_deref(), next.message.crashes), (Some("w2"), 0));
    let next = db.store.claim_due(now + 15_010, 9).await.expect("claimed").remove(0);
    assert_eq!(next.message.crashes, 1, "its host died");
    // A host that stops is not ended by what it was doing.
    db.store.let_go().await.expect("released");
    let next = db.store.claim_due(now + 15_010, 9).await.expect("claimed").remove(0);
    assert_eq!(next.message.crashes, 0);
    db.answer(&next).await;
    let other = db.claim(says(ALICE, "w3"), now).await;
    assert_eq!(other.message.crashes, 0);
}

/// A constraint of the house, as a project may have one: nothing is stored of this person's turns.
pub(crate) async fn refuse_turns_of(url: &str, number: &str) {
    let mut shell = Shell::open(url).await;
    let check = format!("check (user_phone <> '+{number}')");
    if !url.starts_with("sqlite") {
        let add = format!("alter table public.unified_agent_events add constraint of_the_house {check}");
        return shell.run(&add).await;
    }
    shell.run("pragma writable_schema = on").await;
    let add = format!(
        "update sqlite_schema set sql = replace(sql, 'user_phone text', 'user_phone text {}')
         where type = 'table' and name = 'unified_agent_events'",
        check.replace('\'', "''")
    );
    shell.run(&add).await;
    shell.run("pragma writable_schema = reset").await;
    // So that connections that are open see it.
    shell.run("create table seen (a); drop table seen").await;
}

async fn what_the_database_refuses_is_told_from_what_may_pass(db: Database) {
    refuse_turns_of(&db.url, ALICE).await;
    let alice = db.claim(says(ALICE, "w1"), NOW).await;
    let bob = db.claim(says(BOB, "w2"), NOW).await;
    db.answer(&bob).await;
    let refused = db.store.settle(answered(&alice)).await.expect_err("the house does not take it");
    assert!(matches!(&refused, SettleError::Store(error) if error.kind() == FailureKind::Refused), "{refused}");
}

/// The apology, one dead message, and everybody else as ever.
async fn one_apology(stage: &Stage) {
    let mut alice = stage.talk(ALICE);
    let heard = alice.say("hello").await;
    assert!(heard.contains("Sorry, something went wrong"), "{heard}");
    assert!(stage.talk(BOB).say("hello").await.contains("What would you like to do?"));
    let dead = stage.text("select error from message where state = 'dead'").await.expect("one");
    assert!(dead.starts_with("the turn could not be stored: "), "{dead}");
    let reply = "select count(*) from outbox as o join message as m using (message_id) where m.state = 'dead'";
    assert_eq!((stage.count(DEAD).await, stage.count(reply).await), (1, 1));
    let left = "select count(*) from message where state = 'queued' or attempts > 0";
    assert_eq!(stage.count(left).await, 0, "it was given up at once");
    assert_eq!(stage.count("select count(*) from lane where lease_owner is not null").await, 0);
    // The next is no flood, and as lost.
    assert!(alice.say("hello").await.contains("Sorry, something went wrong"));
}

#[tokio::test]
async fn a_turn_that_sqlite_refuses_ends_with_an_apology() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    stage.terminate();
    refuse_turns_of(&stage.url(), ALICE).await;
    stage.start().await;
    one_apology(&stage).await;
}

#[tokio::test]
async fn a_turn_that_postgres_refuses_ends_with_an_apology() {
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.start().await;
    refuse_turns_of(&stage.url(), ALICE).await;
    one_apology(&stage).await;
}

/// Each host is killed in the turn of the same message; the fourth gives it up before it runs.
#[tokio::test]
async fn a_message_that_kills_its_host_is_given_up_after_three() {
    let mut stage = Stage::new(&["support"]);
    stage.add("rogue", &rogue("rogue"), &["records", "log"], "fuel = 1000000000000, cpu_ms = 60000, wall_ms = 60000");
    stage.start().await;
    assert_eq!(stage.say(CAROL, text("rogue loop")).await, 200);
    assert_eq!(stage.say(CAROL, text("hello")).await, 200);
    for claims in 1..=3 {
        until("the turn is under way", async || stage.count("select max(claims) from lane").await == claims).await;
        assert_eq!(stage.count(DEAD).await, 0);
        stage.kill_node(0);
        stage.start().await;
    }
    let heard = stage.heard(CAROL, 0, 2).await;
    assert!(heard[0].body.to_string().contains("Sorry, something went wrong"), "{}", heard[0].body);
    assert!(heard[1].body.to_string().contains("What would you like to do?"), "{}", heard[1].body);
    until("it is settled", async || stage.count("select count(*) from message where state = 'queued'").await == 0)
        .await;
    assert_eq!(stage.count(DEAD).await, 1);
    let error = stage.text("select error from message where state = 'dead'").await.expect("a reason");
    assert!(error.contains("came to no end 3 times"), "{error}");
}

/// Ten thousand lanes of a host that is gone are claimed in seconds, not a handful each half second.
#[tokio::test]
async fn the_lanes_of_a_dead_host_are_claimed_in_seconds() {
    const LANES: i64 = 10_000;
    let mut stage = Stage::new(&["support"]);
    // Everybody is outside, so no agent runs: only claims and settlements are measured.
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]).status.success());
    for (table, columns, values) in [
        (
            "person",
            "person_id, bucket, phone, created_at",
            "printf('01980000-0000-7000-8000-%012d', n), 1, 250788000000 + n, 0",
        ),
        (
            "lane",
            "lane_id, person_id, business, lease_owner, lease_until",
            "n, printf('01980000-0000-7000-8000-%012d', n), '1', 'dead', 1",
        ),
        (
            "message",
            "message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at",
            "n, n, '1', 'w' || n, 'message', 'message', 'queued', '{\"Text\":\"a\"}', 0, 0, 0",
        ),
    ] {
        let numbers =
            format!("with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {LANES})");
        let sql = format!("insert into {table} ({columns}) {numbers} select {values} from numbers");
        Shell::open(&stage.url()).await.run(&sql).await;
    }
    stage.start().await;
    let began = std::time::Instant::now();
    until("all are settled", async || stage.count("select count(*) from message where state = 'held'").await == LANES)
        .await;
    println!("{LANES} lanes took {:.1} s", began.elapsed().as_secs_f64());
}

/// A database that goes away in a turn is waited for: the turn is stored when it is back, and neither runs again nor loses an attempt.
#[tokio::test]
async fn a_turn_waits_for_a_database_that_is_away() {
    let cluster = cluster::Cluster::start(true);
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster.database().await);
    stage.add("rogue", &rogue("rogue"), &["records", "log"], "fuel = 1000000000000, cpu_ms = 3000, wall_ms = 3000");
    let log = stage.log_to_file();
    stage.start().await;
    assert_eq!(stage.say(CAROL, text("rogue loop")).await, 200);
    until("the turn is under way", async || stage.count("select count(*) from lane where claims = 1").await == 1).await;
    cluster.stop();
    until("the turn waits", async || {
        std::fs::read_to_string(&log).expect("a log").matches("a turn waits for the database").count() >= 2
    })
    .await;
    cluster.serve();
    let heard = stage.heard(CAROL, 0, 1).await;
    assert!(heard[0].body.to_string().contains("Sorry, something went wrong"), "{}", heard[0].body);
    assert_eq!(stage.count("select epoch from lane").await, 2, "claimed once and settled once");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 1);
    assert_eq!(stage.count("select attempts from message where state = 'answered'").await, 0);
}
