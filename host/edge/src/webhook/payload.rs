//! The parser of webhook payloads: turns a body into a [`Delivery`], reading each entry, change, message and status
//! on its own.
//!
//! Parts that cannot be read are reported in [`Delivery::unreadable`]; nothing is lost, since the raw body is stored
//! too.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{content, meta_notice, sender, system};
use crate::whatsapp::json;
use switchboard_core::{
    contract::types::{Content, Other},
    failure::Failure,
    inbox::{Delivery, IdentityChange, Inbound, Item, Kind, MARKETING, Sender, StatusUpdate},
    meta_notice::MetaNotice,
    phone::mask_numbers,
};

/// Parses a body. `business` is the default number for bodies that name none, as some gateways send them.
pub fn parse(body: Bytes, received_at: i64, business: Option<&str>) -> Delivery {
    parse_all(body, received_at, business).0
}

/// Parses a body as [`parse`] does; gives Meta's notices in it too.
pub fn parse_all(body: Bytes, received_at: i64, business: Option<&str>) -> (Delivery, Vec<MetaNotice>) {
    let mut reader = Reader::new(received_at, business, None);
    let value = json::read(&String::from_utf8_lossy(&body), &mut |path, why| reader.trouble(path, why));
    if let Some(value) = value {
        reader.body(&value);
    }
    let Reader { items, notices, troubles, first, .. } = reader;
    let unreadable = match troubles {
        0 => None,
        1 => Some(first),
        more => Some(format!("{first}, and {} more", more - 1)),
    };
    (Delivery { body, received_at, items, unreadable, forwards: false }, notices)
}

/// Parses a body as [`parse`] does; gives it as it was read, and each item with its path there, such as
/// `entry[0].changes[1].value.messages[2]`. None if nothing of it can be read.
pub(crate) fn located(body: &[u8], business: Option<&str>) -> Option<(Value, Vec<(Item, String)>)> {
    let value = json::read(&String::from_utf8_lossy(body), &mut |_, _| {})?;
    let mut reader = Reader::new(0, business, Some(Vec::new()));
    reader.body(&value);
    let paths = reader.paths.unwrap_or_default();
    Some((value, reader.items.into_iter().zip(paths).collect()))
}

struct Reader<'a> {
    received_at: i64,
    fallback: Option<&'a str>,
    items: Vec<Item>,
    notices: Vec<MetaNotice>,
    /// The paths of the items, if they are wanted.
    paths: Option<Vec<String>>,
    troubles: usize,
    first: String,
}

/// The position in a body: the path of the value that contains lists of messages, and its common fields.
struct Place<'a> {
    path: &'a str,
    business: String,
    display: Option<String>,
    contacts: &'a [Value],
}

