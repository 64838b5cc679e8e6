//! Extraction of one message from a webhook body: the same envelope, without other people's messages and names.
//!
//! The body is read as the webhook reads it, and the message is found by its place there.

use serde_json::{Map, Value, json};

use crate::{webhook::payload, whatsapp::json::list};
use switchboard_core::inbox::{Item, Kind};

/// The message to extract.
#[derive(Clone, Copy, Debug)]
pub struct MessageRef<'a> {
    /// Meta's `phone_number_id`.
    pub business: &'a str,
    /// The message's id; of a status, with `#` and its word.
    pub wamid: &'a str,
    /// What it was stored as.
    pub kind: Kind,
}

/// What a body holds beside each other in one object.
const LISTS: [&str; 7] =
    ["messages", "message_echoes", "statuses", "standby", "history", "user_id_update", "user_preferences"];

/// Returns the body with this part only. Where that cannot be found for sure, the whole body, as it was posted (what is not UTF-8 in it
/// is replaced, since it is stored as a text).
pub fn split(raw: &[u8], part: MessageRef<'_>) -> String {
    let found = payload::located(raw, Some(part.business)).and_then(|(body, items)| {
        let (_, path) = items.iter().find(|(item, _)| is_it(item, part))?;
        Some(only(&body, &steps(path)?, None)?.to_string())
    });
    found.unwrap_or_else(|| String::from_utf8_lossy(raw).replace('\0', "\u{fffd}"))
}

fn is_it(item: &Item, part: MessageRef<'_>) -> bool {
    let is_status = part.kind == Kind::Status;
    match item {
        Item::Message(message) => !is_status && message.business == part.business && message.wamid == part.wamid,
        Item::Identity(change) => !is_status && change.business == part.business && change.wamid == part.wamid,
        Item::Status(status) => {
            is_status
                && status.business == part.business
                && part.wamid.strip_prefix(status.wamid.as_str()).and_then(|word| word.strip_prefix('#'))
                    == Some(status.status.as_str())
        }
    }
}

/// A step from a value to one of its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps of a path such as `entry[0].changes[1].value`.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut words = part.split('[');
        steps.push(Step::Key(words.next()?));
        for index in words {
            steps.push(Step::Index(index.strip_suffix(']')?.parse().ok()?));
        }
    }
    Some(steps)
}

