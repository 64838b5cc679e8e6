//! Strangers at the public port, and at the operator's: raw bytes, half of them, far too many of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use switchboard_edge::{
    webhook::BODY_BYTES_MAX,
    whatsapp::signature::{HEADER, Secrets},
};
use switchboard_kit::stage::SECRET;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    Kind, Run,
    ground::{Ground, body, message},
};

/// Requests that a server answers at once, each with what its answer begins with; empty: the connection is closed without a word.
macro_rules! requests {
    ($($name:literal: $bytes:expr => $answers:expr;)*) => {
        vec![$(Kind {
            by: "stranger",
            name: $name,
            bound: concat!("the answer is one of ", stringify!($answers)),
            run: Run::Beside(|ground| Box::pin(exchanged(ground, ($bytes).into(), &$answers))),
        }),*]
    };
}

macro_rules! strangers {
    ($($name:literal, $bound:literal: $run:path;)*) => {
        vec![$(Kind { by: "stranger", name: $name, bound: $bound, run: Run::Beside(|ground| Box::pin($run(ground))) }),*]
    };
}

pub(super) fn kinds() -> Vec<Kind> {
    let mut kinds = requests! {
        "header of 1 MB": format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(1 << 20)) => ["HTTP/1.1 431", ""];
        "ten thousand headers": format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(10_000)) => ["HTTP/1.1 431", ""];
        "path of 1 MB": format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20)) => ["HTTP/1.1 414", "HTTP/1.1 431", ""];
        "path that climbs folders":
            closing("GET /../../etc/passwd%00%2e%2e/health?hub.verify_token=%00 HTTP/1.1\r\nhost: x") => ["HTTP/1.1 403", "HTTP/1.1 404", "HTTP/1.1 400"];
        "body of 10 GB announced": closing(&format!("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000000\r\n{}", unsigned())) =>
            ["HTTP/1.1 413"];
        "body of negative length": closing(&format!("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n{}", unsigned())) => ["HTTP/1.1 400", ""];
        "two lengths of one body":
            closing(&format!("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n{}", unsigned())) => ["HTTP/1.1 400", ""];
        "length and chunks at once (smuggling)":
            format!("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\nconnection: close\r\n{}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                unsigned()) => ["HTTP/1.1 400", "HTTP/1.1 401", ""];
        "chunk of an endless size":
            format!("POST /webhook HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n{}\r\n\r\nffffffffffffffffff\r\n", unsigned()) => ["HTTP/1.1 400", ""];
        "two hosts, and none": closing("GET / HTTP/1.1\r\nhost: a\r\nhost: b") => ["HTTP/1.1 400", "HTTP/1.1 403", ""];
        "host of another service": closing("GET / HTTP/1.1\r\nhost: 169.254.169.254") => ["HTTP/1.1 403"];
        "method that there is not": closing("TRACE /webhook HTTP/1.1\r\nhost: x") => ["HTTP/1.1 405"];
        "asked to be a proxy": closing("CONNECT meta.example:443 HTTP/1.1\r\nhost: meta.example:443") => ["HTTP/1.1 405", "HTTP/1.1 400", ""];
        "TLS to a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20) => ["HTTP/1.1 400", ""];
        "HTTP/2 to HTTP/1.1": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec() => ["HTTP/1.1 400", "HTTP/1.1 505", ""];
        "bytes that are no HTTP": vec![0xff_u8; 100_000] => ["HTTP/1.1 400", ""];
        "signature with two thousand digits":
            closing(&format!("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n{HEADER}: sha256={}", "a".repeat(2_000))) => ["HTTP/1.1 401"];
        "no signature": closing("POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 2") => ["HTTP/1.1 401"];
    };
    kinds.extend(strangers! {
        "500 wrong signatures at once", "all 401, nothing stored": forged;
        "a right signature beside a wrong one", "the first counts": two_signatures;
        "signed body of 4 MB", "413, nothing stored": large;
        "signed body in gzip", "kept raw, no harm": compressed;
        "chunks without end", "refused at 3 MB": endless_chunks;
        "200 heads a byte at a time (slow loris)", "others are answered": slow_heads;
        "a hundred requests on one connection at once", "each is answered, in order": pipelined;
        "2,000 connections that reset", "others are answered": resets;
        "a thousand guesses of the verify token", "all 403": guesses;
        "a thousand requests to the API without a token", "all 401, 403 or 405": without_token;
    });
    kinds
}

