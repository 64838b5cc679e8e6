//! The legacy service: a webhook of its own in this test, which checks signatures as Meta's other receivers do.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::HeaderMap,
    http::StatusCode,
    http::Uri,
    routing::post,
};
use serde_json::{Value, json};
use switchboard_edge::whatsapp::signature::{self, Secrets};

use switchboard_kit::{
    cluster,
    stage::{SECRET, Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";
const BUSINESS: &str = "100000000000001";

/// What stands for the legacy service.
#[derive(Clone)]
pub(crate) struct Legacy {
    address: String,
    /// Path and body of what it took.
    took: Arc<Mutex<Vec<(String, Value)>>>,
    /// What it answers; 0: it takes the message and never answers.
    answers: Arc<AtomicU16>,
}

impl Legacy {
    pub(crate) async fn start() -> Legacy {
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = port.local_addr().expect("an address").to_string();
        let legacy = Legacy { address, took: Arc::default(), answers: Arc::new(AtomicU16::new(200)) };
        let router = Router::new().fallback(post(take).get(challenge)).with_state(legacy.clone());
        tokio::spawn(async move { axum::serve(port, router).await });
        legacy
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn answer(&self, status: u16) {
        self.answers.store(status, Ordering::Relaxed);
    }

    /// Waits for so many; the ids of the messages and statuses that each body held.
    pub(crate) async fn ids(&self, count: usize) -> Vec<Vec<String>> {
        until(&format!("the legacy service took {count}"), async || {
            self.took.lock().expect("unpoisoned").len() >= count
        })
        .await;
        self.took.lock().expect("unpoisoned").iter().map(|(_, body)| ids(body)).collect()
    }
}

async fn take(State(legacy): State<Legacy>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let claim = signature::from_headers(&headers).expect("it is signed");
    Secrets::new([SECRET]).check(claim, &body).expect("with the app secret");
    let answer = legacy.answers.load(Ordering::Relaxed);
    if answer == 200 || answer == 0 {
        let body = serde_json::from_slice(&body).expect("JSON");
        legacy.took.lock().expect("unpoisoned").push((uri.path().to_owned(), body));
    }
    if answer == 0 {
        // The connection breaks without an answer.
        panic!("as asked");
    }
    StatusCode::from_u16(answer).expect("a status")
}

/// Meta asks whether the address is ours.
async fn challenge(Query(said): Query<HashMap<String, String>>) -> String {
    assert_eq!(said["hub.verify_token"], "verify-me");
    said["hub.challenge"].clone()
}

fn ids(body: &Value) -> Vec<String> {
    let value = &body["entry"][0]["changes"][0]["value"];
    assert_eq!(body["entry"].as_array().map(Vec::len), Some(1));
    let named =
        ["messages", "statuses"].into_iter().flat_map(|name| value[name].as_array().cloned().unwrap_or_default());
    named.map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

pub(crate) fn message(id: &str, from: &str, words: &str) -> Value {
    let now = jiff::Timestamp::now().as_second().to_string();
    json!({"id": id, "from": from, "timestamp": now, "type": "text", "text": {"body": words}})
}

pub(crate) fn body(fields: Value) -> Value {
    let mut value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": BUSINESS, "display_phone_number": "250780000000"}});
    value.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
}

/// Posts a body as Meta does.
pub(crate) async fn post_signed(url: &str, body: &Value, header: Option<&str>) -> u16 {
    let bytes = body.to_string();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request =
        http.post(url).header(signature::HEADER, Secrets::new([SECRET]).sign(bytes.as_bytes())).body(bytes);
    if let Some(header) = header {
        request = request.header(header, "1");
    }
    request.send().await.expect("the host answers").status().as_u16()
}

async fn stage(legacy: &Legacy, percent: &str) -> Stage {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", percent, "--yes"]).status.success());
    stage.start().await;
    stage
}

async fn who_is_outside_goes_to_the_service_before_split_signed_and_in_order(url: Option<&str>) {
    let legacy = Legacy::start().await;
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    if let Some(url) = url {
        stage.set("DATABASE_URL", url);
    }
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]).status.success());
    stage.start().await;
    legacy.answer(500);
    let contacts = json!([{"wa_id": ALICE, "profile": {"name": "Alice"}}, {"wa_id": BOB, "profile": {"name": "Bob"}}]);
    let mixed = body(json!({"contacts": contacts, "messages": [
        message("w1", ALICE, "one"), message("w2", BOB, "two"), message("w3", ALICE, "three")]}));
    assert_eq!(post_signed(&stage.webhook_of(0), &mixed, None).await, 200);
    until("the legacy service refuses", async || {
        stage.count("select count(*) from outbox where attempts > 0").await >= 2
    })
    .await;
    legacy.answer(200);
    // Meta repeats what it thinks was lost.
    assert_eq!(post_signed(&stage.webhook_of(0), &mixed, None).await, 200);

    let took = legacy.ids(3).await;
    assert!(took.iter().all(|ids| ids.len() == 1), "split: {took:?}");
    let order = |id: &str| took.iter().position(|ids| ids[0] == id);
    assert!(order("w1") < order("w3") && order("w2").is_some(), "{took:?}");
    let bodies = legacy.took.lock().expect("unpoisoned").clone();
    for (_, body) in &bodies {
        let value = &body["entry"][0]["changes"][0]["value"];
        assert_eq!(value["contacts"].as_array().map(Vec::len), Some(1));
        assert_eq!(value["contacts"][0]["wa_id"], value["messages"][0]["from"]);
    }
    until("all are sent", async || stage.count("select count(*) from outbox where state <> 'sent'").await == 0).await;
    assert_eq!(legacy.took.lock().expect("unpoisoned").len(), 3, "none twice");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 0);
}