/// A value with the part that these steps lead to, and without what stands beside it. `item` is that part, once it is known.
fn only(value: &Value, steps: &[Step<'_>], item: Option<&Value>) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(value.clone()) };
    let item = item.or_else(|| at(value, steps));
    match (step, value) {
        (Step::Index(index), Value::Array(parts)) => Some(json!([only(parts.get(*index)?, rest, item)?])),
        (Step::Key(key), Value::Object(parts)) => {
            let mut kept = Map::new();
            for (name, part) in parts {
                match name.as_str() {
                    name if name == *key => drop(kept.insert(name.to_owned(), only(part, rest, item)?)),
                    name if LISTS.contains(&name) => {}
                    "contacts" => {
                        let own: Vec<&Value> = list(part).iter().filter(|contact| names(contact, item)).collect();
                        if !own.is_empty() {
                            kept.insert(name.clone(), json!(own));
                        }
                    }
                    _ => drop(kept.insert(name.clone(), part.clone())),
                }
            }
            Some(Value::Object(kept))
        }
        _ => None,
    }
}

fn at<'a>(value: &'a Value, steps: &[Step<'_>]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Whether a contact is the sender or the recipient of an item.
fn names(contact: &Value, item: Option<&Value>) -> bool {
    let Some(item) = item else { return false };
    let known = [&contact["wa_id"], &contact["user_id"]];
    let named = [&item["from"], &item["from_user_id"], &item["to"], &item["recipient_id"], &item["recipient_user_id"]];
    named.into_iter().any(|name| !name.is_null() && known.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Value {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "9", "time": 1, "changes": [
            {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "100"},
                "contacts": [{"wa_id": "2501", "profile": {"name": "A"}}, {"wa_id": "2502", "profile": {"name": "B"}}],
                "messages": [{"id": "w1", "from": "2501", "text": {"body": "a"}}, {"id": "w2", "from": "2502", "new_field": {"x": 1}}]}},
            {"field": "messages", "value": {"metadata": {"phone_number_id": "200"},
                "statuses": [{"id": "w1", "status": "sent"}, {"id": "w1", "status": "read", "recipient_id": "2501"}]}}]}]})
    }

    fn message<'a>(business: &'a str, wamid: &'a str) -> MessageRef<'a> {
        MessageRef { business, wamid, kind: Kind::Message }
    }

    fn status(wamid: &str) -> MessageRef<'_> {
        MessageRef { business: "200", wamid, kind: Kind::Status }
    }

    fn value_of(raw: &[u8], part: MessageRef<'_>) -> Value {
        let one: Value = serde_json::from_str(&split(raw, part)).expect("JSON");
        assert_eq!(one["entry"].as_array().map(Vec::len), Some(1), "{one}");
        assert_eq!(one["entry"][0]["changes"].as_array().map(Vec::len), Some(1), "{one}");
        one["entry"][0]["changes"][0]["value"].clone()
    }

    #[test]
    fn one_message_keeps_its_envelope_and_loses_the_others() {
        let raw = body().to_string();
        let one: Value = serde_json::from_str(&split(raw.as_bytes(), message("100", "w2"))).expect("JSON");
        let entry = &one["entry"][0];
        assert_eq!(
            (&one["object"], &entry["id"], &entry["time"]),
            (&json!("whatsapp_business_account"), &json!("9"), &json!(1))
        );
        let value = value_of(raw.as_bytes(), message("100", "w2"));
        assert_eq!(value["messages"], json!([{"id": "w2", "from": "2502", "new_field": {"x": 1}}]));
        assert_eq!(value["contacts"], json!([{"wa_id": "2502", "profile": {"name": "B"}}]));
    }

    #[test]
    fn a_status_is_found_by_its_word() {
        let raw = body().to_string();
        let value = value_of(raw.as_bytes(), status("w1#read"));
        assert_eq!(value["statuses"], json!([{"id": "w1", "status": "read", "recipient_id": "2501"}]));
    }

    #[test]
    fn in_doubt_the_whole_body_goes_as_it_was_posted() {
        let raw = body().to_string();
        for part in [status("w1#failed"), message("200", "w2"), message("100", "w1#read")] {
            assert_eq!(split(raw.as_bytes(), part), raw, "{part:?}");
        }
        assert_eq!(split(b"no JSON", message("100", "w1")), "no JSON");
        assert_eq!(split(b"\xff\0", message("100", "w1")), "\u{fffd}\u{fffd}");
    }

    /// What the edge reads in a body is what is forwarded of it.
    #[test]
    fn whatever_the_edge_reads_is_found() {
        let in_body = |messages: &str| -> Vec<u8> {
            format!(
                r#"{{"entry": [{{"changes": [{{"field": "messages", "value": {{"metadata": {{"phone_number_id": "100"}}, "messages": [{messages}]}}}}]}}]}}"#
            )
            .into_bytes()
        };
        let other = r#"{"id": "w1", "from": "2501", "type": "text", "text": {"body": "a"}}"#;
        let theirs = |fields: &str| in_body(&format!(r#"{other}, {{"from": "2502", "type": "text", {fields}}}"#));
        let invalid = theirs(r#""id": "w2", "text": {"body": "?"}"#)
            .iter()
            .map(|byte| if *byte == b'?' { 0xff } else { *byte })
            .collect();
        for (what, raw, wamid) in [
            ("half a surrogate", theirs(r#""id": "w2", "text": {"body": "a \ud83d"}"#), Some("w2")),
            ("a broken UTF-8 byte", invalid, Some("w2")),
            ("a numeric id", theirs(r#""id": 77, "text": {"body": "a"}"#), Some("77")),
            ("a number out of range", theirs(r#""id": "w2", "text": {"body": "a"}, "more": 1e999"#), Some("w2")),
            ("a `#` in the id", theirs(r#""id": "w#2", "text": {"body": "a"}"#), Some("w#2")),
            ("no id", theirs(r#""text": {"body": "a"}"#), None),
            ("a NUL", theirs(r#""id": "w\u00002", "text": {"body": "a\u0000"}"#), None),
        ] {
            let delivery = payload::parse(raw.clone().into(), 0, None);
            let Item::Message(read) = &delivery.items[1] else { panic!("{what}: {:?}", delivery.items) };
            assert_eq!((wamid.unwrap_or(&read.wamid), "100"), (read.wamid.as_str(), read.business.as_str()), "{what}");
            let value = value_of(&raw, message("100", &read.wamid));
            assert_eq!(value["messages"].as_array().map(Vec::len), Some(1), "{what}");
            assert_eq!(value["messages"][0]["from"], "2502", "{what}");
        }
        // A number out of range in somebody else's message.
        let raw = in_body(&format!(r#"{{"id": "w3", "big": 1e999}}, {other}"#));
        assert_eq!(value_of(&raw, message("100", "w1"))["messages"][0]["id"], "w1");
    }

    #[test]
    fn each_place_of_a_body_is_cut_out() {
        let bare = json!({"field": "messages", "value": {"metadata": {"phone_number_id": "100"},
            "messages": [{"id": "w1", "from": "2501"}, {"id": "w2", "from": "2502"}]}});
        let one: Value = serde_json::from_str(&split(bare.to_string().as_bytes(), message("100", "w2"))).expect("JSON");
        assert_eq!(one["value"]["messages"], json!([{"id": "w2", "from": "2502"}]), "a body without `entry`");

        let value = json!({"metadata": {"phone_number_id": "100"}, "messages": [{"id": "w1", "from": "1"}],
            "standby": {"messages": [{"id": "w2", "from": "2502"}, {"id": "w3", "from": "3"}]},
            "history": [{"threads": [{"id": "4", "messages": [{"id": "w4", "from": "4"}]}, {"id": "2505", "messages": [{"id": "w5", "from": "100"}]}]}],
            "user_id_update": [{"wa_id": "250788000006", "user_id": {"previous": "a", "current": "b"}}]});
        let raw = json!({"entry": [{"changes": []}, {"changes": [{"value": {}}, {"field": "x", "value": value}]}]})
            .to_string();
        let keys = |value: &Value| {
            value.as_object().map(|parts| parts.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
        };
        let standby = value_of(raw.as_bytes(), message("100", "w2"));
        assert_eq!(
            (keys(&standby), &standby["standby"]),
            (vec!["metadata".into(), "standby".into()], &json!({"messages": [{"id": "w2", "from": "2502"}]}))
        );
        let history = value_of(raw.as_bytes(), message("100", "w5"));
        assert_eq!(
            history["history"],
            json!([{"threads": [{"id": "2505", "messages": [{"id": "w5", "from": "100"}]}]}])
        );
        assert_eq!(keys(&history), ["history", "metadata"]);
        let delivery = payload::parse(raw.clone().into_bytes().into(), 0, None);
        let updates = delivery.items.iter().filter_map(|item| match item {
            Item::Identity(change) => Some(change.wamid.clone()),
            _ => None,
        });
        let update = value_of(raw.as_bytes(), message("100", &updates.collect::<Vec<_>>()[0]));
        assert_eq!(keys(&update), ["metadata", "user_id_update"]);
    }
}
