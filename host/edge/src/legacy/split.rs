//! Extraction of one message from a webhook body: the same envelope, without other people's messages and names.

use serde_json::{Value, json};

use crate::whatsapp::json::list;

/// The message to extract.
#[derive(Clone, Copy, Debug)]
pub struct MessageRef<'a> {
    /// Meta's `phone_number_id`.
    pub business: &'a str,
    /// The message's id; of a status, with `#` and its word.
    pub wamid: &'a str,
}

/// Returns the body with this part only; none if it is not there.
pub fn split(raw: &[u8], part: MessageRef<'_>) -> Option<String> {
    let body: Value = serde_json::from_slice(raw).ok()?;
    let (wamid, status) = part.wamid.split_once('#').unwrap_or((part.wamid, ""));
    for entry in list(&body["entry"]) {
        for change in list(&entry["changes"]) {
            let value = &change["value"];
            let business = value["metadata"]["phone_number_id"].as_str().unwrap_or(part.business);
            if business != part.business {
                continue;
            }
            let Some(kept) = of_value(value, wamid, status) else { continue };
            let mut change = change.clone();
            change["value"] = kept;
            let mut entry = entry.clone();
            entry["changes"] = json!([change]);
            let mut body = body.clone();
            body["entry"] = json!([entry]);
            return Some(body.to_string());
        }
    }
    None
}

/// Returns a change's value with one message or status only.
fn of_value(value: &Value, wamid: &str, status: &str) -> Option<Value> {
    const LISTS: [&str; 3] = ["messages", "message_echoes", "statuses"];
    let is_it = |name: &str, item: &Value| {
        let word = if name == "statuses" { item["status"].as_str().unwrap_or_default() } else { "" };
        item["id"] == wamid && word == status
    };
    if let Some((name, item)) = LISTS.iter().find_map(|name| {
        let found = list(&value[*name]).iter().find(|item| is_it(name, item))?;
        Some((*name, found))
    }) {
        let mut kept = value.clone();
        let object = kept.as_object_mut()?;
        for other in LISTS {
            object.remove(other);
        }
        if let Some(contacts) = object.remove("contacts") {
            let own: Vec<&Value> = list(&contacts).iter().filter(|contact| names(contact, item)).collect();
            if !own.is_empty() {
                object.insert("contacts".into(), json!(own));
            }
        }
        object.insert(name.into(), json!([item]));
        return Some(kept);
    }
    let inner = value.get("standby").filter(|standby| standby.is_object())?;
    let mut kept = value.clone();
    kept["standby"] = of_value(inner, wamid, status)?;
    Some(kept)
}

/// Whether a contact is the sender or the recipient of an item.
fn names(contact: &Value, item: &Value) -> bool {
    let known = [&contact["wa_id"], &contact["user_id"]];
    let named = [&item["from"], &item["from_user_id"], &item["to"], &item["recipient_id"], &item["recipient_user_id"]];
    named.into_iter().any(|name| name.is_string() && known.contains(&name))
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

    #[test]
    fn one_message_keeps_its_envelope_and_loses_the_others() {
        let raw = body().to_string();
        let one = split(raw.as_bytes(), MessageRef { business: "100", wamid: "w2" }).expect("it is there");
        let one: Value = serde_json::from_str(&one).expect("JSON");
        let entry = &one["entry"][0];
        assert_eq!(
            (&one["object"], &entry["id"], &entry["time"]),
            (&json!("whatsapp_business_account"), &json!("9"), &json!(1))
        );
        let value = &entry["changes"][0]["value"];
        assert_eq!(value["messages"], json!([{"id": "w2", "from": "2502", "new_field": {"x": 1}}]));
        assert_eq!(value["contacts"], json!([{"wa_id": "2502", "profile": {"name": "B"}}]));
        assert_eq!(entry["changes"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn a_status_is_found_by_its_word() {
        let raw = body().to_string();
        let read = split(raw.as_bytes(), MessageRef { business: "200", wamid: "w1#read" }).expect("it is there");
        let read: Value = serde_json::from_str(&read).expect("JSON");
        assert_eq!(read["entry"][0]["changes"][0]["value"]["statuses"][0]["status"], "read");
        assert!(split(raw.as_bytes(), MessageRef { business: "200", wamid: "w1#failed" }).is_none());
        assert!(split(raw.as_bytes(), MessageRef { business: "200", wamid: "w2" }).is_none());
        assert!(split(b"no JSON", MessageRef { business: "200", wamid: "w2" }).is_none());
    }
}