#[tokio::test]
async fn who_is_outside_goes_to_the_service_before() {
    who_is_outside_goes_to_the_service_before_split_signed_and_in_order(None).await;
}

#[tokio::test]
async fn who_is_outside_goes_to_the_service_before_on_postgres() {
    let url = cluster::shared().database().await;
    who_is_outside_goes_to_the_service_before_split_signed_and_in_order(Some(&url)).await;
}

#[tokio::test]
async fn who_moves_in_is_answered_though_the_service_before_is_down_and_nothing_is_lost() {
    let legacy = Legacy::start().await;
    let mut stage = stage(&legacy, "0").await;
    legacy.answer(503);
    let alice = body(json!({"messages": [message("w1", ALICE, "hello")]}));
    post_signed(&stage.webhook_of(0), &alice, None).await;
    until("it waits", async || stage.count("select count(*) from outbox where attempts > 0").await == 1).await;
    assert!(stage.run(&["flags", "list", "allow", "+250 788 000 001", "--as", "ann"]).status.success());
    until("she is in", async || {
        let explained = stage.run(&["flags", "explain", ALICE]);
        String::from_utf8_lossy(&explained.stdout).contains("in: on the list `allow`")
    })
    .await;
    until("an agent answers her", async || {
        stage.say(ALICE, text("menu")).await;
        stage.count("select count(*) from outbox where url is null and state = 'sent'").await > 0
    })
    .await;
    // A restart in the middle keeps what waits.
    stage.terminate();
    stage.start().await;
    legacy.answer(200);
    assert_eq!(legacy.ids(1).await[0], ["w1"]);
    // By now she has sent more than one message; each went one way.
    let forwarded = stage.count("select count(*) from outbox where url is not null").await;
    let answered = stage.count("select count(*) from unified_agent_events").await;
    let messages = stage.count("select count(*) from message").await;
    assert_eq!(forwarded + answered, messages);
}

#[tokio::test]
pub(crate) async fn no_answer_is_an_unknown_outcome_that_is_counted_and_tried_once_more() {
    let legacy = Legacy::start().await;
    let stage = stage(&legacy, "0").await;
    legacy.answer(0);
    post_signed(&stage.webhook_of(0), &body(json!({"messages": [message("w1", ALICE, "hello")]})), None).await;
    legacy.ids(1).await;
    legacy.answer(200);
    assert_eq!(legacy.ids(2).await, [["w1"], ["w1"]]);
    until("it is sent", async || stage.count("select count(*) from outbox where state = 'sent'").await == 1).await;
    assert_eq!(stage.count("select sum(unknowns) from outbox").await, 1);
}

