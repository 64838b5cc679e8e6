//! Several hosts on one database: no matter who dies, stops or is away for a while, everybody is answered once and in order.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::swap::{another_version, replace};
use switchboard_kit::{
    cluster::{self, Cluster},
    stage::{Stage, until},
    talk::deliver,
};

/// As many as three hosts of the quick profile serve beside other tests on two cores.
const PEOPLE: usize = 500;

/// Messages of each person, ten seconds apart.
const MESSAGES: usize = 6;

const EVERY: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_one_stops_the_database_restarts_and_nobody_notices() {
    let cluster = Cluster::start(false);
    let mut stage = Stage::of_nodes(&["support"], 3);
    stage.set("DATABASE_URL", &cluster.database().await);
    // While the database is away, each delivery that is refused would be a line.
    stage.set("RUST_LOG", "off");
    for node in 0..3 {
        stage.start_node(node).await;
    }
    let begin = Instant::now();
    let mut people = tokio::task::JoinSet::new();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for person in 0..PEOPLE {
        people.spawn(talk(http.clone(), stage.emulator.clone(), person, begin));
    }

    at(begin, 12).await;
    stage.kill_node(0);
    at(begin, 22).await;
    stage.start_node(0).await;
    at(begin, 27).await;
    assert!(stage.terminate_node(1), "a node that is asked to stop ends well");
    at(begin, 40).await;
    cluster.stop();
    let (status, health) = stage.health(2).await;
    assert_eq!((status, &health["status"]), (503, &json!("unhealthy")), "{health}");
    cluster.serve();
    let mut redelivered = 0;
    while let Some(person) = people.join_next().await {
        redelivered += person.expect("nobody gives up");
    }
    let took = begin.elapsed();

    let total = (PEOPLE * MESSAGES) as i64;
    stage.each_answered_once(total).await;
    assert_eq!(stage.count("select count(*) from unified_sessions").await, PEOPLE as i64);
    assert_eq!(stage.count("select count(*) from lane where lease_owner is not null").await, 0);
    let unordered = "select count(*) from message as a join message as b using (lane_id)
        where a.message_id < b.message_id and a.wamid > b.wamid";
    assert_eq!(stage.count(unordered).await, 0, "messages follow each other");

    // What the phones saw.
    let log = stage.log().await;
    let references = log["references"].as_object().expect("the emulator keeps a book");
    let row_of = |reference: &str| reference.rsplit('.').next().and_then(|id| id.parse::<i64>().ok());
    let references: BTreeMap<i64, u64> =
        references.iter().filter_map(|(reference, times)| Some((row_of(reference)?, times.as_u64()?))).collect();
    let unknown = stage.ids("select outbox_id from outbox where unknowns > 0").await;
    let dead = stage.count("select count(*) from outbox where state = 'dead'").await;
    for id in stage.ids("select outbox_id from outbox where state = 'sent'").await {
        assert!(references.contains_key(&id), "{id} is marked as sent and was not");
    }
    let mut doubled = 0;
    for (id, times) in references.iter().filter(|(_, times)| **times > 1) {
        assert!(unknown.contains(id), "{id} came {times} times");
        doubled += 1;
    }
    let mut overtaken = 0;
    for person in 0..PEOPLE {
        let heard = stage.heard(&phone(person), 0, 0).await;
        let reference =
            |body: &Value| body["body"]["biz_opaque_callback_data"].as_str().and_then(row_of).unwrap_or_default();
        let replies: Vec<i64> = heard.iter().map(|heard| reference(&heard.body)).collect();
        overtaken += replies.windows(2).filter(|pair| pair[0] > pair[1]).count();
    }
    println!(
        "three nodes, {PEOPLE} people, {total} messages in {:.0} s: all answered once and in order; {redelivered} deliveries repeated by \
         Meta's rules, {} sends of unknown outcome, {doubled} doubled, {dead} given up, {overtaken} replies overtaken",
        took.as_secs_f64(),
        unknown.len(),
    );
    assert_eq!(overtaken, 0, "replies come in order");
    assert_eq!(dead, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_at_one_host_serves_at_all() {
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    let first = stage.plugins().join("support.wasm");
    let second = stage.part_node(1).join("support.wasm");
    stage.start_node(0).await;
    stage.start_node(1).await;
    let shared = async |file: &std::path::Path| {
        let sha256 = hex::encode(Sha256::digest(std::fs::read(file).expect("a file")));
        until("it is published", async || {
            stage.text("select max(sha256) from component where file = 'support.wasm'").await.as_ref() == Some(&sha256)
        })
        .await;
        sha256
    };
    shared(&first).await;
    let another = another_version(&std::fs::read(&first).expect("a file"), 1);
    replace(&first, &another);
    let dropped = Instant::now();
    let sha256 = shared(&first).await;
    until("the other host has it", async || std::fs::read(&second).is_ok_and(|bytes| bytes == another)).await;
    println!("a component dropped at one host is in the other's folder after {} ms", dropped.elapsed().as_millis());
    // Whichever of them answers, it is the new one that does.
    for n in 0..4 {
        let mut person = stage.talk(["+250788000021", "+250788000022", "+250788000023", "+250788000024"][n]);
        person.say("hello").await;
    }
    until("all answered", async || stage.count("select count(*) from unified_agent_events").await == 4).await;
    let versions = stage.text("select string_agg(distinct payload ->> 'sha256', ' ') from unified_agent_events").await;
    assert_eq!(versions, Some(sha256.clone()));

    // What a host refuses goes nowhere.
    replace(&second, b"rubbish");
    until("it is refused", async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (_, health) = stage.health(1).await;
        let is_told = health["problems"].to_string().contains("support.wasm is refused");
        is_told && stage.count("select count(*) from component where length(body) = 7").await == 0
    })
    .await;
    assert_eq!(stage.text("select sha256 from component").await, Some(sha256));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_reach_every_host() {
    let mut stage = Stage::of_nodes(&["support"], 3);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    for node in 0..3 {
        stage.start_node(node).await;
    }
    edits_reach_three_hosts(&stage, "by polling").await;
}

/// A pooler that hands out the server's sessions for a transaction each: nothing that a session knows is there the next time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hosts_behind_a_pooler_by_transaction() {
    const PEOPLE: usize = 40;
    const EACH: usize = 10;
    let mut stage = Stage::of_nodes(&["support"], 3);
    let url = cluster::shared().database().await;
    stage.set("DATABASE_URL", &url);
    let pooler = cluster::Pooler::by_transaction(&url);
    let refused =
        stage.command(&["db", "status"]).env("DATABASE_URL", &pooler.url).env("DATABASE_POOLER", "some").output();
    assert!(String::from_utf8_lossy(&refused.expect("it ends").stderr).contains("DATABASE_POOLER is `some`"));
    let refused = stage
        .command(&["flags", "show"])
        .env("DATABASE_URL", &pooler.url)
        .env("DATABASE_POOLER", "transaction")
        .output();
    assert!(String::from_utf8_lossy(&refused.expect("it ends").stderr).contains("run `switchboard db migrate`"));
    assert!(stage.run(&["db", "migrate"]).status.success());
    for node in 0..3 {
        stage.set_of(node, "DATABASE_URL", &pooler.url);
        stage.set_of(node, "DATABASE_POOLER", "transaction");
        stage.start_node(node).await;
    }
    edits_reach_three_hosts(&stage, "through PgBouncer by transaction").await;

    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]).status.success());
    for node in 0..3 {
        until("everybody is in", async || stage.health(node).await.1["rollout"]["percent"] == 100.0).await;
    }
    let mut people = tokio::task::JoinSet::new();
    for person in 0..PEOPLE {
        let (emulator, phone) = (stage.emulator.clone(), phone(person));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        people.spawn(async move {
            for number in 0..EACH {
                let message = json!({"text": format!("is it free? {number}")});
                assert_eq!(deliver(&http, &emulator, &phone, &message).await, 200);
            }
        });
    }
    while let Some(person) = people.join_next().await {
        person.expect("nobody gives up");
    }
    stage.each_answered_once((PEOPLE * EACH) as i64).await;
}

