//! Template messages: those of the contract's record, whose body alone has variables, and those with all parts, which agents send as a reply
//! `other` of kind `template`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body, limits,
    reply_error::{ReplyError, filled, https},
    wire,
};
use switchboard_core::contract::types::{Choice, Other, Template};

/// The kind of the reply.
pub const KIND: &str = "template";

/// Buttons of a template, as Meta's limits have it.
const BUTTONS_MAX: usize = 10;

/// A template with all parts, the value of the reply.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    /// Its name at Meta.
    name: String,
    /// Its language code at Meta.
    language: String,
    header: Option<Header>,
    #[serde(default)]
    body: Values,
    #[serde(default)]
    buttons: Vec<Button>,
}

/// What fills the header: the variable of a text, or the https address of a file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Header {
    Text(Values),
    Image(String),
    Video(String),
    Document(String),
}

/// The values of variables: in their order, or by their names.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    InOrder(Vec<String>),
    Named(BTreeMap<String, String>),
}

impl Default for Values {
    fn default() -> Values {
        Values::InOrder(Vec::new())
    }
}

/// What fills a button: its place among all buttons of the template, from 0, and one of the rest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Button {
    index: usize,
    /// The id that comes back as a tap.
    reply: Option<String>,
    /// The end of the address.
    url: Option<String>,
    /// The code that is copied.
    code: Option<String>,
}

/// The body of a template of the contract's record.
pub(super) fn plain(template: &Template) -> Result<Value, ReplyError> {
    let values = Values::InOrder(template.parameters.clone());
    message(&template.name, &template.language, [component("body", &values)?])
}

/// The body of a reply `other` with all parts; choices are those of this agent.
pub(super) fn whole(agent: &str, other: &Other) -> Result<Value, ReplyError> {
    let whole = read(other)?;
    let mut components = Vec::new();
    if let Some(header) = &whole.header {
        components.push(header_component(header)?);
    }
    components.push(component("body", &whole.body)?);
    if whole.buttons.len() > BUTTONS_MAX {
        return Err(ReplyError::TooMany("buttons", whole.buttons.len(), BUTTONS_MAX));
    }
    for button in &whole.buttons {
        components.push(Some(button_component(agent, button)?));
    }
    message(&whole.name, &whole.language, components)
}

/// The name of a template with all parts, for the history.
pub(super) fn name(other: &Other) -> Option<String> {
    (other.kind == KIND).then(|| read(other).ok()).flatten().map(|whole| whole.name)
}

fn read(other: &Other) -> Result<Whole, ReplyError> {
    serde_json::from_str(&other.value).map_err(|error| ReplyError::Template(error.to_string()))
}

fn message(
    name: &str,
    language: &str,
    components: impl IntoIterator<Item = Option<Value>>,
) -> Result<Value, ReplyError> {
    for (what, words) in [("template's name", name), ("template's language", language)] {
        filled(what, words, 512)?;
    }
    let mut message = body::template(name, language, &[]);
    let components: Vec<Value> = components.into_iter().flatten().collect();
    if !components.is_empty() {
        message["template"]["components"] = Value::Array(components);
    }
    Ok(message)
}

fn header_component(header: &Header) -> Result<Option<Value>, ReplyError> {
    let (kind, url) = match header {
        Header::Text(values) => return component("header", values),
        Header::Image(url) => ("image", url),
        Header::Video(url) => ("video", url),
        Header::Document(url) => ("document", url),
    };
    let address = https(url)?;
    let parameters = json!([{ "type": kind, kind: { "link": address.as_str() } }]);
    Ok(Some(json!({ "type": "header", "parameters": parameters })))
}

/// A part with variables; none if it has none.
fn component(part: &str, values: &Values) -> Result<Option<Value>, ReplyError> {
    let parameters: Vec<Value> = match values {
        Values::InOrder(values) => {
            let of = |value: &String| Ok(json!({ "type": "text", "text": parameter(value)? }));
            values.iter().map(of).collect::<Result<_, ReplyError>>()?
        }
        Values::Named(values) => {
            let of = |(name, value): (&String, &String)| {
                let name = filled("name of a template's variable", name, 64)?;
                Ok(json!({ "type": "text", "parameter_name": name, "text": parameter(value)? }))
            };
            values.iter().map(of).collect::<Result<_, ReplyError>>()?
        }
    };
    Ok((!parameters.is_empty()).then(|| json!({ "type": part, "parameters": parameters })))
}

