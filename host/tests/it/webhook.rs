//! Every answer of the webhook, over real HTTP.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes};
use futures_util::future::BoxFuture;
use serde_json::Value;
use switchboard_core::{
    inbox::{Delivery, Item},
    secret::Secret,
};
use switchboard_edge::{
    webhook::{BODY_BYTES_MAX, Edge, router},
    whatsapp::signature::{HEADER, Secrets},
};

pub(crate) type Stored = Arc<Mutex<Vec<Delivery>>>;

/// A webhook with the secret `s3cret`, and what it stored.
pub(crate) fn edge(works: bool) -> (Edge<anyhow::Error>, Stored) {
    let stored = Stored::default();
    let kept = stored.clone();
    let ingest = move |delivery| -> BoxFuture<'static, anyhow::Result<()>> {
        let kept = kept.clone();
        Box::pin(async move {
            anyhow::ensure!(works, "the disk is full");
            kept.lock().expect("no test panics while it stores").push(delivery);
            Ok(())
        })
    };
    let secrets = ["s3cret", "next"].map(|secret| Secret::from(secret.to_owned())).to_vec();
    let clock = switchboard_core::clock::Clock::system();
    (Edge::new(secrets, "t0ken".to_owned().into(), clock, Arc::new(ingest)), stored)
}

pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

pub(crate) fn http() -> reqwest::Client {
    switchboard_edge::http::install_tls();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn post(url: &str, body: impl Into<Bytes>, signature: Option<&str>) -> (u16, Value) {
    let mut request = http().post(url).body(body.into());
    if let Some(signature) = signature {
        request = request.header(HEADER, signature);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["x-service"], "switchboard");
    assert!(response.headers().contains_key("x-request-id"));
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

fn signed(secret: &str, body: &[u8]) -> String {
    Secrets::new([secret]).sign(body)
}

const TEXT: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
  "metadata":{"phone_number_id":"1001"},"messages":[{"from":"250788000001","id":"wamid.A","timestamp":"1785369600",
  "type":"text","text":{"body":"caf\u00e9 \/ \ud83d\ude00"}}]}}]}]}"#;

#[tokio::test]
async fn a_signed_delivery_is_stored_before_the_answer() {
    let (edge, stored) = edge(true);
    let url = serve(router(edge)).await;
    for (path, secret) in [("/webhook", "s3cret"), ("/", "next"), ("/any/where?x=1", "s3cret")] {
        let (status, answer) = post(&format!("{url}{path}"), TEXT, Some(&signed(secret, TEXT.as_bytes()))).await;
        assert_eq!((status, &answer["success"], &answer["service"]), (200, &true.into(), &"switchboard".into()));
        assert_eq!(answer["messageProcessed"], true);
    }
    let stored = stored.lock().expect("a lock");
    assert_eq!(stored.len(), 3);
    assert_eq!(stored[0].body, TEXT.as_bytes());
    assert!(stored[0].unreadable.is_none());
}

#[tokio::test]
async fn what_is_signed_but_unreadable_is_kept() {
    let (edge, stored) = edge(true);
    let url = serve(router(edge)).await;
    for body in ["", "not json", "[]", "{\"entry\": 5", "null", "\u{feff}{}"] {
        let (status, answer) = post(&url, body, Some(&signed("s3cret", body.as_bytes()))).await;
        assert_eq!((status, &answer["message"]), (200, &"no_message".into()), "{body}");
    }
    let stored = stored.lock().expect("a lock");
    assert!(stored.iter().all(|delivery| delivery.unreadable.is_some() && delivery.items.is_empty()));
    assert_eq!(stored.len(), 6);
}

#[tokio::test]
async fn a_wrong_signature_stores_nothing() {
    let (edge, stored) = edge(true);
    let url = serve(router(edge)).await;
    let wrong = signed("guess", TEXT.as_bytes());
    let other = signed("s3cret", b"another body");
    for signature in [&wrong, &other, "", "sha256=", "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709", &wrong[..70]] {
        let (status, answer) = post(&url, TEXT, Some(signature)).await;
        assert_eq!((status, &answer["error"]), (401, &"invalid_signature".into()), "{signature}");
    }
    assert_eq!(post(&url, TEXT, None).await, (401, serde_json::json!({"error": "missing_signature"})));
    for (name, value) in
        [("x-wa-internal-forward", "true"), ("x-hub-signature", "sha1=aa"), ("authorization", "Bearer x")]
    {
        let response = http().post(&url).header(name, value).body(TEXT).send().await.expect("an answer");
        assert_eq!(response.status(), 401, "{name}");
    }
    let raw = reqwest::header::HeaderValue::from_bytes(b"sha256=\xe9\xff").expect("bytes");
    let response = http().post(&url).header(HEADER, raw).body(TEXT).send().await.expect("an answer");
    assert_eq!(response.status(), 401);
    assert!(stored.lock().expect("a lock").is_empty());
}

