//! The route for sending, `POST /{version}/{phone_number_id}/messages`, with Meta's limits and error codes.

use std::collections::HashSet;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    post,
    state::{Emulator, Received, handle, new_wamid, now_ms},
};
use crate::whatsapp::{limits, reply::FILE_KINDS};
use switchboard_core::window;

/// Meta's error codes: a missing parameter, a wrong one, a wrong request, a closed 24-hour window, a wrong token.
const MISSING: i64 = 131_008;
const WRONG: i64 = 131_009;
pub(super) const REQUEST: i64 = 100;
const WINDOW: i64 = 131_047;
pub(super) const TOKEN: i64 = 190;

pub(super) async fn messages(
    State(emulator): State<Emulator>,
    Path((_, business)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    emulator.world().log.requests += 1;
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.is_none_or(|token| token.trim().is_empty()) {
        return refuse(&emulator, 401, TOKEN, "Invalid OAuth access token");
    }
    if let Some(fail) = { emulator.world().faults.next_fail() } {
        return match fail.code {
            Some(code) => refuse(&emulator, fail.status, code, "Fault on demand"),
            None => (status(fail.status), "fault on demand").into_response(),
        };
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(&emulator, 400, REQUEST, "The body is no JSON");
    };
    if body["status"] == "read" {
        return Json(json!({ "success": true })).into_response();
    }
    if let Err((code, words)) = check(&body) {
        return refuse(&emulator, 400, code, &words);
    }
    if let Some(id) = unknown_file(&emulator, &body) {
        return refuse(&emulator, 400, REQUEST, &format!("there is no media {id}"));
    }
    let to = handle(body["to"].as_str().or(body["recipient"].as_str()).unwrap_or_default());
    let closed = || {
        let last = emulator.world().last_word_ms.get(&to).copied();
        last.is_none_or(|last| !window::is_open(last, now_ms()))
    };
    let window = emulator.world().faults.window;
    if window && body["type"] != "template" && closed() {
        return refuse(&emulator, 400, WINDOW, "Re-engagement message");
    }
    let (wamid, dropped) = take(&emulator, &business, &to, &body);
    post::statuses(&emulator, &business, &to, &wamid, body["biz_opaque_callback_data"].as_str());
    if dropped {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let stream = futures_util::stream::once(async move { Err::<Bytes, _>(broken) });
        return Body::from_stream(stream).into_response();
    }
    let contact = match body["to"].as_str() {
        Some(_) => json!({ "input": body["to"], "wa_id": to }),
        None => json!({ "input": body["recipient"], "user_id": to }),
    };
    let answer = json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": wamid }] });
    Json(answer).into_response()
}

/// The id of a file that the emulator does not have, if the body sends one.
fn unknown_file(emulator: &Emulator, body: &Value) -> Option<String> {
    let kind = body["type"].as_str().filter(|kind| FILE_KINDS.contains(kind))?;
    let id = body[kind]["id"].as_str()?;
    (!emulator.world().media.contains_key(id)).then(|| id.to_owned())
}

/// Delivers a message to the phone. Returns its wamid, and whether to break the connection.
fn take(emulator: &Emulator, business: &str, to: &str, body: &Value) -> (String, bool) {
    let wamid = new_wamid();
    let mut world = emulator.world();
    world.log.accepted += 1;
    if let Some(reference) = body["biz_opaque_callback_data"].as_str() {
        *world.log.references.entry(reference.to_owned()).or_default() += 1;
    }
    let dropped = world.faults.drops_answer();
    let phone = world.phones.entry(to.to_owned()).or_default();
    let n = phone.len() + 1;
    phone.push(Received { n, id: wamid.clone(), at: now_ms(), business: business.to_owned(), body: body.clone() });
    drop(world);
    emulator.0.bell.notify_waiters();
    (wamid, dropped)
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn refuse(emulator: &Emulator, http: u16, code: i64, words: &str) -> Response {
    *emulator.world().log.refused.entry(code).or_default() += 1;
    let error = json!({ "message": format!("(#{code}) {words}"), "type": "OAuthException", "code": code });
    (status(http), Json(json!({ "error": error }))).into_response()
}

type Checked = Result<(), (i64, String)>;

/// Checks a body against Meta's published limits.
fn check(body: &Value) -> Checked {
    if body["messaging_product"] != "whatsapp" {
        return Err((REQUEST, "messaging_product must be whatsapp".to_owned()));
    }
    if body["to"].as_str().or(body["recipient"].as_str()).is_none_or(str::is_empty) {
        return Err((MISSING, "to or recipient is required".to_owned()));
    }
    let kind = body["type"].as_str().unwrap_or("text");
    let part = &body[kind];
    match kind {
        "text" => words(&part["body"], "text.body", limits::TEXT_MAX),
        _ if FILE_KINDS.contains(&kind) => {
            if part["id"].as_str().or(part["link"].as_str()).is_none_or(str::is_empty) {
                return Err((MISSING, format!("{kind}.id is required")));
            }
            optional(&part["caption"], "caption", limits::CAPTION_MAX)
        }
        "template" => words(&part["name"], "template.name", 512)
            .and_then(|()| words(&part["language"]["code"], "template.language.code", 16)),
        "contacts" => match part[0]["name"]["formatted_name"].as_str() {
            Some(name) if !name.is_empty() => Ok(()),
            _ => Err((MISSING, "contacts[0].name.formatted_name is required".to_owned())),
        },
        "location" | "reaction" => Ok(()),
        "interactive" => interactive(part),
        _ => Err((REQUEST, format!("type {kind} is unknown"))),
    }
}

fn interactive(part: &Value) -> Checked {
    let action = &part["action"];
    let text = &part["body"]["text"];
    optional(&part["footer"]["text"], "footer", 60)?;
    optional(&part["header"]["text"], "header", 60)?;
    match part["type"].as_str() {
        Some("button") => {
            words(text, "body", limits::BODY_MAX)?;
            let buttons = action["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
            count("buttons", buttons.len(), limits::BUTTONS_MAX)?;
            let replies: Vec<_> = buttons.iter().map(|button| &button["reply"]).collect();
            for reply in &replies {
                words(&reply["title"], "button title", limits::BUTTON_TITLE_MAX)?;
                words(&reply["id"], "button id", limits::BUTTON_ID_MAX)?;
            }
            distinct("button title", replies.iter().map(|reply| &reply["title"]))?;
            distinct("button id", replies.iter().map(|reply| &reply["id"]))
        }
        Some("list") => {
            words(text, "body", limits::LIST_BODY_MAX)?;
            words(&action["button"], "list button", limits::LABEL_MAX)?;
            let sections = action["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
            count("sections", sections.len(), limits::SECTIONS_MAX)?;
            for section in sections {
                match sections.len() {
                    1 => optional(&section["title"], "section title", limits::ROW_TITLE_MAX)?,
                    _ => words(&section["title"], "section title", limits::ROW_TITLE_MAX)?,
                }
            }
            let rows: Vec<_> = sections.iter().filter_map(|section| section["rows"].as_array()).flatten().collect();
            count("rows", rows.len(), limits::ROWS_MAX)?;
            for row in &rows {
                words(&row["id"], "row id", limits::ROW_ID_MAX)?;
                words(&row["title"], "row title", limits::ROW_TITLE_MAX)?;
                optional(&row["description"], "row description", limits::ROW_DESCRIPTION_MAX)?;
            }
            distinct("row id", rows.iter().map(|row| &row["id"]))
        }
        Some("cta_url") => {
            words(text, "body", limits::BODY_MAX)?;
            words(&action["parameters"]["display_text"], "display_text", limits::LABEL_MAX)?;
            words(&action["parameters"]["url"], "url", 2000)
        }
        Some("location_request_message") => words(text, "body", limits::BODY_MAX),
        _ => Err((WRONG, "interactive.type is not valid".to_owned())),
    }
}

fn words(value: &Value, what: &str, max: usize) -> Checked {
    match value.as_str().map(|text| if text.trim().is_empty() { 0 } else { limits::length(text) }) {
        None | Some(0) => Err((MISSING, format!("{what} is required"))),
        Some(n) if n > max => Err((WRONG, format!("{what} has {n} characters, at most {max} are allowed"))),
        Some(_) => Ok(()),
    }
}

fn optional(value: &Value, what: &str, max: usize) -> Checked {
    if value.is_null() { Ok(()) } else { words(value, what, max) }
}

fn count(what: &str, n: usize, max: usize) -> Checked {
    if (1..=max).contains(&n) { Ok(()) } else { Err((WRONG, format!("{n} {what}, 1 to {max} are allowed"))) }
}

fn distinct<'a>(what: &str, values: impl Iterator<Item = &'a Value>) -> Checked {
    let mut seen = HashSet::new();
    for value in values {
        if !seen.insert(value.as_str()) {
            return Err((WRONG, format!("{what} is not unique")));
        }
    }
    Ok(())
}

/// Whether a request has a bearer token.
pub(super) fn has_token(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("Bearer "))
}