fn button_component(agent: &str, button: &Button) -> Result<Value, ReplyError> {
    let (kind, parameter) = match button {
        Button { reply: Some(id), url: None, code: None, .. } => {
            let choice = Choice { id: id.clone(), title: String::new(), description: None, agent: None };
            let id = filled("id of a template's button", &wire::id(agent, &choice), limits::BUTTON_ID_MAX)?;
            ("quick_reply", json!({ "type": "payload", "payload": id }))
        }
        Button { reply: None, url: Some(end), code: None, .. } => {
            ("url", json!({ "type": "text", "text": parameter(end)? }))
        }
        Button { reply: None, url: None, code: Some(code), .. } => {
            ("copy_code", json!({ "type": "coupon_code", "coupon_code": parameter(code)? }))
        }
        _ => return Err(ReplyError::Template("a button has one of `reply`, `url` and `code`".into())),
    };
    let index = button.index.to_string();
    Ok(json!({ "type": "button", "sub_type": kind, "index": index, "parameters": [parameter] }))
}

/// A value: Meta refuses line breaks in it.
fn parameter(value: &str) -> Result<String, ReplyError> {
    filled("template's parameter", &value.split_whitespace().collect::<Vec<_>>().join(" "), limits::BODY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &Value) -> Result<Value, ReplyError> {
        whole("jobs", &Other { kind: KIND.into(), value: value.to_string() })
    }

    #[test]
    fn all_parts_become_components() {
        let body = of(&json!({
            "name": "visit", "language": "fr",
            "header": { "image": "https://example.rw/house.jpg" },
            "body": { "day": "monday\n9 am", "who": "Alice" },
            "buttons": [{ "index": 0, "reply": "yes" }, { "index": 1, "url": "42" }, { "index": 2, "code": "A1" }],
        }));
        let text = |name: &str, text: &str| json!({ "type": "text", "parameter_name": name, "text": text });
        let button = |kind: &str, index: &str, parameter: Value| json!({ "type": "button", "sub_type": kind, "index": index, "parameters": [parameter] });
        let image = json!({ "type": "image", "image": { "link": "https://example.rw/house.jpg" } });
        let components = json!([
            { "type": "header", "parameters": [image] },
            { "type": "body", "parameters": [text("day", "monday 9 am"), text("who", "Alice")] },
            button("quick_reply", "0", json!({ "type": "payload", "payload": "jobs/yes" })),
            button("url", "1", json!({ "type": "text", "text": "42" })),
            button("copy_code", "2", json!({ "type": "coupon_code", "coupon_code": "A1" })),
        ]);
        let template = json!({ "name": "visit", "language": { "code": "fr" }, "components": components });
        assert_eq!(body, Ok(json!({ "type": "template", "template": template })));
        let bare = of(&json!({ "name": "visit", "language": "fr", "header": { "text": ["x"] }, "body": ["1"] }));
        let parts = bare.expect("sent")["template"]["components"].clone();
        assert_eq!(parts[0], json!({ "type": "header", "parameters": [{ "type": "text", "text": "x" }] }));
        assert_eq!(parts[1], json!({ "type": "body", "parameters": [{ "type": "text", "text": "1" }] }));
    }

    #[test]
    fn what_meta_would_refuse_is_told() {
        let with = |part: &str, value: Value| {
            let mut whole = json!({ "name": "visit", "language": "fr" });
            whole[part] = value;
            of(&whole).expect_err(part).to_string()
        };
        for (part, value, says) in [
            ("name", json!(""), "the template's name is empty"),
            ("header", json!({ "image": "http://example.rw/a.jpg" }), "no https address"),
            ("header", json!({ "poll": "x" }), "unknown variant `poll`"),
            ("body", json!([" "]), "the template's parameter is empty"),
            ("buttons", json!([{ "index": 0 }]), "one of `reply`, `url` and `code`"),
            ("buttons", json!([{ "index": 0, "reply": "a", "url": "b" }]), "one of `reply`, `url` and `code`"),
            ("footer", json!("x"), "unknown field `footer`"),
        ] {
            let told = with(part, value);
            assert!(told.contains(says), "{part}: {told}");
        }
    }
}
