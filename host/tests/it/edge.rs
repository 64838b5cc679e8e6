//! Strangers at the public port, through real sockets: whatever they hold open or leave half sent, a signed delivery is answered.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use switchboard::listen::{PortLimits, serve};
use switchboard_core::{
    clock::Clock,
    inbox::{Delivery, Item, Kind},
};
use switchboard_edge::{
    webhook::{BODY_BYTES_MAX, Edge, RETRIED_MS, UNVERIFIED_BYTES_MAX, UnknownNumber, router},
    whatsapp::signature::{HEADER, Secrets},
};
use switchboard_kit::{
    stage::{SECRET, Stage, until},
    talk::text,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::webhook::{Stored, edge, http};

const ALICE: &str = "250788000001";

/// A webhook of the test's own process on a port with these limits; its address, what it stored, and what stops it.
async fn port(limits: PortLimits) -> (String, Stored, watch::Sender<bool>) {
    let (edge, stored) = edge(true);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, router(edge), limits, stopped));
    (address, stored, stop)
}

fn limits(connections: usize, head: Duration, idle: Duration) -> PortLimits {
    PortLimits { connections, head, idle, ..PortLimits::new("test", 0) }
}

/// Posts a delivery of one message as Meta would; gives the status.
async fn signed(address: &str, secret: &str, body: String) -> u16 {
    let signature = Secrets::new([secret]).sign(body.as_bytes());
    let request = http().post(format!("http://{address}/webhook")).header(HEADER, signature).body(body);
    request.send().await.map_or(0, |answer| answer.status().as_u16())
}

fn body(business: &str, wamid: &str, at_ms: i64) -> String {
    let message = json!({"from": ALICE, "id": wamid, "timestamp": (at_ms / 1000).to_string(), "type": "text", "text": {"body": "hi"}});
    let value = json!({"metadata": {"phone_number_id": business}, "messages": [message]});
    json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).to_string()
}

