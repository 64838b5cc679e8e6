//! The load: keep-alive connections over plain TCP, every body signed before the clock starts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::scene;

const CONNECTIONS: usize = 256;

/// Sends this many messages as fast as answers come; gives messages per second until the last is settled.
pub async fn closed(address: &str, messages: usize, from: usize) -> anyhow::Result<f64> {
    let requests = Arc::new(requests(address, messages, from));
    let next = Arc::new(AtomicUsize::new(0));
    let webhook = part(address, 0).to_owned();
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        sockets.push(TcpStream::connect(&webhook).await?);
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for mut socket in sockets {
        let (requests, next) = (requests.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(index) else { return anyhow::Ok(()) };
                exchange(&mut socket, request).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    settled(address).await?;
    Ok(messages as f64 / started.elapsed().as_secs_f64())
}

/// Sends at a fixed rate, whatever the answers do.
pub async fn open(address: &str, per_second: usize, seconds: usize, from: usize) -> anyhow::Result<()> {
    let requests = requests(address, per_second * seconds, from);
    let webhook = part(address, 0).to_owned();
    let (sockets, free) = tokio::sync::mpsc::unbounded_channel();
    let mut free = free;
    for _ in 0..64 {
        sockets.send(TcpStream::connect(&webhook).await?)?;
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (index, request) in requests.into_iter().enumerate() {
        let at = started + Duration::from_secs_f64(index as f64 / per_second as f64);
        tokio::time::sleep_until(at.into()).await;
        let mut socket = free.recv().await.context("no connection")?;
        let sockets = sockets.clone();
        tasks.spawn(async move {
            exchange(&mut socket, &request).await?;
            let _ = sockets.send(socket);
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    settled(address).await
}

/// The server's metrics.
pub async fn metrics(address: &str) -> anyhow::Result<String> {
    Ok(reqwest::get(format!("http://{}/metrics", part(address, 1))).await?.text().await?)
}

/// Waits until the server's quantiles have forgotten what came before: they look back one minute.
pub async fn forget(_: &str) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_secs(65)).await;
    Ok(())
}

fn part(address: &str, index: usize) -> &str {
    address.split(' ').nth(index).unwrap_or_default()
}

fn requests(address: &str, messages: usize, from: usize) -> Vec<Vec<u8>> {
    let host = part(address, 0);
    let request = |number: usize| {
        let body = scene::body(number);
        let signature = scene::sign(body.as_bytes());
        format!(
            "POST /webhook HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nx-hub-signature-256: sha256={signature}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    (from..from + messages).map(request).collect()
}

/// One request and its answer, which must be 200.
async fn exchange(socket: &mut TcpStream, request: &[u8]) -> anyhow::Result<()> {
    socket.write_all(request).await?;
    let mut answer = Vec::with_capacity(512);
    loop {
        ensure!(socket.read_buf(&mut answer).await? > 0, "the server closed the connection");
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(());
        }
    }
}

/// Waits until nothing is left to answer.
async fn settled(address: &str) -> anyhow::Result<()> {
    let database = part(address, 2);
    let mut connection = match database {
        "-" => None,
        path => Some(
            SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging().connect().await?,
        ),
    };
    loop {
        let waiting: i64 = match &mut connection {
            Some(connection) => {
                sqlx::query_scalar("select count(*) from message where state = 'queued'").fetch_one(connection).await?
            }
            None => reqwest::get(format!("http://{}/waiting", part(address, 0))).await?.text().await?.parse()?,
        };
        if waiting == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
