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
    faults::{Fail, How, Statuses},
    post,
    state::{Emulator, Received, Sent, handle, new_wamid},
    templates,
};
use crate::whatsapp::{limits, reply::FILE_KINDS};

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
    let receipt = serde_json::from_slice::<Value>(&body).ok().filter(|body| body["status"] == "read");
    emulator.world().log.requests += u64::from(receipt.is_none());
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.is_none_or(|token| token.trim().is_empty()) {
        return refuse(&emulator, 401, TOKEN, "Invalid OAuth access token");
    }
    let only = emulator.world().faults.only_token.clone();
    if only.as_deref().is_some_and(|only| token != Some(only)) {
        return refuse(&emulator, 401, TOKEN, "Error validating access token: the session has expired");
    }
    // Faults on demand are those of sends.
    if let Some(receipt) = receipt {
        return read(&emulator, &receipt);
    }
    let fail = emulator.world().faults.next_fail(&business, false);
    if let Some(fail) = fail.as_ref().filter(|fail| fail.taken.is_none()) {
        return answer(&emulator, fail).await;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(&emulator, 400, REQUEST, "The body is no JSON");
    };
    if let Err((code, words)) = check(&body) {
        return refuse(&emulator, 400, code, &words);
    }
    if body["type"] == "template" {
        let checked = templates::check_template(&emulator.world().templates, &body["template"]);
        if let Err((code, words)) = checked {
            return refuse(&emulator, 400, code, &words);
        }
    }
    if let Some(id) = unknown_file(&emulator, &body) {
        return refuse(&emulator, 400, REQUEST, &format!("there is no media {id}"));
    }
    let to = handle(body["to"].as_str().or(body["recipient"].as_str()).unwrap_or_default());
    let is_outside = body["type"] != "template" && !emulator.is_window_open(&business, &to);
    if is_outside {
        emulator.world().log.outside_window += 1;
        if emulator.world().faults.window {
            return refuse(&emulator, 400, WINDOW, "Re-engagement message");
        }
    }
    let statuses = match fail.as_ref().and_then(|fail| fail.taken.clone()) {
        Some(statuses) => statuses,
        None => emulator.world().faults.next_statuses(&business),
    };
    let sent = take(&emulator, business, &to, &body, &statuses, fail.is_none());
    let wamid = sent.wamid.clone();
    post::statuses(&emulator, sent, statuses);
    if let Some(fail) = fail {
        return answer(&emulator, &fail).await;
    }
    let contact = match body["to"].as_str() {
        Some(_) => json!({ "input": body["to"], "wa_id": to }),
        None => json!({ "input": body["recipient"], "user_id": to }),
    };
    let answer = json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": wamid }] });
    Json(answer).into_response()
}

/// Takes a read receipt, with or without a typing indicator.
fn read(emulator: &Emulator, receipt: &Value) -> Response {
    let wamid = receipt["message_id"].as_str().filter(|id| !id.is_empty());
    let typing = &receipt["typing_indicator"];
    let Some(wamid) = wamid.filter(|_| receipt["messaging_product"] == "whatsapp") else {
        return refuse(emulator, 400, MISSING, "message_id is required");
    };
    if !typing.is_null() && typing["type"] != "text" {
        return refuse(emulator, 400, WRONG, "typing_indicator.type must be text");
    }
    if emulator.world().faults.receipts_fail {
        return refuse(emulator, 500, 1, "Fault on demand");
    }
    let mut world = emulator.world();
    if emulator.0.keeps_all {
        world.log.reads.push(wamid.to_owned());
        world.log.typing += u64::from(!typing.is_null());
    }
    drop(world);
    emulator.was_read(wamid, !typing.is_null());
    Json(json!({ "success": true })).into_response()
}

/// The id of a file that the emulator does not have, if the body sends one.
fn unknown_file(emulator: &Emulator, body: &Value) -> Option<String> {
    let kind = body["type"].as_str().filter(|kind| FILE_KINDS.contains(kind))?;
    let id = body[kind]["id"].as_str()?;
    (!emulator.world().media.contains_key(id)).then(|| id.to_owned())
}

/// Takes a message: notes it, and delivers it to the phone unless it is to fail.
fn take(emulator: &Emulator, business: String, to: &str, body: &Value, statuses: &Statuses, is_answered: bool) -> Sent {
    let is_window_open = emulator.is_window_open(&business, to);
    let at = emulator.now_ms();
    let mut world = emulator.world();
    let sent = Sent {
        n: world.sends.len() + 1,
        at,
        business,
        recipient: to.to_owned(),
        reference: body["biz_opaque_callback_data"].as_str().map(str::to_owned),
        wamid: new_wamid(),
        body: body.clone(),
        is_answered,
        is_window_open,
        failed: statuses.failed,
    };
    world.log.accepted += 1;
    if emulator.0.keeps_all {
        world.sends.push(sent.clone());
    }
    if statuses.failed.is_none() && emulator.0.keeps_all {
        if let Some(reference) = &sent.reference {
            *world.log.references.entry(reference.clone()).or_default() += 1;
        }
        let phone = world.phones.entry(to.to_owned()).or_default();
        let (n, business) = (phone.len() + 1, sent.business.clone());
        phone.push(Received { n, id: sent.wamid.clone(), at, business, body: body.clone() });
    }
    drop(world);
    if statuses.failed.is_none() {
        emulator.gets(to, &sent);
    }
    emulator.0.bell.notify_waiters();
    sent
}

/// Fails on demand.
pub(super) async fn answer(emulator: &Emulator, fail: &Fail) -> Response {
    *emulator.world().log.failed.entry(if fail.how == How::Answer { fail.status } else { 0 }).or_default() += 1;
    match fail.how {
        How::Hang => std::future::pending().await,
        How::Reset => {
            // A body that breaks before its first byte closes the connection before the head is written.
            let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let stream = futures_util::stream::once(async move { Err::<Bytes, _>(broken) });
            Body::from_stream(stream).into_response()
        }
        How::Answer => {
            let mut response = match fail.code {
                Some(code) => {
                    let mut error = error(emulator, code, "Fault on demand");
                    if let Some(subcode) = fail.subcode {
                        error["error_subcode"] = json!(subcode);
                    }
                    if let Some(details) = &fail.details {
                        error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
                    }
                    (status(fail.status), Json(json!({ "error": error }))).into_response()
                }
                None => (status(fail.status), "fault on demand").into_response(),
            };
            if let Some(after) = fail.retry_after.as_ref().and_then(|after| after.parse().ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, after);
            }
            response
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn refuse(emulator: &Emulator, http: u16, code: i64, words: &str) -> Response {
    (status(http), Json(json!({ "error": error(emulator, code, words) }))).into_response()
}

/// Counts a refusal, and builds Meta's error.
fn error(emulator: &Emulator, code: i64, words: &str) -> Value {
    *emulator.world().log.refused.entry(code).or_default() += 1;
    json!({ "message": format!("(#{code}) {words}"), "type": "OAuthException", "code": code })
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
        Some("location_request_message" | "request_contact_info") => words(text, "body", limits::BODY_MAX),
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
