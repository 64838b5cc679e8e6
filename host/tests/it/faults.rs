//! The emulator fails on command, over real HTTP: each fault, what the client makes of it, and what the webhook gets.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_core::{
    clock::Clock,
    failure::Failure,
    file::{FileQuotas, id_of},
    inbox::{Item, StatusUpdate},
};
use switchboard_edge::{
    emulator::{Emulator, Settings},
    outbox::{Carrier, Courier},
    webhook::router,
    whatsapp::client::{GraphClient, SendOutcome},
};
use switchboard_kit::stage::until;
use switchboard_store::Outgoing;

use crate::{
    files::{self, JPEG},
    outbox::row,
    store::{Database, NOW},
    webhook::{Stored, edge, http, serve},
};

const NUMBER: &str = "100000000000001";
const OTHER: &str = "100000000000002";
const ALICE: &str = "250788000001";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An emulator that posts to a webhook, with a client that sends to it.
struct Meta {
    url: String,
    client: GraphClient,
    stored: Stored,
}

impl Meta {
    async fn start() -> Meta {
        let (edge, stored) = edge(true);
        let webhook = serve(router(edge)).await;
        let emulator = Emulator::new(Settings {
            webhooks: vec![format!("{webhook}/webhook")],
            app_secret: "s3cret".to_owned(),
            phone_number_id: NUMBER.to_owned(),
        });
        let url = serve(emulator.expect("an emulator").router()).await;
        let client = GraphClient::new(&url, "v26.0", "token").expect("a client");
        Meta { url, client, stored }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = http().get(format!("{}/emulator/{path}", self.url)).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn fails(&self, faults: Value) {
        let answer = http().post(format!("{}/emulator/faults", self.url)).json(&faults).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{faults}");
    }

    async fn send(&self, id: i64) -> SendOutcome {
        self.client.send(&row(id, 1)).await
    }

    async fn sent(&self, id: i64) -> String {
        match self.send(id).await {
            SendOutcome::Sent { wamid } => wamid,
            other => panic!("row {id}: {other:?}"),
        }
    }

    /// Says something on Alice's phone to a number at a time.
    async fn says(&self, business: &str, at_ms: i64) {
        let message = json!({ "type": "text", "timestamp": (at_ms / 1000).to_string(), "text": { "body": "hello" } });
        let said = json!({ "business": business, "message": message });
        let phone = format!("{}/emulator/phones/{ALICE}/messages", self.url);
        let answer = http().post(phone).json(&said).send().await.expect("an answer");
        assert_eq!(answer.json::<Value>().await.expect("JSON")["webhook"], 200);
    }

    /// The statuses that the webhook got, in order.
    fn statuses(&self) -> Vec<StatusUpdate> {
        let stored = self.stored.lock().expect("a lock");
        let statuses = stored.iter().flat_map(|delivery| &delivery.items).filter_map(|item| match item {
            Item::Status(status) => Some(status.clone()),
            _ => None,
        });
        statuses.collect()
    }

    /// The statuses of a message, once there are so many.
    async fn statuses_of(&self, wamid: &str, n: usize) -> Vec<StatusUpdate> {
        let of = || self.statuses().into_iter().filter(|status| status.wamid == wamid).collect::<Vec<_>>();
        until("the statuses", async || of().len() >= n).await;
        of()
    }
}

fn words(statuses: &[StatusUpdate]) -> Vec<&str> {
    statuses.iter().map(|status| status.status.as_str()).collect()
}

#[tokio::test]
async fn errors_are_for_one_number_or_all_and_for_so_many_sends() {
    let meta = Meta::start().await;
    let gone = "this object cannot be loaded for 250788000001";
    meta.fails(json!({ "fail": [
        { "business": OTHER, "count": null, "status": 429, "code": 80007, "retry_after": "20" },
        { "count": 2, "status": 400, "code": 100, "subcode": 33, "details": gone },
        { "status": 503 },
    ] }))
    .await;
    for _ in 0..2 {
        let SendOutcome::Refused { why, retry_after, error } = meta.send(1).await else { panic!("a refusal") };
        assert_eq!((why, retry_after), (Failure::Number, None));
        assert_eq!(error, "100/33: (#100) Fault on demand: this object cannot be loaded for [number]");
    }
    assert_eq!(meta.send(1).await, SendOutcome::Unknown { error: "HTTP 503".into(), outage: true });
    meta.sent(1).await;
    let other = Outgoing { business: OTHER.into(), ..row(2, 2) };
    for _ in 0..3 {
        let SendOutcome::Refused { why, retry_after, .. } = meta.client.send(&other).await else { panic!("a refusal") };
        assert_eq!((why, retry_after), (Failure::Rate, Some(Duration::from_secs(20))));
    }
    let left = meta.get("faults").await["fail"].clone();
    assert_eq!((left.as_array().map(Vec::len), &left[0]["business"]), (Some(1), &json!(OTHER)));
    meta.fails(json!({})).await;
    assert!(matches!(meta.client.send(&other).await, SendOutcome::Sent { .. }));
    let log = meta.get("log").await;
    assert_eq!(log["failed"], json!({ "400": 2, "429": 3, "503": 1 }));
    assert_eq!(log["refused"], json!({ "100": 2, "80007": 3 }));
    // A misspelt fault is refused, rather than not injected.
    let wrong = http().post(format!("{}/emulator/faults", meta.url)).json(&json!({ "fial": [] })).send().await;
    assert!(wrong.expect("an answer").status().is_client_error());
}

#[tokio::test]
async fn a_closed_connection_leaves_the_message_taken_or_not() {
    let meta = Meta::start().await;
    let reset = |taken: Value| json!({ "fail": [{ "how": "reset", "taken": taken }] });
    let broken = SendOutcome::Unknown { error: "the connection broke before an answer".into(), outage: true };
    meta.fails(reset(Value::Null)).await;
    assert_eq!(meta.send(1).await, broken);
    assert_eq!(meta.get("sends").await, json!({ "last": 0, "sends": [] }));
    // Taken, and a status comes.
    meta.fails(reset(json!({ "delay_ms": 1 }))).await;
    assert_eq!(meta.send(2).await, broken);
    let sent = meta.get("sends").await["sends"][0].clone();
    assert_eq!((&sent["is_answered"], &sent["recipient"]), (&json!(false), &json!(ALICE)));
    let statuses = meta.statuses_of(sent["wamid"].as_str().expect("a wamid"), 2).await;
    assert_eq!(words(&statuses), ["sent", "delivered"]);
    assert_eq!(statuses[0].reference.as_deref(), sent["reference"].as_str());
    // Taken, and none comes: neither before nor after those of the next message.
    meta.fails(reset(json!({ "withheld": true }))).await;
    assert_eq!(meta.send(3).await, broken);
    meta.statuses_of(&meta.sent(4).await, 2).await;
    assert_eq!(meta.statuses().len(), 4);
    assert_eq!(meta.get("sends?after=1").await["last"], 3);
    assert_eq!(meta.get("log").await["failed"], json!({ "0": 3 }));
}

#[tokio::test]
async fn a_hang_never_answers() {
    let meta = Meta::start().await;
    meta.fails(json!({ "fail": [{ "how": "hang" }, { "how": "hang", "taken": { "withheld": true } }] })).await;
    let body = json!({ "messaging_product": "whatsapp", "to": ALICE, "type": "text", "text": { "body": "hi" } });
    for taken in [0, 1] {
        let send = http().post(format!("{}/v26.0/{NUMBER}/messages", meta.url)).bearer_auth("token").json(&body);
        let error = send.timeout(Duration::from_millis(300)).send().await.expect_err("no answer");
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(meta.get("sends").await["last"], taken);
    }
    meta.sent(1).await;
}

#[tokio::test]
async fn an_error_may_hide_that_the_message_was_taken() {
    let meta = Meta::start().await;
    meta.fails(json!({ "fail": [{ "status": 500, "code": 131_000, "taken": {} }] })).await;
    assert!(matches!(meta.send(1).await, SendOutcome::Unknown { outage: true, .. }));
    let sent = meta.get("sends").await["sends"][0].clone();
    meta.statuses_of(sent["wamid"].as_str().expect("a wamid"), 2).await;
    let heard = meta.get(&format!("phones/{ALICE}/messages")).await;
    assert_eq!(heard["last"], 1);
}

#[tokio::test]
async fn a_message_fails_by_its_status_after_it_was_taken() {
    let meta = Meta::start().await;
    meta.fails(
        json!({ "statuses": [{ "business": OTHER, "how": { "withheld": true } }, { "how": { "failed": 130_429 } }] }),
    )
    .await;
    let failed = meta.statuses_of(&meta.sent(1).await, 1).await;
    assert_eq!((words(&failed), failed[0].failure), (vec!["failed"], Some(Failure::Rate)));
    assert_eq!(failed[0].error.as_ref().map(|error| error.0), Some(130_429));
    // It is taken, but did not reach its phone, and is no duplicate when it is sent again.
    assert_eq!(meta.get(&format!("phones/{ALICE}/messages")).await["last"], 0);
    meta.statuses_of(&meta.sent(1).await, 2).await;
    let sends = meta.get("sends").await["sends"].clone();
    assert_eq!((&sends[0]["failed"], &sends[1]["failed"]), (&json!(130_429), &Value::Null));
    let log = meta.get("log").await;
    assert_eq!(
        (&log["accepted"], log["references"].as_object().map(|all| all.values().collect::<Vec<_>>())),
        (&json!(2), Some(vec![&json!(1)]))
    );
}

#[tokio::test]
async fn statuses_are_withheld_doubled_and_forged() {
    let meta = Meta::start().await;
    meta.fails(json!({ "statuses": [
        { "how": { "withheld": true } },
        { "how": { "doubled": true } },
        { "how": { "forged": [
            { "reference": "sb1.elsewhere.{id}", "wamid": "wamid.FOREIGN", "recipient": "250788000009" },
            { "status": "delivered", "recipient": "250788000008" },
            { "business": OTHER, "code": 131_049 },
        ] } },
    ] }))
    .await;
    let silent = meta.sent(1).await;
    let doubled = meta.statuses_of(&meta.sent(2).await, 4).await;
    assert_eq!(words(&doubled), ["sent", "sent", "delivered", "delivered"]);
    let wamid = meta.sent(37).await;
    let own = meta.statuses_of(&wamid, 4).await;
    let sends = meta.get("sends").await["sends"].clone();
    let reference = sends[2]["reference"].as_str();
    assert_eq!(words(&own), ["delivered", "failed", "sent", "delivered"]);
    assert!(own.iter().all(|status| status.reference.as_deref() == reference));
    let whom: Vec<_> = own.iter().filter_map(|status| status.recipient.as_deref()).collect();
    assert_eq!(whom, ["250788000008", ALICE, ALICE, ALICE]);
    assert_eq!((own[1].business.as_str(), own[1].failure), (OTHER, Some(Failure::Final)));
    assert_eq!((own[0].business.as_str(), own[2].business.as_str()), (NUMBER, NUMBER));
    let foreign = meta.statuses_of("wamid.FOREIGN", 1).await;
    assert_eq!(foreign[0].reference.as_deref(), Some("sb1.elsewhere.37"));
    assert_eq!((foreign[0].recipient.as_deref(), foreign[0].failure), (Some("250788000009"), Some(Failure::Final)));
    assert!(meta.statuses().iter().all(|status| status.wamid != silent));
    // The next message has statuses of the usual kind.
    assert_eq!(words(&meta.statuses_of(&meta.sent(4).await, 2).await), ["sent", "delivered"]);
}

#[tokio::test]
async fn the_window_is_counted_from_the_messages_of_the_number() {
    let meta = Meta::start().await;
    let now = Clock::system().now();
    let is_open = async |id: i64| {
        meta.sent(id).await;
        let sends = meta.get("sends").await["sends"].clone();
        let last = sends.as_array().and_then(|sends| sends.last()).cloned().unwrap_or_default();
        last["is_window_open"].as_bool().expect("a bool")
    };
    assert!(!is_open(1).await, "they never wrote");
    meta.says(NUMBER, now - DAY_MS - 60_000).await;
    assert!(!is_open(2).await, "their message came late");
    meta.says(OTHER, now).await;
    assert!(!is_open(3).await, "they wrote to another number");
    meta.says(NUMBER, now).await;
    meta.says(NUMBER, now - DAY_MS).await;
    assert!(is_open(4).await, "an older message that comes later closes nothing");
    assert_eq!(meta.get("log").await["outside_window"], 3);
    meta.fails(json!({ "ahead_ms": DAY_MS, "window": true })).await;
    let refused = meta.send(5).await;
    assert!(matches!(refused, SendOutcome::Refused { why: Failure::Window, .. }), "{refused:?}");
    assert_eq!(meta.get("log").await["outside_window"], 4, "a refused one counts too");
    let template = json!({ "type": "template", "template": { "name": "hello", "language": { "code": "en" } } });
    let sent = meta.client.send(&Outgoing { body: template.to_string(), ..row(6, 1) }).await;
    assert!(matches!(sent, SendOutcome::Sent { .. }), "{sent:?}");
    assert_eq!(meta.get("log").await["outside_window"], 4);
}

/// Uploads of files are classified as sends are, and nothing is sent after a failed one.
#[tokio::test]
async fn uploads_fail_as_sends_do() {
    let meta = Meta::start().await;
    let photo = format!("{}/emulator/media/photo-1", meta.url);
    let put = http().put(photo).header("content-type", "image/jpeg").body(JPEG).send().await;
    assert!(put.expect("an answer").status().is_success());
    let db = Database::sqlite().await;
    let sent = files::of(&db.claim(files::sends(ALICE, "w1", "photo-1"), NOW).await);
    let media = files::media(&db, meta.client.clone(), FileQuotas::default());
    let courier = Courier::new(meta.client.clone(), media);
    let body = json!({ "type": "image", "image": { "id": id_of(&sent.handle) } });
    let row = Outgoing { body: body.to_string(), ..row(1, 1) };
    for (fault, expected, wait) in [
        (json!({ "status": 400, "code": 131_053 }), Failure::Final, None),
        (json!({ "status": 400, "code": 100 }), Failure::Final, None),
        (json!({ "status": 400, "code": 100, "subcode": 33 }), Failure::Number, None),
        (json!({ "status": 401, "code": 190 }), Failure::Number, None),
        (json!({ "status": 404 }), Failure::Number, None),
        (json!({ "status": 429, "retry_after": "7" }), Failure::Rate, Some(7)),
        (json!({ "status": 503, "code": 2 }), Failure::Meta, None),
        (json!({ "status": 500 }), Failure::Row, None),
        (json!({ "status": 500, "code": 131_000 }), Failure::Row, None),
        (json!({ "how": "reset" }), Failure::Row, None),
        (json!({ "status": 400, "code": 987_654 }), Failure::Unlisted, None),
    ] {
        let mut fail = fault.clone();
        fail["uploads"] = json!(true);
        meta.fails(json!({ "fail": [fail] })).await;
        let SendOutcome::Refused { why, retry_after, error } = courier.send(&row).await else { panic!("{fault}") };
        assert_eq!((why, retry_after.map(|wait| wait.as_secs())), (expected, wait), "{fault}: {error}");
        assert!(error.starts_with("its file could not be uploaded: "), "{error}");
    }
    assert_eq!(meta.get("sends").await["last"], 0);
    // A failure of messages is not one of uploads.
    meta.fails(json!({ "fail": [{ "business": OTHER }] })).await;
    assert!(matches!(courier.send(&row).await, SendOutcome::Sent { .. }));
}
