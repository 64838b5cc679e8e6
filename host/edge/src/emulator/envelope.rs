//! Builders of Meta's webhook bodies.

use serde_json::{Value, json};

use super::state::{DISPLAY, Emulator, Sent, new_media_id};

impl Emulator {
    /// A delivery with one change of the field `messages`.
    pub(super) fn envelope(&self, business: &str, part: Value) -> Value {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": DISPLAY, "phone_number_id": business },
        });
        if let (Some(value), Value::Object(part)) = (value.as_object_mut(), part) {
            value.extend(part);
        }
        let change = json!({ "value": value, "field": "messages" });
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": [change] }] })
    }
}

/// Builds a message to a business number from the short form of the phones' route. None if it holds no message.
pub(super) fn message(said: &Value, business: &str) -> Option<Value> {
    for (short, kind) in [("tap", "button_reply"), ("row", "list_reply")] {
        if said[short].is_object() {
            let interactive = json!({ "type": kind, kind: said[short] });
            return Some(json!({ "type": "interactive", "interactive": interactive }));
        }
    }
    if let Some(text) = said["text"].as_str() {
        return Some(json!({ "type": "text", "text": { "body": text } }));
    }
    if said["button"].is_object() {
        return Some(json!({ "type": "button", "button": said["button"] }));
    }
    for kind in ["location", "contacts", "reaction", "order"] {
        if !said[kind].is_null() {
            return Some(json!({ "type": kind, kind: said[kind] }));
        }
    }
    for (kind, mime) in [
        ("image", "image/jpeg"),
        ("audio", "audio/ogg; codecs=opus"),
        ("video", "video/mp4"),
        ("document", "application/pdf"),
        ("sticker", "image/webp"),
    ] {
        if said[kind].is_object() || said[kind] == true {
            let mut file = json!({ "id": new_media_id(business), "mime_type": mime });
            if kind == "audio" {
                file["voice"] = json!(true);
            }
            if let (Some(file), Some(more)) = (file.as_object_mut(), said[kind].as_object()) {
                file.extend(more.clone());
            }
            return Some(json!({ "type": kind, kind: file }));
        }
    }
    said["message"].is_object().then(|| said["message"].clone())
}

/// Builds a status of a sent message at a time in milliseconds. `code` is the error of a `failed`.
pub(super) fn status(word: &str, sent: &Sent, at: i64, code: Option<i64>) -> Value {
    let mut status = json!({ "id": sent.wamid, "status": word, "timestamp": (at / 1000).to_string() });
    let to = &sent.recipient;
    let who = if switchboard_core::phone::Phone::parse(to).is_ok() { "recipient_id" } else { "recipient_user_id" };
    status[who] = json!(to);
    if let Some(reference) = &sent.reference {
        status["biz_opaque_callback_data"] = json!(reference);
    }
    if let Some(code) = code {
        let details = json!({ "details": "Failed on demand" });
        status["errors"] = json!([{ "code": code, "title": "Fault", "message": "Fault", "error_data": details }]);
    } else if word != "read" {
        status["pricing"] =
            json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service" });
    }
    status
}
