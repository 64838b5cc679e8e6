//! The host dies between any two commits, again and again: every accepted message takes effect exactly once, and in order.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::json;

use switchboard_kit::{
    stage::{Stage, until},
    talk::deliver,
};

/// Lives of the host, each ended at a commit, which then does not happen.
const LIVES: u64 = 50;

/// Commits of a life, at the most.
const COMMITS_MAX: u64 = 8;

const PEOPLE: usize = 6;

/// Messages of each person: more than the lives can take in.
const MESSAGES: usize = 120;

/// Messages after which a person takes another phone: WhatsApp lets some forty through at once to one number.
const MESSAGES_OF_PHONE: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn nothing_is_lost_and_nothing_is_done_twice() {
    let mut stage = Stage::new(&["support"]);
    let accepted = Arc::new(AtomicUsize::new(0));
    let mut people = tokio::task::JoinSet::new();
    for person in 0..PEOPLE {
        people.spawn(talk(stage.emulator.clone(), person, accepted.clone()));
    }

    let mut seed = 0x5eed_u64;
    for _ in 0..LIVES {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        stage.live_until_commit(1 + (seed >> 33) % COMMITS_MAX).await;
    }
    let before = accepted.load(Ordering::Relaxed);
    assert!(before < PEOPLE * MESSAGES, "there was something to do until the last crash");
    stage.start().await;
    while people.join_next().await.transpose().expect("nobody gives up").is_some() {}

    let total = (PEOPLE * MESSAGES) as i64;
    until("every message is settled", async || {
        stage.count("select count(*) from message where state = 'queued'").await == 0
    })
    .await;
    // Anyone who was in a turn at four crashes one after another was given up with an apology, and that is an answer.
    let given_up = stage.count("select count(*) from message where error like 'its turn came to no end%'").await;
    println!("{given_up} of {total} messages were given up");
    stage.sql("update message set state = 'answered' where error like 'its turn came to no end%'").await;
    stage.each_answered_once(total).await;
    assert_eq!(stage.count("select count(*) from journal").await, total);
    let words = "select sum(json_array_length(conversation_history)) from unified_sessions";
    let sessions = PEOPLE * MESSAGES / MESSAGES_OF_PHONE;
    assert_eq!(stage.count(words).await, (sessions * 20) as i64, "each session has its last twenty words");
    let overtaken = "select count(*) from outbox as a join outbox as b using (lane_id)
        where a.outbox_id < b.outbox_id and a.message_id > b.message_id";
    assert_eq!(stage.count(overtaken).await, 0, "replies follow their messages");
    let unordered = "select count(*) from message as a join message as b using (lane_id)
        where a.message_id < b.message_id and a.wamid > b.wamid";
    assert_eq!(stage.count(unordered).await, 0, "messages follow each other");

    // What the other side saw: each reply at least once, and twice only where we could not know.
    let log = stage.log().await;
    let references = log["references"].as_object().expect("the emulator keeps a book");
    let row_of = |reference: &str| reference.rsplit('.').next().and_then(|id| id.parse::<i64>().ok());
    let came: HashMap<i64, u64> =
        references.iter().filter_map(|(reference, times)| Some((row_of(reference)?, times.as_u64()?))).collect();
    let sent = stage.ids("select outbox_id from outbox where state = 'sent'").await;
    assert!(sent.iter().all(|id| came.contains_key(id)), "what is marked as sent was sent");
    let unknown = stage.ids("select outbox_id from outbox where unknowns > 0").await;
    for (id, times) in came.iter().filter(|(_, times)| **times > 1) {
        assert!(unknown.contains(id), "{id} came {times} times");
    }
    let dead = stage.ids("select outbox_id from outbox where state in ('dead', 'barred')").await;
    assert_eq!(dead, [] as [i64; 0], "a crash gives no reply up");
    assert!(stage.terminate(), "and the host ends well");
}

/// A person's messages, one after the other; each is delivered again until it is accepted, as Meta does.
async fn talk(emulator: String, person: usize, accepted: Arc<AtomicUsize>) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for number in 0..MESSAGES {
        let phone = format!("+250788000{}", 100 + person + PEOPLE * (number / MESSAGES_OF_PHONE));
        let message = json!({"text": "is it free?", "id": format!("wamid.{person:02}.{number:04}")});
        while deliver(&http, &emulator, &phone, &message).await != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
        }
        accepted.fetch_add(1, Ordering::Relaxed);
    }
}
