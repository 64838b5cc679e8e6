//! What both floor pipelines share: the webhook's check, the tables, and the sandbox. The tables and statements are those that
//! the floors were first measured with; no order, flags, sessions to read, retries or recovery.

use std::borrow::Cow;

use anyhow::Context;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::wasm_loop::{Loop, Pool, Reply, Turn, bindings::switchboard::agent::types::Content};
use crate::{guest, load::SECRET};

/// The tables.
pub const TABLES: &str = "
    create table inbox (id integer primary key, wamid text not null unique, phone text, payload text, state integer, ts integer);
    create index inbox_new on inbox (id) where state = 0;
    create table session (phone text primary key, data text, n integer, updated integer) without rowid;
    create table event (id integer primary key, phone text, kind text, body text, ts integer);
    create table outbox (id integer primary key, phone text, body text, state integer, ts integer);";

/// A message comes in.
pub const RECEIVE: &str = "insert into inbox (wamid, phone, payload, state, ts) values (?1, ?2, ?3, 0, ?4) \
    on conflict do nothing returning id";

/// A turn settles: phone, reply, time.
pub const SETTLE: [&str; 3] = [
    "insert into session (phone, data, n, updated) values (?1, ?2, 1, ?3) \
        on conflict (phone) do update set data = excluded.data, n = n + 1, updated = excluded.updated",
    "insert into event (phone, kind, body, ts) values (?1, 'reply', ?2, ?3)",
    "insert into outbox (phone, body, state, ts) values (?1, ?2, 0, ?3)",
];

/// Its message is done.
pub const DONE: &str = "update inbox set state = 2 where id = ?1";

/// A database file as the floors open it.
pub fn database(path: &std::path::Path, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
}

/// What is needed of a body.
#[derive(Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    value: Value<'a>,
}

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow)]
    messages: Vec<Message<'a>>,
}

/// A text message.
#[derive(Deserialize)]
pub struct Message<'a> {
    /// Its wamid.
    pub id: &'a str,
    /// The phone.
    pub from: &'a str,
    #[serde(borrow)]
    text: Text<'a>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
}

impl<'a> Envelope<'a> {
    /// Its only message.
    pub fn message(&self) -> Option<&Message<'a>> {
        self.entry.first()?.changes.first()?.value.messages.first()
    }
}

/// Reads a body whose signature fits.
pub fn checked<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Envelope<'a>, StatusCode> {
    let claim = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()?.strip_prefix("sha256="));
    let claim = claim.and_then(|claim| hex::decode(claim).ok()).ok_or(StatusCode::UNAUTHORIZED)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).map_err(|_| StatusCode::UNAUTHORIZED)?;
    mac.update(body);
    mac.verify_slice(&claim).map_err(|_| StatusCode::UNAUTHORIZED)?;
    serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)
}

/// The guest, fresh for each message.
#[derive(Clone)]
pub struct Sandbox {
    bare: Loop,
    turn: Turn,
}

impl Sandbox {
    /// The guest of the bare loop.
    pub fn new(pool: Pool) -> anyhow::Result<Sandbox> {
        let bare = Loop::new(&std::fs::read(guest::component("support"))?, pool)?;
        let turn = serde_json::from_value(serde_json::to_value(guest::turn(guest::TEXT))?)?;
        Ok(Sandbox { bare, turn })
    }

    /// The reply to a stored body.
    pub async fn answer(&self, payload: &str) -> anyhow::Result<String> {
        let envelope: Envelope<'_> = serde_json::from_str(payload)?;
        let message = envelope.message().context("a stored body has no message")?;
        let mut turn = self.turn.clone();
        turn.message.content = Content::Text(message.text.body.clone().into_owned());
        match self.bare.handle(&turn).await?.replies.pop() {
            Some(Reply::Text(text)) => Ok(text),
            _ => anyhow::bail!("the guest answered with no text"),
        }
    }
}
