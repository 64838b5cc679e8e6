//! The database is away, refuses or is full; hosts die; rows cannot be read.

use std::time::Duration;

use serde_json::json;
use switchboard_kit::{
    cluster::{self, Cluster},
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

use super::{
    account::Account,
    trial::{Trial, phone},
};

/// Sends that Meta takes and does not answer, begun before something breaks: a status comes later. And some that it does not take.
fn under_way() -> serde_json::Value {
    json!({ "fail": [{ "how": "hang", "count": 3, "taken": {} }, { "how": "hang", "count": 3 }] })
}

/// The database is away for so long, with sends under way.
pub(super) async fn away(name: &'static str, how_long: Duration) -> Account {
    let cluster = Cluster::start(false);
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &cluster.database().await);
    let mut trial = Trial::new(name, stage, 10);
    trial.stage.start_node(0).await;
    trial.stage.start_node(1).await;
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(Duration::from_secs(3), 1).await;
    trial.fails(under_way()).await;
    until("sends are under way", async || trial.stage.log().await["failed"]["0"].as_u64() >= Some(6)).await;
    cluster.stop();
    trial.pass(how_long, 1).await;
    cluster.serve();
    trial.allow_unknown();
    trial.mend().await;
    trial.pass(Duration::from_secs(2), 1).await;
    trial.account().await
}

/// The database can only be read from for a while.
pub(super) async fn read_only(name: &'static str, how_long: Duration) -> Account {
    let url = cluster::shared().database().await;
    let database = url.rsplit('/').next().expect("a name").to_owned();
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &url);
    let mut trial = Trial::new(name, stage, 10);
    trial.stage.start_node(0).await;
    trial.stage.start_node(1).await;
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(Duration::from_secs(3), 1).await;
    trial.fails(under_way()).await;
    until("sends are under way", async || trial.stage.log().await["failed"]["0"].as_u64() >= Some(6)).await;
    let mut shell = Shell::open(&url).await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    shell.run(&format!("alter database {database} set default_transaction_read_only = on")).await;
    shell.run(cut).await;
    trial.pass(how_long / 2, 1).await;
    let (status, _) = trial.stage.health(0).await;
    trial.expect(status == 503, || format!("/health says {status} while nothing can be stored"));
    trial.pass(how_long / 2, 1).await;
    shell.run("set default_transaction_read_only = off").await;
    shell.run(&format!("alter database {database} reset all")).await;
    trial.allow_unknown();
    trial.mend().await;
    trial.account().await
}

/// No file of the database can grow for a while.
pub(super) async fn full(name: &'static str, how_long: Duration) -> Account {
    let mut trial = Trial::new(name, Stage::new(&["support"]), 10);
    trial.stage.outlive_limits();
    trial.stage.start().await;
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(Duration::from_secs(3), 1).await;
    trial.fails(under_way()).await;
    until("sends are under way", async || trial.stage.log().await["failed"]["0"].as_u64() >= Some(6)).await;
    trial.stage.limit_files(0, Some(1));
    trial.pass(how_long / 2, 1).await;
    let (status, _) = trial.stage.health(0).await;
    trial.expect(status == 503, || format!("/health says {status} while nothing can be stored"));
    trial.pass(how_long / 2, 1).await;
    trial.stage.limit_files(0, None);
    trial.allow_unknown();
    trial.mend().await;
    trial.account().await
}

/// Each of three hosts is killed with sends under way, and starts again after a while.
pub(super) async fn killed(name: &'static str) -> Account {
    /// The life of a lease of the host that died.
    const LEASE: Duration = Duration::from_secs(30);
    let mut stage = Stage::of_nodes(&["support"], 3);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    let mut trial = Trial::new(name, stage, 10);
    for node in 0..3 {
        trial.stage.start_node(node).await;
    }
    trial.people(0..30, Duration::from_secs(1));
    trial.pass(Duration::from_secs(3), 1).await;
    for node in 0..3 {
        let before = trial.stage.log().await["failed"]["0"].as_u64().unwrap_or(0);
        trial.fails(under_way()).await;
        until("sends are under way", async || trial.stage.log().await["failed"]["0"].as_u64() >= Some(before + 6))
            .await;
        trial.stage.kill_node(node);
        trial.pass(Duration::from_secs(3), 1).await;
        trial.stage.start_node(node).await;
        trial.pass(Duration::from_secs(3), 1).await;
    }
    trial.allow(LEASE);
    trial.few_wait = true;
    trial.allow_unknown();
    trial.mend().await;
    trial.account().await
}

