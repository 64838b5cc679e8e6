//! The host is killed at seeded points, again and again: every accepted message takes effect exactly once, and in order.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tokio::sync::Mutex;

use crate::stage::{Stage, until};

/// Lives of the host, each ended by a kill.
const LIVES: usize = 50;

const PEOPLE: usize = 8;

/// Messages of each person; more than the lives can take in.
const MESSAGES: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let stage = Arc::new(Mutex::new(Stage::new(&["support"])));
    let accepted = Arc::new(AtomicUsize::new(0));
    stage.lock().await.start().await;
    let mut people = tokio::task::JoinSet::new();
    for person in 0..PEOPLE {
        people.spawn(talk(stage.lock().await.emulator.clone(), person, accepted.clone()));
    }

    // A life ends after a seeded number of accepted messages: in the middle of turns, commits and sends.
    let mut seed = 0x5eed_u64;
    for _ in 0..LIVES {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let goal = accepted.load(Ordering::Relaxed) + 1 + (seed >> 33) as usize % 6;
        until("more is accepted", async || accepted.load(Ordering::Relaxed) >= goal.min(PEOPLE * MESSAGES)).await;
        let mut stage = stage.lock().await;
        stage.kill();
        stage.start().await;
    }
    while people.join_next().await.transpose().expect("nobody gives up").is_some() {}

    let stage = stage.lock().await;
    let total = (PEOPLE * MESSAGES) as i64;
    until("every message is answered", async || {
        stage.count("select count(*) from message where state = 'answered'").await == total
    })
    .await;
    until("every reply is sent or known to be unknown", async || {
        stage.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
    })
    .await;
    assert_eq!(stage.count("select count(*) from message").await, total);
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, total);
    assert_eq!(stage.count("select count(distinct correlation_id) from unified_agent_events").await, total);
    assert_eq!(stage.count("select count(*) from journal").await, total);
    assert_eq!(stage.count("select count(distinct message_id) from outbox").await, total);
    let overtaken = "select count(*) from outbox as a join outbox as b using (lane_id)
        where a.outbox_id < b.outbox_id and a.message_id > b.message_id";
    assert_eq!(stage.count(overtaken).await, 0, "replies follow their messages");
    let unordered = "select count(*) from message as a join message as b using (lane_id)
        where a.message_id < b.message_id and a.wamid > b.wamid";
    assert_eq!(stage.count(unordered).await, 0, "messages follow each other");

    let unknown = stage.count("select count(*) from outbox where unknowns > 0").await;
    let log = stage.log().await;
    let references = log["references"].as_object().expect("the emulator keeps a book");
    let doubled = references.values().filter(|times| times.as_u64() > Some(1)).count() as i64;
    assert!(doubled <= unknown, "{doubled} replies came twice, but only {unknown} were ever unknown");
    let lost = stage.count("select count(*) from outbox where state = 'dead' and unknowns = 0").await;
    assert_eq!(lost, 0, "a reply is given up only after an unknown outcome");
}

/// A person's messages, one after the other; each is delivered again until it is accepted, as Meta does.
async fn talk(emulator: String, person: usize, accepted: Arc<AtomicUsize>) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://{emulator}/emulator/phones/+2507880001{person:02}/messages");
    for number in 0..MESSAGES {
        let message = json!({"text": "is it free?", "id": format!("wamid.{person:02}.{number:04}")});
        while deliver(&http, &url, &message).await != Some(200) {
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
        }
        accepted.fetch_add(1, Ordering::Relaxed);
    }
}

async fn deliver(http: &reqwest::Client, url: &str, message: &serde_json::Value) -> Option<u64> {
    let answer: serde_json::Value = http.post(url).json(message).send().await.ok()?.json().await.ok()?;
    answer["webhook"].as_u64()
}