impl<'a> Reader<'a> {
    fn new(received_at: i64, fallback: Option<&'a str>, paths: Option<Vec<String>>) -> Reader<'a> {
        let (items, notices) = (Vec::new(), Vec::new());
        Reader { received_at, fallback, items, notices, paths, troubles: 0, first: String::new() }
    }

    fn trouble(&mut self, place: &str, why: &str) {
        self.troubles += 1;
        if self.first.is_empty() {
            let _ = write!(self.first, "{place}: {why}");
        }
    }

    fn put(&mut self, item: Item, path: impl FnOnce() -> String) {
        self.items.push(item);
        if let Some(paths) = &mut self.paths {
            paths.push(path());
        }
    }

    fn body(&mut self, body: &Value) {
        if !body.is_object() {
            self.trouble("the body", "it is no JSON object");
        } else if let Some(entries) = body.get("entry") {
            for (n, entry) in json::list(entries).iter().enumerate() {
                self.entry(n, entry);
            }
        } else if body.get("field").is_some() && body.get("value").is_some() {
            // The dashboard shows its sample without the envelope, and people post it like that.
            self.change("value", body);
        } else {
            self.trouble("the body", "it has no `entry`");
        }
    }

    fn entry(&mut self, n: usize, entry: &Value) {
        if !entry.is_object() {
            return self.trouble(&format!("entry[{n}]"), "it is no JSON object");
        }
        for (m, change) in json::list(&entry["changes"]).iter().enumerate() {
            let path = format!("entry[{n}].changes[{m}]");
            match change.is_object() {
                true => {
                    self.notice(entry, change);
                    self.change(&format!("{path}.value"), change);
                }
                false => self.trouble(&path, "it is no JSON object"),
            }
        }
    }

    /// Reads a notice about the account. One whose time is not Meta's past came now.
    fn notice(&mut self, entry: &Value, change: &Value) {
        let field = change["field"].as_str().unwrap_or_default();
        let account = json::text(&entry["id"]).unwrap_or_default();
        let at = json::time_ms(&entry["time"]).filter(|at| *at <= self.received_at).unwrap_or(self.received_at);
        self.notices.extend(meta_notice::read(field, &change["value"], &account, at));
    }

    /// Reads a change; `path` is that of its value.
    fn change(&mut self, path: &str, change: &Value) {
        let value = &change["value"];
        if !value.is_object() {
            return;
        }
        let outer = self.metadata(value, None);
        let (messages, echoes) = match change["field"].as_str() {
            Some("standby") => (Kind::Standby, Kind::Standby),
            Some("history") => (Kind::History, Kind::History),
            _ => (Kind::Message, Kind::Echo),
        };
        self.value(path, value, &outer, messages, echoes);
        let standby = &value["standby"];
        if standby.is_object() {
            self.value(&format!("{path}.standby"), standby, &outer, Kind::Standby, Kind::Standby);
        }
        for (n, chunk) in json::list(&value["history"]).iter().enumerate() {
            let (business, display) = self.metadata(chunk, Some(&outer));
            for (m, thread) in json::list(&chunk["threads"]).iter().enumerate() {
                let path = &format!("{path}.history[{n}].threads[{m}]");
                let person = thread.get("id").map(|id| serde_json::json!({ "wa_id": id }));
                let place =
                    Place { path, business: business.clone(), display: display.clone(), contacts: person.as_slice() };
                self.messages(&place, &thread["messages"], "messages", Kind::History);
            }
        }
        for (n, preference) in json::list(&value["user_preferences"]).iter().enumerate() {
            let contacts = json::list(&value["contacts"]);
            if let Some(message) = self.preference(&outer.0, contacts, preference) {
                self.put(Item::Message(message), || format!("{path}.user_preferences[{n}]"));
            }
        }
        for (n, update) in json::list(&value["user_id_update"]).iter().enumerate() {
            if let Some(change) = self.user_id_update(&outer.0, update) {
                self.put(Item::Identity(change), || format!("{path}.user_id_update[{n}]"));
            }
        }
    }

    /// Reads `phone_number_id` and the display number.
    fn metadata(&self, value: &Value, outer: Option<&(String, Option<String>)>) -> (String, Option<String>) {
        let metadata = &value["metadata"];
        let fallback = || outer.map(|outer| outer.0.clone()).or_else(|| self.fallback.map(str::to_owned));
        let business = json::id(&metadata["phone_number_id"]).or_else(fallback).unwrap_or_default();
        (business, json::text(&metadata["display_phone_number"]))
    }

    fn value(&mut self, path: &str, value: &Value, outer: &(String, Option<String>), messages: Kind, echoes: Kind) {
        let (business, display) = outer.clone();
        let place = Place { path, business, display, contacts: json::list(&value["contacts"]) };
        self.messages(&place, &value["messages"], "messages", messages);
        self.messages(&place, &value["message_echoes"], "message_echoes", echoes);
        for (n, status) in json::list(&value["statuses"]).iter().enumerate() {
            match self.status(&place, status) {
                Some(status) => self.put(Item::Status(status), || format!("{path}.statuses[{n}]")),
                None => self.trouble(&format!("{path}.statuses[{n}]"), "it has no id"),
            }
        }
    }

    fn messages(&mut self, place: &Place<'_>, messages: &Value, list: &str, kind: Kind) {
        for (n, message) in json::list(messages).iter().enumerate() {
            let at = || format!("{}.{list}[{n}]", place.path);
            if !message.is_object() {
                self.trouble(&at(), "it is no JSON object");
                continue;
            }
            if let Some(change) = self.identity(place, message) {
                self.put(Item::Identity(change), at);
                continue;
            }
            let mut inbound = self.message(place, message, kind);
            if sender::is_dashboard_sample(&place.business, message) {
                inbound.sender = Sender::default();
                inbound.kind = Kind::Silent;
            } else if inbound.business.is_empty() {
                // What is never answered keeps its own space.
                if matches!(inbound.kind, Kind::Message | Kind::Placeholder) {
                    inbound.kind = Kind::Silent;
                }
                self.trouble(&at(), "it names no business number");
            } else if inbound.sender.phone.is_none() && inbound.sender.user_id.is_none() {
                if matches!(inbound.kind, Kind::Message | Kind::Placeholder) {
                    inbound.kind = Kind::Silent;
                }
                self.trouble(&at(), "it names nobody who could be answered");
            }
            self.put(Item::Message(inbound), at);
        }
    }

    fn message(&self, place: &Place<'_>, message: &Value, kind: Kind) -> Inbound {
        // What another app sent stands one object deeper: `{"message": {…}, "recipient_id": …}` or the like.
        let deeper = matches!(kind, Kind::Echo | Kind::Standby)
            .then(|| &message["message"])
            .filter(|inner| inner["type"].is_string());
        let unwrapped = deeper.map(|inner| unwrap(message, inner));
        let message = unwrapped.as_ref().unwrap_or(message);
        let (content, own_kind, about) = content::read(message);
        let mut sender = match kind {
            Kind::Echo | Kind::Standby | Kind::History => {
                sender::other_side(message, place.contacts, place.display.as_deref())
            }
            _ => sender::of(message, place.contacts),
        };
        sender.card = matches!(kind, Kind::Message).then(|| content::own_card(message)).flatten();
        let in_group = json::text(&message["group_id"]).is_some();
        Inbound {
            business: place.business.clone(),
            wamid: json::id(&message["id"]).unwrap_or_else(|| nameless(message)),
            kind: match kind {
                Kind::Message if in_group => Kind::Silent,
                Kind::Message => own_kind,
                other => other,
            },
            sender,
            sent_at: json::time_ms(&message["timestamp"]).unwrap_or(self.received_at),
            content,
            quotes: about.or_else(|| json::id(&message["context"]["id"])),
            extras: content::extras(message),
        }
    }

    /// Reads a system message about a changed number or user id.
    fn identity(&self, place: &Place<'_>, message: &Value) -> Option<IdentityChange> {
        let system = (message["type"] == "system").then_some(&message["system"])?;
        let (before, after) = system::change(message, system)?;
        let wamid = json::id(&message["id"]).unwrap_or_else(|| nameless(message));
        let at = json::time_ms(&message["timestamp"]).unwrap_or(self.received_at);
        change(place.business.clone(), wamid, before, after, at)
    }

    /// Reads whether a person wants marketing messages, as they chose in WhatsApp: never answered, see [`MARKETING`].
    fn preference(&self, business: &str, contacts: &[Value], preference: &Value) -> Option<Inbound> {
        let value = json::text(&preference["value"]).filter(|value| matches!(value.as_str(), "stop" | "resume"))?;
        if json::text(&preference["category"]).is_some_and(|category| category != "marketing_messages") {
            return None;
        }
        let known_by = serde_json::json!({ "from": preference["wa_id"], "from_user_id": preference["user_id"] });
        let sender = sender::of(&known_by, contacts);
        let is_known = !business.is_empty() && (sender.phone.is_some() || sender.user_id.is_some());
        is_known.then(|| Inbound {
            business: business.to_owned(),
            wamid: nameless(preference),
            kind: Kind::Silent,
            sender,
            sent_at: json::time_ms(&preference["timestamp"]).unwrap_or(self.received_at),
            content: Content::Other(Other { kind: MARKETING.to_owned(), value: serde_json::json!(value).to_string() }),
            quotes: None,
            extras: Vec::new(),
        })
    }

    /// Reads a changed user id from the field `user_id_update`, as Meta sent it before August 2026.
    fn user_id_update(&self, business: &str, update: &Value) -> Option<IdentityChange> {
        let known = |when: &str| Sender {
            phone: sender::phone(&update["wa_id"]),
            user_id: json::id(&update["user_id"][when]),
            parent_user_id: json::id(&update["parent_user_id"][when]),
            ..Sender::default()
        };
        let at = json::time_ms(&update["timestamp"]).unwrap_or(self.received_at);
        change(business.to_owned(), nameless(update), known("previous"), known("current"), at)
    }

    fn status(&self, place: &Place<'_>, status: &Value) -> Option<StatusUpdate> {
        let error = &status["errors"][0];
        let words = ["title", "message"].iter().find_map(|key| json::text(&error[*key])).unwrap_or_default();
        let details = json::text(&error["error_data"]["details"]).or_else(|| json::text(&error["details"]));
        let words = match details {
            Some(details) if details != words => format!("{words}: {details}"),
            _ => words,
        };
        let whole = |value: &Value| json::number(value).map(|number| number as i64);
        let (code, subcode) = (whole(&error["code"]), whole(&error["error_subcode"]));
        Some(StatusUpdate {
            business: place.business.clone(),
            wamid: json::id(&status["id"])?,
            status: json::id(&status["status"]).unwrap_or_else(|| "unknown".to_owned()),
            recipient: json::id(&status["recipient_id"]).or_else(|| json::id(&status["recipient_user_id"])),
            reference: json::id(&status["biz_opaque_callback_data"]),
            at: json::time_ms(&status["timestamp"]).unwrap_or(self.received_at),
            error: code.map(|code| (code, mask_numbers(&words))),
            failure: (status["status"] == "failed").then(|| Failure::of_status(code, subcode)),
            billable: status["pricing"]["billable"].as_bool(),
            category: json::id(&status["pricing"]["category"]).map(|category| category.to_lowercase()),
        })
    }
}

fn change(business: String, wamid: String, before: Sender, after: Sender, at: i64) -> Option<IdentityChange> {
    let known = |sender: &Sender| sender.phone.is_some() || sender.user_id.is_some();
    (known(&before) && known(&after)).then_some(IdentityChange { business, wamid, before, after, at })
}

/// A message that stands in another object: its own fields, and those of the outer one that it has not.
fn unwrap(outer: &Value, inner: &Value) -> Value {
    let mut whole = outer.clone();
    if let (Some(whole), Some(inner)) = (whole.as_object_mut(), inner.as_object()) {
        whole.remove("message");
        whole.extend(inner.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    whole
}

/// A deterministic id for a message without one.
fn nameless(message: &Value) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(message.to_string())))
}
