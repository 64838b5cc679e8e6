//! The routes of the phones: sending a message, and waiting for received ones.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    envelope, media, post,
    screen::Tick,
    state::{DISPLAY, Emulator, handle, new_wamid},
};
use crate::whatsapp::json::time_ms;
use switchboard_core::phone::Phone;

/// The longest wait of one request.
const WAIT_MS_MAX: u64 = 30_000;

/// `POST /emulator/phones/{number}/messages`: sends `{"text": …}`, `{"tap": {"id", "title"}}`, `{"row": …}`,
/// `{"location": …}`, `{"image": true}` and the like, or `{"message": …}` in Meta's format; optionally with `name`,
/// `quotes` and `id`.
pub(super) async fn say(
    State(emulator): State<Emulator>,
    Path(number): Path<String>,
    Json(said): Json<Value>,
) -> Response {
    match emulator.say(&number, &said).await {
        Ok(told) => Json(json!({ "id": told.wamid, "webhook": told.webhook })).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}

/// A message that a phone sent.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its wamid.
    pub wamid: String,
    /// What the webhook answered, as an HTTP status; 0 without an answer.
    pub webhook: u16,
}

/// What is to be sent is no message.
#[derive(Debug, thiserror::Error)]
#[error(
    "say one of text, tap, row, button, location, contacts, reaction, order, image, audio, video, document, sticker, message"
)]
pub struct NoMessage;

impl Emulator {
    /// Sends a message from a phone to the webhook, in the short form of the route, and waits for its answer. The phone's screen shows it
    /// at once.
    pub async fn say(&self, number: &str, said: &Value) -> Result<Told, NoMessage> {
        let business = said["business"].as_str().unwrap_or(&self.0.settings.phone_number_id);
        let mut message = envelope::message(said, business).ok_or(NoMessage)?;
        let from = handle(number);
        let is_phone = Phone::parse(&from).is_ok();
        let wamid = said["id"].as_str().map_or_else(new_wamid, str::to_owned);
        message[if is_phone { "from" } else { "from_user_id" }] = json!(from);
        let now = self.now_ms();
        // The window counts from the message's own timestamp, however late it is delivered.
        let at = time_ms(&message["timestamp"]).unwrap_or(now);
        for (key, value) in [("id", json!(wamid)), ("timestamp", json!((now / 1000).to_string()))] {
            if message[key].is_null() {
                message[key] = value;
            }
        }
        if said["quotes"].is_string() {
            message["context"] = json!({ "from": DISPLAY, "id": said["quotes"] });
        }
        let name = said["name"].as_str().unwrap_or("Somebody");
        let mut contact = json!({ "profile": { "name": name } });
        contact[if is_phone { "wa_id" } else { "user_id" }] = json!(from);
        // A file without given bytes gets a few.
        if let Some(kind) = message["type"].as_str().filter(|kind| said[*kind]["id"].is_null())
            && let (Some(id), Some(mime)) = (message[kind]["id"].as_str(), message[kind]["mime_type"].as_str())
        {
            let content = [media::beginning(mime), format!("{kind} {id}").as_bytes()].concat();
            let bytes = || (mime.to_owned(), content.into());
            self.world().media.entry(id.to_owned()).or_insert_with(bytes);
        }
        {
            let mut world = self.world();
            let last = world.last_word_ms.entry((business.to_owned(), from.clone())).or_insert(at);
            *last = at.max(*last);
        }
        self.says(&from, &wamid, at, message.clone());
        let body = self.envelope(business, json!({ "contacts": [contact], "messages": [message] }));
        let webhook = post::deliver(self, &body).await;
        self.ticks(&from, &wamid, if webhook == 200 { Tick::Stored } else { Tick::Refused(webhook) });
        Ok(Told { wamid, webhook })
    }
}

/// The query of a phone's received messages.
#[derive(Deserialize)]
pub(super) struct Hear {
    /// Only messages after the Nth.
    #[serde(default)]
    after: usize,
    /// How long to wait for the first.
    #[serde(default)]
    wait_ms: u64,
}

/// `GET /emulator/phones/{number}/messages?after=N&wait_ms=…`: the messages received after the Nth; waits for the
/// first one.
pub(super) async fn hear(
    State(emulator): State<Emulator>,
    Path(number): Path<String>,
    Query(hear): Query<Hear>,
) -> Json<Value> {
    let phone = handle(&number);
    let deadline = Instant::now() + Duration::from_millis(hear.wait_ms.min(WAIT_MS_MAX));
    loop {
        let rung = emulator.0.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        let (last, messages) = {
            let world = emulator.world();
            let all = world.phones.get(&phone).map(Vec::as_slice).unwrap_or_default();
            (all.len(), all.get(hear.after..).unwrap_or_default().to_vec())
        };
        let late = tokio::time::timeout_at(deadline, async {
            if messages.is_empty() {
                rung.await;
            }
        });
        if !messages.is_empty() || late.await.is_err() {
            return Json(json!({ "messages": messages, "last": last }));
        }
    }
}