#[tokio::test]
async fn statuses_follow_the_sender_of_their_message() {
    let legacy = Legacy::start().await;
    let stage = stage(&legacy, "100").await;
    stage.say(ALICE, text("hello")).await;
    stage.heard(ALICE, 0, 1).await;
    let status =
        |id: &str, word: &str| json!({"id": id, "status": word, "timestamp": "1764000000", "recipient_id": ALICE});
    let statuses = body(json!({"statuses": [status("theirs", "sent"), status("theirs", "read")]}));
    assert_eq!(post_signed(&stage.webhook_of(0), &statuses, None).await, 200);
    let took = legacy.ids(2).await;
    assert_eq!(took, [["theirs"], ["theirs"]]);
    // Our own, which the emulator sends with our reference, and the person's messages stay here.
    until("our reply was delivered", async || {
        stage.count("select count(*) from outbox where url is null and progress >= 30").await > 0
    })
    .await;
    stage.say(ALICE, text("menu")).await;
    stage.heard(ALICE, 1, 1).await;
    assert_eq!(legacy.took.lock().expect("unpoisoned").len(), 2);
}

#[tokio::test]
async fn a_domain_of_its_own_and_what_follows_it_and_no_loops() {
    let legacy = Legacy::start().await;
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    stage.set("LEGACY_WEBHOOK_URLS", &format!("jobs={}", legacy.url("jobs")));
    assert!(stage.run(&["flags", "set", "unifiedServiceEnabled", "false", "--yes"]).status.success());
    stage.start().await;
    for (n, words) in ["hello", "I am looking for a job", "2"].into_iter().enumerate() {
        post_signed(&stage.webhook_of(0), &body(json!({"messages": [message(&format!("w{n}"), ALICE, words)]})), None)
            .await;
        legacy.ids(n + 1).await;
    }
    let paths: Vec<String> = legacy.took.lock().expect("unpoisoned").iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(paths, ["/all", "/jobs", "/jobs"]);

    let back = body(json!({"messages": [message("w9", ALICE, "again")]}));
    assert_eq!(post_signed(&stage.webhook_of(0), &back, Some("x-switchboard-forwarded")).await, 508);
    let itself =
        stage.command(&["serve"]).env("LEGACY_WEBHOOK_URL", format!("http://{}/webhook", stage.webhook)).output();
    assert!(String::from_utf8_lossy(&itself.expect("it ends").stderr).contains("is this host itself"));
}

#[tokio::test]
async fn what_was_held_goes_on_once_there_is_a_service_before() {
    let legacy = Legacy::start().await;
    let mut stage = Stage::new(&["support"]);
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]).status.success());
    stage.start().await;
    post_signed(&stage.webhook_of(0), &body(json!({"messages": [message("w1", ALICE, "hello")]})), None).await;
    until("it is held", async || stage.count("select count(*) from message where state = 'held'").await == 1).await;
    stage.terminate();
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    stage.start().await;
    assert!(stage.run(&["rollout", "release"]).status.success());
    assert_eq!(legacy.ids(1).await[0], ["w1"]);

    // An address that is gone for good ends as a dead letter, and a command tries again.
    until("it is noted", async || stage.count("select count(*) from outbox where state = 'sent'").await == 1).await;
    stage.sql("update outbox set state = 'dead', error = 'for this test'").await;
    let said = stage.run(&["rollout", "retry"]);
    assert!(String::from_utf8_lossy(&said.stdout).starts_with("1 messages"));
    legacy.ids(2).await;
    until("it is noted", async || stage.count("select count(*) from outbox where state = 'sent'").await == 1).await;
    stage.sql("update outbox set state = 'dead', error = 'HTTP 410'").await;
    let said = stage.run(&["dead", "retry", "forwards", "--yes"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "1 of 1 retried\n");
    legacy.ids(3).await;
}