fn unsigned() -> String {
    format!("{HEADER}: sha256={}", "a".repeat(64))
}

/// A request without a body that asks for its connection to be closed.
fn closing(head: &str) -> String {
    format!("{head}\r\nconnection: close\r\n\r\n")
}

/// Sends bytes, and reads until the server closes the connection, three seconds at the most.
async fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.expect("taken");
    let (mut read, mut write) = socket.split();
    let mut answer = Vec::new();
    let both = async {
        // It may be closed while it is written to.
        let sent = async { write.write_all(bytes).await };
        let (_, _) = tokio::join!(sent, read.read_to_end(&mut answer));
    };
    let _ = tokio::time::timeout(Duration::from_secs(3), both).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn exchanged(ground: &mut Ground, bytes: Vec<u8>, answers: &[&str]) -> String {
    let answer = exchange(&ground.stage.webhook, &bytes).await;
    let is_known =
        answers.iter().any(|known| if known.is_empty() { answer.is_empty() } else { answer.starts_with(known) });
    assert!(is_known, "{answer}");
    answer.lines().next().unwrap_or("closed without a word").to_owned()
}

/// A signed request as bytes.
fn signed(body: &[u8], more: &str) -> Vec<u8> {
    let signature = Secrets::new([SECRET]).sign(body);
    let head = format!(
        "POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n{HEADER}: {signature}\r\n{more}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn forged(ground: &mut Ground) -> String {
    let phone = ground.phone();
    let body = body(json!({ "messages": [message(&phone, "wamid.forged", "hello")] })).to_string();
    let post = async |secret: &str| {
        let request =
            ground.http.post(ground.stage.webhook_of(0)).header(HEADER, Secrets::new([secret]).sign(body.as_bytes()));
        request.body(body.clone()).send().await.map_or(0, |answer| answer.status().as_u16())
    };
    let statuses = join_all((0..500).map(|_| post("another secret"))).await;
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(ground.stage.count("select count(*) from message where wamid = 'wamid.forged'").await, 0);
    "500 times 401".into()
}

async fn two_signatures(ground: &mut Ground) -> String {
    let mut bytes = signed(b"{}", &format!("connection: close\r\n{}\r\n", unsigned()));
    let right = exchange(&ground.stage.webhook, &bytes).await;
    bytes = String::from_utf8(bytes)
        .expect("text")
        .replace("host: x\r\n", &format!("host: x\r\n{}\r\n", unsigned()))
        .into_bytes();
    let wrong = exchange(&ground.stage.webhook, &bytes).await;
    assert!(right.starts_with("HTTP/1.1 200") && wrong.starts_with("HTTP/1.1 401"), "{right} {wrong}");
    "the right one first: 200; the wrong one first: 401".into()
}

async fn large(ground: &mut Ground) -> String {
    let status = ground.signed(vec![b' '; 4 << 20]).await;
    // The connection may be closed before all was sent.
    assert!([413, 0].contains(&status), "{status}");
    format!("{status}")
}

async fn compressed(ground: &mut Ground) -> String {
    // What a gzip stream of Meta's would begin with; nobody inflates it.
    let bytes = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &[0xa5; 2_000]].concat();
    let answer =
        exchange(&ground.stage.webhook, &signed(&bytes, "content-encoding: gzip\r\nconnection: close\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn endless_chunks(ground: &mut Ground) -> String {
    let mut socket = TcpStream::connect(&ground.stage.webhook).await.expect("taken");
    let head = format!("POST /webhook HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n{}\r\n\r\n", unsigned());
    socket.write_all(head.as_bytes()).await.expect("sent");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let (mut sent, mut answer) = (0, Vec::new());
    let (mut read, mut write) = socket.split();
    let sends = async {
        while sent < 100 << 20 && write.write_all(&chunk).await.is_ok() {
            sent += 0x10000;
        }
    };
    tokio::select! {
        () = sends => {}
        _ = read.read_to_end(&mut answer) => {}
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    // What lies in the buffers of the sockets was sent too.
    assert!(sent < BODY_BYTES_MAX + (16 << 20), "{sent}");
    format!("given up after {} MiB: {}", sent >> 20, answer.lines().next().unwrap_or("closed"))
}

async fn slow_heads(ground: &mut Ground) -> String {
    let drip = async || {
        let mut socket = TcpStream::connect(&ground.stage.webhook).await.expect("taken");
        let mut sent = 0;
        for byte in b"POST /webhook HTTP/1.1\r\nx-slow: aaaaa" {
            if socket.write_all(&[*byte]).await.is_err() {
                break;
            }
            sent += 1;
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
        sent
    };
    let sent: usize = join_all((0..200).map(|_| drip())).await.into_iter().sum();
    format!("{sent} bytes over 200 connections")
}

async fn pipelined(ground: &mut Ground) -> String {
    let requests = (0..100).map(|n| {
        format!(
            "GET /nothing HTTP/1.1\r\nhost: x\r\nx-request-id: r{n:03}\r\n{}\r\n",
            if n == 99 { "connection: close\r\n" } else { "" }
        )
    });
    let answer = exchange(&ground.stage.webhook, requests.collect::<String>().as_bytes()).await;
    let ids: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    let expected: Vec<String> = (0..100).map(|n| format!("r{n:03}")).collect();
    assert_eq!(ids, expected);
    "100 answers in order".into()
}

async fn resets(ground: &mut Ground) -> String {
    for _ in 0..20 {
        let sockets = join_all((0..100).map(|_| TcpStream::connect(&ground.stage.webhook))).await;
        for socket in sockets.into_iter().flatten() {
            let _ = socket.try_write(b"POST /webhook HTTP/1.1\r\n");
            let _ = socket.set_zero_linger();
        }
    }
    "2,000 were reset".into()
}

async fn guesses(ground: &mut Ground) -> String {
    let guess = async |n: usize| {
        let url =
            format!("{}?hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify-m{n}", ground.stage.webhook_of(0));
        ground.http.get(url).send().await.map_or(0, |answer| answer.status().as_u16())
    };
    for round in 0..10 {
        let statuses = join_all((0..100).map(|n| guess(round * 100 + n))).await;
        assert!(statuses.iter().all(|status| *status == 403), "{statuses:?}");
    }
    "1,000 times 403".into()
}

async fn without_token(ground: &mut Ground) -> String {
    let ask = async |path: &str, token: &str| {
        let url = format!("http://{}{path}", ground.stage.operator_of(0));
        let request = ground.http.post(url).bearer_auth(token).body(vec![b'x'; 100_000]);
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    };
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let paths = ["/api/agents", "/api/flags", "/api/dead", "/api/rollout"];
        let tokens = ["", "an-operator", "an-operator-of-the-test ", "\u{fffd}"];
        let asked = paths.iter().flat_map(|path| tokens.iter().map(|token| ask(path, token)));
        seen.extend(join_all(asked.chain((0..84).map(|_| ask("/api/flags", "x")))).await);
    }
    // The connection may be closed before the body was sent.
    assert!(seen.iter().all(|status| [0, 401, 403, 405].contains(status)), "{seen:?}");
    format!("statuses {seen:?}")
}