/// Reads what a server sends until it closes the connection.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well.
    let _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn eleven_hundred_idle_connections_do_not_close_the_port() {
    let mut stage = Stage::new(&["support"]);
    // As in a unit without LimitNOFILE, on a system that raises nothing: 768 connections.
    stage.limit_open_files(1024);
    stage.start().await;
    let connect = |_| TcpStream::connect(stage.webhook.clone());
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..11 {
        idle.extend(join_all((0..100).map(connect)).await.into_iter().map(|socket| socket.expect("taken")));
    }
    stage.say(ALICE, text("hello")).await;
    stage.heard(ALICE, 0, 1).await;
    // The one that was quiet the longest made room.
    assert_eq!(rest(&mut idle[0]).await, "");
    let metrics = stage.metrics(0).await.join("\n");
    assert!(metrics.contains(r#"switchboard_connections_closed_total{port="public",reason="shed"}"#), "{metrics}");
    assert!(stage.terminate(), "quiet connections do not hold a stop up");
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn a_full_port_takes_a_delivery_and_closes_the_quiet() {
    let long = Duration::from_secs(3600);
    let (address, stored, _stop) = port(limits(8, long, long)).await;
    let mut quiet = Vec::new();
    for n in 0..8 {
        let mut socket = TcpStream::connect(&address).await.expect("taken");
        // Some have begun a head, some a body.
        let begun: &[u8] = match n % 3 {
            0 => b"",
            1 => b"POST /webhook HTTP/1.1\r\nhost: x\r\n",
            _ => b"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n",
        };
        socket.write_all(begun).await.expect("sent");
        quiet.push(socket);
    }
    for n in 0..20 {
        assert_eq!(signed(&address, "s3cret", body("1001", &format!("wamid.{n}"), Clock::system().now())).await, 200);
    }
    assert_eq!(stored.lock().expect("a lock").len(), 20);
    // The one that was quiet the longest made room.
    assert_eq!(rest(&mut quiet[0]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn a_slow_head_and_a_quiet_connection_are_closed_in_time() {
    let long = Duration::from_secs(3600);
    let (address, _, _stop) = port(limits(100, Duration::from_millis(200), long)).await;
    // A byte at a time does not help: the whole head has a time.
    let slow = async |first: &'static [u8]| {
        let mut socket = TcpStream::connect(&address).await.expect("taken");
        let _ = socket.write_all(first).await;
        let (mut read, mut write) = socket.split();
        let drip = async {
            while write.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let mut seen = Vec::new();
        tokio::select! {
            _ = read.read_to_end(&mut seen) => {}
            () = drip => {}
        }
    };
    tokio::join!(slow(b""), slow(b"POST /webhook HTTP/1.1\r\nx-slow: "));

    let (address, _, _stop) = port(limits(100, long, Duration::from_millis(200))).await;
    let mut kept = TcpStream::connect(&address).await.expect("taken");
    kept.write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    assert!(rest(&mut kept).await.starts_with("HTTP/1.1 403"), "it is answered, and then closed for being quiet");
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn half_sent_bodies_hold_bounded_memory_and_keep_nobody_out() {
    let long = Duration::from_secs(3600);
    let (address, stored, _stop) = port(limits(1000, long, long)).await;
    let announced = BODY_BYTES_MAX;
    let half = vec![b' '; announced - 1];
    let begin = async || {
        let mut socket = TcpStream::connect(&address).await.expect("taken");
        let head = format!(
            "POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {announced}\r\n{HEADER}: sha256={}\r\n\r\n",
            "a".repeat(64)
        );
        // The host closes those that it gives up while they send.
        let _ = socket.write_all(head.as_bytes()).await;
        let _ = socket.write_all(&half).await;
        socket
    };
    let fit = UNVERIFIED_BYTES_MAX / BODY_BYTES_MAX;
    let mut halves = Vec::new();
    for _ in 0..20 {
        halves.extend(join_all((0..10).map(|_| begin())).await);
        let wamid = format!("wamid.{}", halves.len());
        assert_eq!(signed(&address, "s3cret", body("1001", &wamid, Clock::system().now())).await, 200);
    }
    assert_eq!(stored.lock().expect("a lock").len(), 20);
    // All but those that fit were told to come again; what fits is still waited for.
    let told = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for mut socket in halves {
        let told = told.clone();
        tokio::spawn(async move {
            rest(&mut socket).await;
            told.fetch_add(1, Ordering::Relaxed);
        });
    }
    until("those beyond the bound are given up", async || told.load(Ordering::Relaxed) >= 200 - fit).await;
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn wrong_signatures_are_a_problem_of_health_while_all_are_wrong() {
    let mut stage = Stage::new(&["support"]);
    let log = stage.log_to_file();
    stage.start().await;
    let now = Clock::system().now();
    let post =
        async |secret: &str, n: i64| signed(&stage.webhook, secret, body("1001", &format!("wamid.{n}"), now)).await;
    let problem = async || stage.health(0).await.1["problems"].to_string().contains("WHATSAPP_APP_SECRET");
    for n in 0..5 {
        assert_eq!(post("another", n).await, 401);
    }
    assert!(problem().await);
    assert_eq!(post(SECRET, 9).await, 200);
    assert!(!problem().await);
    let lines = std::fs::read_to_string(log).expect("a log");
    assert_eq!(lines.matches("wrong signature and were refused").count(), 1, "five are one line a minute: {lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_health_is_short() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    let answer = http().get(format!("http://{}/health", stage.webhook)).send().await.expect("an answer");
    let short: Value = answer.json().await.expect("JSON");
    let names: HashSet<&str> = short.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["status", "service", "timestamp", "domains"]));
    assert_eq!((&short["status"], &short["domains"]), (&json!("healthy"), &json!(["support"])));
    let (_, long) = stage.health(0).await;
    assert!(long["checks"].is_object() && long["problems"].is_array(), "{long}");
}

/// Posts a body to a webhook that knows the number 1001 only; gives the status and the kinds of what was stored.
async fn kinds(rule: UnknownNumber, bodies: Vec<String>) -> Vec<(u16, Vec<Kind>)> {
    let (edge, stored) = edge(true);
    let ours = |asked: Vec<String>| -> BoxFuture<'static, anyhow::Result<HashSet<String>>> {
        Box::pin(async move { Ok(asked.into_iter().filter(|number| number == "1001").collect()) })
    };
    let edge: Edge<anyhow::Error> = Edge { unknown_number: rule, our_numbers: Arc::new(ours), ..edge };
    let url = crate::webhook::serve(router(edge)).await;
    let address = url.trim_start_matches("http://");
    let kinds = |delivery: Delivery| {
        let kind = |item: Item| match item {
            Item::Message(message) => Some(message.kind),
            Item::Status(_) | Item::Identity(_) => None,
        };
        delivery.items.into_iter().filter_map(kind).collect()
    };
    let mut all = Vec::new();
    for body in bodies {
        let status = signed(address, "s3cret", body).await;
        let delivery = stored.lock().expect("a lock").pop();
        all.push((status, delivery.map(kinds).unwrap_or_default()));
    }
    all
}

#[tokio::test]
pub(crate) async fn what_is_older_than_meta_retries_is_stored_and_not_answered() {
    let now = Clock::system().now();
    let aged = |days: i64, n: i64| body("1001", &format!("wamid.{n}"), now - days * 24 * 60 * 60 * 1000 + 60_000);
    let said = kinds(
        UnknownNumber::Answer,
        vec![aged(0, 1), aged(7, 2), aged(8, 3), body("1001", "wamid.4", 1_000_000_000_000)],
    )
    .await;
    let expected = [Kind::Message, Kind::Message, Kind::Silent, Kind::Silent].map(|kind| (200, vec![kind]));
    assert_eq!(said, expected);
    // A change of an identity that is played again changes nothing.
    let change = json!({"from": ALICE, "id": "wamid.C", "timestamp": ((now - RETRIED_MS) / 1000 - 60).to_string(), "type": "system",
        "system": {"type": "user_changed_number", "new_wa_id": "250788000002"}});
    let value = json!({"metadata": {"phone_number_id": "1001"}, "messages": [change]});
    let body = json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).to_string();
    let (edge, stored) = edge(true);
    let url = crate::webhook::serve(router(edge)).await;
    assert_eq!(signed(url.trim_start_matches("http://"), "s3cret", body).await, 200);
    assert!(stored.lock().expect("a lock")[0].items.is_empty());
}

#[tokio::test]
pub(crate) async fn a_number_that_is_not_ours_is_answered_stored_or_refused_as_configured() {
    let now = Clock::system().now();
    let both = || vec![body("1001", "wamid.1", now), body("2002", "wamid.2", now)];
    let ours = (200, vec![Kind::Message]);
    assert_eq!(kinds(UnknownNumber::Answer, both()).await, [ours.clone(), (200, vec![Kind::Message])]);
    assert_eq!(kinds(UnknownNumber::Store, both()).await, [ours.clone(), (200, vec![Kind::Silent])]);
    assert_eq!(kinds(UnknownNumber::Refuse, both()).await, [ours, (403, vec![])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_ours_by_its_row() {
    let mut stage = Stage::new(&["support"]);
    stage.set("UNKNOWN_NUMBERS", "refuse");
    stage.set("WHATSAPP_PHONE_NUMBER_ID", "1001");
    stage.start().await;
    let now = Clock::system().now();
    assert_eq!(signed(&stage.webhook, SECRET, body("1001", "wamid.1", now)).await, 200);
    assert_eq!(signed(&stage.webhook, SECRET, body("2002", "wamid.2", now)).await, 403);
    stage.sql("insert into business_number (business, created_at) values ('2002', 1)").await;
    until("it is ours", async || signed(&stage.webhook, SECRET, body("2002", "wamid.2", now)).await == 200).await;
}
