//! Builders of Graph API message bodies, without the recipient.

use serde_json::{Value, json};

/// A text message.
pub fn text(words: &str) -> Value {
    json!({ "type": "text", "text": { "body": words } })
}

/// A template message by name and language; `parameters` fill the variables of its body, in their order.
pub fn template(name: &str, language: &str, parameters: &[String]) -> Value {
    let mut template = json!({ "name": name, "language": { "code": language } });
    if !parameters.is_empty() {
        let parameters: Vec<Value> = parameters.iter().map(|words| json!({ "type": "text", "text": words })).collect();
        template["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    json!({ "type": "template", "template": template })
}

/// A question for the person's own number, which WhatsApp answers with their contact card.
pub fn contact_request(words: &str) -> Value {
    let action = json!({ "name": "request_contact_info" });
    let interactive = json!({ "type": "request_contact_info", "body": { "text": words }, "action": action });
    json!({ "type": "interactive", "interactive": interactive })
}

/// Whether a body is a template message, the only kind allowed outside the 24-hour window.
pub fn is_template(body: &str) -> bool {
    template_name(body).is_some()
}

/// The name of the template that a body sends, if it sends one; empty if it names none.
pub fn template_name(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    (body["type"] == "template").then(|| body["template"]["name"].as_str().unwrap_or_default().to_owned())
}
