//! Meta, as fast as wanted: signed webhook bodies over connections that stay open, each body unique, from 10 000 phones. The
//! bodies are made before the clock starts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    task::JoinSet,
};

use crate::{
    Size,
    guest::TEXT,
    measure::{Percentiles, nanos, now_us},
};

/// The app secret of every server here.
pub const SECRET: &str = "bench-app-secret-0123456789";

/// People who write.
pub const PHONES: usize = 10_000;

/// Bytes of a body, about what WhatsApp sends for a text.
const BODY_BYTES: usize = 1024;

/// How many people write before the clock starts: all of them, where there is time.
pub fn everybody(size: Size) -> usize {
    size.pick(300, PHONES)
}

/// What the generator saw.
pub struct Load {
    /// When the first request was sent, in microseconds since 1970.
    pub first_us: i64,
    /// From the time a request was due to the end of its answer.
    pub answer: Percentiles,
}

/// Requests that no other call of this function makes.
pub fn requests(n: usize) -> Arc<Vec<Vec<u8>>> {
    let run = now_us();
    Arc::new((0..n).map(|i| request(&body(run, i))).collect())
}

/// The same, shared out by phone: a part for each of so many nodes, as a balancer that knows its people would.
pub fn shards(n: usize, nodes: usize) -> Vec<Arc<Vec<Vec<u8>>>> {
    let run = now_us();
    let phone = |i: usize| i.wrapping_mul(7919) % PHONES;
    let shard = |node: usize| (0..n).filter(|i| phone(*i) % nodes == node).map(|i| request(&body(run, i))).collect();
    (0..nodes).map(|node| Arc::new(shard(node))).collect()
}

fn body(run: i64, i: usize) -> String {
    // A step that has no divisor with the number of phones visits them all before it comes back.
    let phone = format!("25078{:07}", i.wrapping_mul(7919) % PHONES);
    let body = |pad: &str| {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "250788999000", "phone_number_id": "106540352242922"},
            "contacts": [{"profile": {"name": "Sheena Nelson", "pad": pad}, "wa_id": phone}],
            "messages": [{
                "from": phone, "id": format!("wamid.HBgLMTY1MDM4Nzk0MzkVAgAS{run:016x}{i:012x}=="),
                "timestamp": (run / 1_000_000).to_string(), "type": "text", "text": {"body": TEXT},
            }],
        }}]}]})
        .to_string()
    };
    body(&"x".repeat(BODY_BYTES.saturating_sub(body("").len())))
}

fn request(body: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let head = "POST /webhook HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json";
    format!("{head}\r\nx-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// As fast as the server answers: each connection sends its next request when the last is answered.
pub fn closed(port: u16, requests: &Arc<Vec<Vec<u8>>>, connections: usize) -> anyhow::Result<Load> {
    runtime()?.block_on(async {
        let sockets = connect(port, connections).await?;
        let mut tasks = JoinSet::new();
        let first_us = now_us();
        for (first, mut socket) in sockets.into_iter().enumerate() {
            let requests = requests.clone();
            tasks.spawn(async move {
                let mut samples = Vec::new();
                for request in requests.iter().skip(first).step_by(connections) {
                    let sent = Instant::now();
                    socket.post(request).await?;
                    samples.push(nanos(sent));
                }
                anyhow::Ok(samples)
            });
        }
        Ok(Load { first_us, answer: all(tasks).await? })
    })
}

/// At a rate fixed before: a request that has to wait for a connection is late, and counts from when it was due.
pub fn open(port: u16, requests: &Arc<Vec<Vec<u8>>>, connections: usize, per_second: f64) -> anyhow::Result<Load> {
    runtime()?.block_on(async {
        let sockets = connect(port, connections).await?;
        let mut tasks = JoinSet::new();
        let mut queues = Vec::new();
        for mut socket in sockets {
            let (queue, mut due) = mpsc::unbounded_channel::<(usize, Instant)>();
            queues.push(queue);
            let requests = requests.clone();
            tasks.spawn(async move {
                let mut samples = Vec::new();
                while let Some((index, at)) = due.recv().await {
                    socket.post(&requests[index]).await?;
                    samples.push(nanos(at));
                }
                anyhow::Ok(samples)
            });
        }
        let first_us = now_us();
        let n = requests.len();
        // A thread of its own: tokio's clock ticks in milliseconds.
        let pace = std::thread::spawn(move || {
            let began = Instant::now();
            for index in 0..n {
                let at = began + Duration::from_secs_f64(index as f64 / per_second);
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                if queues[index % queues.len()].send((index, at)).is_err() {
                    return;
                }
            }
        });
        let answer = all(tasks).await?;
        ensure!(pace.join().is_ok(), "the pace was not kept");
        Ok(Load { first_us, answer })
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn connect(port: u16, n: usize) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::new();
    for _ in 0..n {
        let socket = TcpStream::connect(("127.0.0.1", port)).await.context("a server does not take connections")?;
        socket.set_nodelay(true)?;
        connections.push(Connection { socket, answer: Vec::with_capacity(4096) });
    }
    Ok(connections)
}

async fn all(mut tasks: JoinSet<anyhow::Result<Vec<u64>>>) -> anyhow::Result<Percentiles> {
    let mut samples = Vec::new();
    while let Some(task) = tasks.join_next().await {
        samples.extend(task??);
    }
    Ok(Percentiles::of(samples))
}

/// A connection that stays open.
struct Connection {
    socket: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Sends a request and reads its answer, which must be 200.
    async fn post(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.socket.write_all(request).await?;
        self.answer.clear();
        loop {
            ensure!(self.socket.read_buf(&mut self.answer).await? > 0, "a server closed its connection");
            let Some(head) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            if self.answer.len() >= head + 4 + content_length(&self.answer[..head])? {
                break;
            }
        }
        if self.answer.get(9..12) != Some(b"200") {
            bail!("a server answered {}", String::from_utf8_lossy(&self.answer));
        }
        Ok(())
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    head.split("\r\n").find_map(named).context("an answer has no content-length")
}