#[tokio::test]
pub(crate) async fn a_body_of_3_mb_is_taken_and_one_byte_more_is_not() {
    let (edge, stored) = edge(true);
    let url = serve(router(edge)).await;
    for (size, expected) in [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)] {
        let body = " ".repeat(size);
        let request = http().post(&url).header(HEADER, signed("s3cret", body.as_bytes())).body(body);
        // A server that refuses early may close before the whole body is written.
        let status = request.send().await.map(|response| response.status().as_u16());
        assert!(status.as_ref().is_ok_and(|status| *status == expected) || expected == 413 && status.is_err());
    }
    assert_eq!(stored.lock().expect("a lock").len(), 1);
}

#[tokio::test]
async fn when_nothing_can_be_stored_meta_is_told() {
    let (edge, _) = edge(false);
    let url = serve(router(edge)).await;
    let answer = post(&url, TEXT, Some(&signed("s3cret", TEXT.as_bytes()))).await;
    assert_eq!(answer, (503, serde_json::json!({"error": "storage_unavailable"})));
}

#[tokio::test]
async fn the_challenge_is_answered_to_whom_knows_the_token() {
    let (edge, _) = edge(true);
    let url = serve(router(edge)).await;
    let ask = async |url: &str, query: &str| {
        let response = http().get(format!("{url}/webhook?{query}")).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    let right = "hub.mode=subscribe&hub.verify_token=t0ken&hub.challenge=11587";
    assert_eq!(ask(&url, right).await, (200, "11587".to_owned()));
    assert_eq!(ask(&url, "hub.mode=subscribe&hub.verify_token=t0ken").await, (200, String::new()));
    for query in [
        "",
        "hub.mode=subscribe&hub.verify_token=t0ke",
        "hub.verify_token=t0ken",
        "hub.mode=x&hub.verify_token=t0ken",
        "hub.mode=subscribe&hub.verify_token=",
        "hub.mode=%ff&hub.verify_token=%ff",
    ] {
        assert_eq!(ask(&url, query).await, (403, r#"{"error":"forbidden"}"#.to_owned()), "{query}");
    }
    let blank = serve(router(Edge { verify_token: Secret::default().into(), ..self::edge(true).0 })).await;
    assert_eq!(ask(&blank, "hub.mode=subscribe&hub.verify_token=&hub.challenge=1").await.0, 403);
}

#[tokio::test]
async fn other_methods_are_refused_and_ids_come_back() {
    let (edge, _) = edge(true);
    let url = serve(router(edge)).await;
    let response = http().put(&url).header("x-request-id", "abc").send().await.expect("an answer");
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["x-request-id"], "abc");
    assert_eq!(response.headers()["allow"], "GET, POST");
    assert_eq!(response.text().await.expect("a body"), r#"{"error":"method_not_allowed"}"#);
}

#[tokio::test]
pub(crate) async fn one_bad_message_leaves_its_batch() {
    let (edge, stored) = edge(true);
    let url = serve(router(edge)).await;
    let bad = [
        "null",
        "5",
        "\"text\"",
        "[]",
        "{}",
        "{\"id\":1e999}",
        "{\"from\":\"250788000001\",\"id\":{\"a\":[]}}",
        r#"{"from":"250788000001","id":"wamid.S","type":"text","text":{"body":"\ud83d"}}"#,
        r#"{"from":"250788000001","id":"wamid.Z","type":"text","text":{"body":"a\u0000b"}}"#,
        r#"{"from":250788000001,"id":"wamid.N","type":"text","timestamp":-1e300,"text":{"body":7}}"#,
    ];
    let deep = format!(
        "{{\"from\":\"250788000001\",\"id\":\"wamid.D\",\"type\":\"text\",\"text\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let good = r#"{"from":"250788000001","id":"wamid.GOOD","type":"text","text":{"body":"hi"}}"#;
    let messages = format!("{},{deep},{good}", bad.join(","));
    let body = format!(
        r#"{{"entry":[null,{{"changes":[7,{{"field":"messages","value":{{"metadata":{{"phone_number_id":1001}},"contacts":{{}},"messages":[{messages}],"statuses":[{{}},{{"id":"wamid.O","status":9}}]}}}}]}}]}}"#
    );
    let (status, _) = post(&url, body.clone(), Some(&signed("s3cret", body.as_bytes()))).await;
    assert_eq!(status, 200);
    let stored = stored.lock().expect("a lock");
    let ids = stored[0].items.iter().filter_map(|item| match item {
        Item::Message(message) => Some(message.wamid.as_str()).filter(|id| id.starts_with("wamid")),
        Item::Status(status) => Some(status.wamid.as_str()),
        Item::Identity(_) => None,
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["wamid.S", "wamid.Z", "wamid.N", "wamid.D", "wamid.GOOD", "wamid.O"]);
    let why = stored[0].unreadable.as_deref().unwrap_or_default();
    assert!(why.starts_with("entry[1].changes[1].value.messages[5].id: "), "{why}");
}