/// Rows that cannot be read, sent or answered, beside healthy people.
pub(super) async fn poison(name: &'static str, how_long: Duration) -> Account {
    let url = cluster::shared().database().await;
    let mut stage = Stage::of_nodes(&["support", "jobs"], 1);
    stage.set("DATABASE_URL", &url);
    let mut trial = Trial::new(name, stage, 5);
    trial.stage.start().await;
    assert!(trial.stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]).status.success());
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(Duration::from_secs(2), 1).await;
    // An agent that is off answers nobody, and its person is answered all the same.
    let worker = phone(90);
    trial.stage.talk(&worker).say("I am looking for a job").await;
    assert!(trial.stage.run(&["flags", "set", "agentFlags.jobs", "false", "--yes"]).status.success());
    let off = "switchboard_agent_in_service{agent=\"jobs\"} 0";
    until("it is off", async || trial.stage.metrics(0).await.iter().any(|line| line == off)).await;
    let mut shell = Shell::open(&url).await;
    for sql in [
        // A reply that is no JSON, at the head of a healthy person's lane.
        "insert into outbox (outbox_id, lane_id, message_id, agent, body, state, run_at, created_at)
            select -1, lane_id, message_id, 'support', 'this is no JSON', 'queued', 0, 0 from message order by message_id limit 1",
        // Messages whose kind or content cannot be read.
        "insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
            select -1, lane_id, business, 'poison-1', 'other', 'nonsense', 'queued', content, sent_at, received_at, 0
            from message where lane_id = (select lane_id from lane where person_id <> {worker} order by lane_id limit 1 offset 1) limit 1",
        "insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
            select -2, lane_id, business, 'poison-2', 'other', kind, 'queued', '{\"Text\":', sent_at, received_at, 0
            from message where lane_id = (select lane_id from lane where person_id <> {worker} order by lane_id limit 1 offset 2) limit 1",
        // A person without a bucket, who waits for an answer.
        "insert into person (person_id, bucket, phone, created_at) values ('01980000-0000-7000-8000-000000000001', null, '250788099999', 0)",
        "insert into identity (kind, value, person_id, since) values ('phone', '250788099999', '01980000-0000-7000-8000-000000000001', 0)",
        "insert into lane (lane_id, person_id, business, wrote_at)
            select -1, '01980000-0000-7000-8000-000000000001', business, wrote_at from lane order by lane_id limit 1",
        "insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
            select -3, -1, business, 'poison-3', 'message', kind, 'queued', content, sent_at, received_at, 0
            from message where state = 'answered' order by message_id limit 1",
    ] {
        // Not of the worker, who is to hear one answer.
        shell.run(&sql.replace("{worker}", &format!("(select person_id from person where '+' || phone = '{worker}')"))).await;
    }
    trial.mend().await;
    let again = trial.stage.say(&worker, text("I am looking for a job")).await;
    trial.expect(again == 200, || format!("the webhook says {again}"));
    trial.pass(how_long, 1).await;
    trial.hush().await;
    trial.settled().await;
    for (what, sql) in [
        ("a reply that is no JSON is dead", "select count(*) from outbox where outbox_id = -1 and state = 'dead'"),
        ("a message of no kind is dead", "select count(*) from message where message_id = -1 and state = 'dead'"),
        (
            "a message without content is answered",
            "select count(*) from outbox where message_id = -2 and state = 'sent'",
        ),
        (
            "a person without a bucket is answered",
            "select count(*) from outbox where message_id = -3 and state = 'sent'",
        ),
    ] {
        let is_so: i64 = shell.value(sql).await;
        trial.expect(is_so == 1, || format!("not so: {what}"));
    }
    // One answer: a sentence, and the menu.
    let heard = trial.stage.heard(&worker, 1, 2).await;
    let is_told = format!("{heard:?}").contains("This service is not available right now");
    trial.expect(heard.len() == 2 && is_told, || format!("whose agent is off heard {heard:?}"));
    trial.account().await
}