/// Edits the flags again and again, and prints how long each took to every host.
async fn edits_reach_three_hosts(stage: &Stage, how: &str) {
    const EDITS: usize = 30;
    let row = stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "99", "--yes"]);
    assert!(row.status.success(), "{}", String::from_utf8_lossy(&row.stderr));
    let mut took = Vec::new();
    for edit in 0..EDITS {
        stage
            .sql(
                "update app_config set value = jsonb_set(value, '{unifiedServiceRolloutPercent}',
            to_jsonb(((value->>'unifiedServiceRolloutPercent')::numeric::int + 1) % 100))",
            )
            .await;
        let edited = Instant::now();
        for node in 0..3 {
            until("the edit is in force", async || stage.health(node).await.1["rollout"]["percent"] == edit as f64)
                .await;
            took.push(edited.elapsed().as_millis());
        }
    }
    let within = |from: u128, to: u128| took.iter().filter(|ms| (from..to).contains(*ms)).count();
    println!(
        "{EDITS} edits of the flags, in force at three hosts {how}: {} within 50 ms, {} to 100, {} to 150, {} to 200, {} to 250, {} to 500, {} later",
        within(0, 50),
        within(50, 100),
        within(100, 150),
        within(150, 200),
        within(200, 250),
        within(250, 500),
        within(500, u128::MAX),
    );
}

fn phone(person: usize) -> String {
    format!("+2507880{person:05}")
}

async fn at(begin: Instant, second: u64) {
    tokio::time::sleep_until(begin + Duration::from_secs(second)).await;
}

/// A person's messages, each delivered until it is accepted; gives how many deliveries were repeated.
async fn talk(http: reqwest::Client, emulator: String, person: usize, begin: Instant) -> usize {
    let phone = phone(person);
    let mut repeated = 0;
    for number in 0..MESSAGES {
        let slot = EVERY.mul_f64(person as f64 / PEOPLE as f64);
        tokio::time::sleep_until(begin + EVERY * number as u32 + slot).await;
        let message = json!({"text": "is it free?", "id": format!("wamid.{person:05}.{number:02}")});
        while deliver(&http, &emulator, &phone, &message).await != 200 {
            repeated += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    repeated
}
