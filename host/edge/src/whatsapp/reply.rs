//! Conversion of an agent's reply to Graph API bodies (the JSON from `type` on), with validation against Meta's
//! limits.

use std::collections::HashSet;

use serde_json::{Value, json};

pub use super::reply_error::ReplyError;
use super::reply_error::{filled, https};
use super::{
    body,
    limits::{self, length},
    template, wire,
};
use switchboard_core::{
    contract::types::{Choice, Link, MediaReply, Reply, Rows},
    phone::Phone,
    session::Offered,
    text::is_blank,
};

/// The data of a contact reply: the other person, who agreed.
#[derive(Clone, Debug)]
pub struct Card {
    /// The person's name.
    pub name: String,
    /// The person's number.
    pub phone: Phone,
}

/// Converts a reply to bodies, in sending order: one, or several if a long text is split.
pub fn bodies(agent: &str, reply: &Reply, card: Option<&Card>) -> Result<Vec<String>, ReplyError> {
    let bodies = match reply {
        Reply::Text(words) => texts(words)?,
        Reply::Buttons(buttons) => {
            let body = filled("body", &buttons.body, limits::BODY_MAX)?;
            vec![interactive("button", &body, json!({ "buttons": self::buttons(agent, &buttons.choices)? }))]
        }
        Reply::Rows(rows) => vec![list(agent, rows)?],
        Reply::AskPlace(words) => {
            let body = filled("body", words, limits::BODY_MAX)?;
            vec![interactive("location_request_message", &body, json!({ "name": "send_location" }))]
        }
        Reply::Link(link) => vec![self::link(link)?],
        Reply::Media(media) => self::media(media)?,
        Reply::Template(given) => vec![template::plain(given)?],
        Reply::Contact(contact) => {
            let card = card.ok_or_else(|| ReplyError::NoCard(contact.match_.clone()))?;
            let mut bodies = match &contact.body {
                Some(words) if !is_blank(words) => texts(words)?,
                _ => Vec::new(),
            };
            bodies.push(contact_card(card));
            bodies
        }
        Reply::Other(other) if other.kind == template::KIND => vec![template::whole(agent, other)?],
        Reply::Other(other) => return Err(ReplyError::Unknown(other.kind.clone())),
    };
    Ok(bodies.into_iter().map(|body| body.to_string()).collect())
}

/// The choices of the last reply that has any, with their wire ids and shown titles. Each reply comes with the agent
/// that made it.
pub fn offered(replies: &[(&str, &Reply)]) -> Option<Offered> {
    let chosen = |(agent, reply): &(&str, &Reply)| {
        let (numbered, max, choices): (_, _, Vec<&Choice>) = match reply {
            Reply::Buttons(buttons) => (buttons.numbered, limits::BUTTON_TITLE_MAX, buttons.choices.iter().collect()),
            Reply::Rows(rows) => {
                let choices = rows.sections.iter().flat_map(|section| &section.choices).collect();
                (rows.numbered, limits::ROW_TITLE_MAX, choices)
            }
            _ => return None,
        };
        let choices = choices.into_iter().map(|choice| (wire::id(agent, choice), limits::title(&choice.title, max)));
        Some(Offered { agent: (*agent).to_owned(), numbered, choices: choices.collect() })
    };
    replies.iter().rev().find_map(chosen)
}

/// A reply as plain text, for the history that agents and models read.
pub fn plain_text(reply: &Reply) -> String {
    let titles = |choices: &[Choice]| choices.iter().map(|c| format!("[{}]", c.title)).collect::<Vec<_>>().join(" ");
    match reply {
        Reply::Text(words) | Reply::AskPlace(words) => words.clone(),
        Reply::Buttons(buttons) => format!("{}\n{}", buttons.body, titles(&buttons.choices)),
        Reply::Rows(rows) => {
            let sections: Vec<_> = rows.sections.iter().map(|section| titles(&section.choices)).collect();
            format!("{}\n{}", rows.body, sections.join(" "))
        }
        Reply::Link(link) => format!("{}\n{}", link.body, link.url),
        Reply::Media(media) => media.caption.clone().unwrap_or_else(|| "(media)".to_owned()),
        Reply::Template(template) => format!("(template {})", template.name),
        Reply::Contact(contact) => contact.body.clone().unwrap_or_else(|| "(contact)".to_owned()),
        Reply::Other(other) => match template::name(other) {
            Some(name) => format!("(template {name})"),
            None => format!("({})", other.kind),
        },
    }
}

fn texts(words: &str) -> Result<Vec<Value>, ReplyError> {
    let parts = limits::split(&words.replace('\0', ""), limits::TEXT_MAX);
    match parts.len() {
        0 => Err(ReplyError::Empty("text")),
        1..=limits::PARTS_MAX => Ok(parts.into_iter().map(|part| body::text(&part)).collect()),
        _ => Err(ReplyError::TooLong("text", length(words), limits::PARTS_MAX * limits::TEXT_MAX)),
    }
}

fn label(what: &'static str, words: &str, max: usize) -> Result<String, ReplyError> {
    let title = limits::title(&words.replace('\0', ""), max);
    if is_blank(&title) { Err(ReplyError::Empty(what)) } else { Ok(title) }
}

fn interactive(kind: &str, body: &str, action: Value) -> Value {
    json!({ "type": "interactive", "interactive": { "type": kind, "body": { "text": body }, "action": action } })
}

/// The wire id of a choice, checked for length and uniqueness.
fn wire_id(agent: &str, choice: &Choice, max: usize, seen: &mut HashSet<String>) -> Result<String, ReplyError> {
    if choice.id.is_empty() && choice.agent.is_none() {
        return Err(ReplyError::Empty("id of a choice"));
    }
    let id = wire::id(agent, choice);
    if id.len() > max {
        return Err(ReplyError::TooLong("id of a choice", id.len(), max));
    }
    if seen.insert(id.clone()) { Ok(id) } else { Err(ReplyError::Twice("id", choice.id.clone())) }
}

fn buttons(agent: &str, choices: &[Choice]) -> Result<Vec<Value>, ReplyError> {
    match choices.len() {
        0 => return Err(ReplyError::Empty("list of buttons")),
        n if n > limits::BUTTONS_MAX => return Err(ReplyError::TooMany("buttons", n, limits::BUTTONS_MAX)),
        _ => {}
    }
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    let button = |choice: &Choice| {
        let id = wire_id(agent, choice, limits::BUTTON_ID_MAX, &mut ids)?;
        let title = label("title of a button", &choice.title, limits::BUTTON_TITLE_MAX)?;
        if !titles.insert(title.clone()) {
            return Err(ReplyError::Twice("title", title));
        }
        Ok(json!({ "type": "reply", "reply": { "id": id, "title": title } }))
    };
    choices.iter().map(button).collect()
}

fn list(agent: &str, rows: &Rows) -> Result<Value, ReplyError> {
    let body = filled("body", &rows.body, limits::LIST_BODY_MAX)?;
    let button = label("label", &rows.label, limits::LABEL_MAX)?;
    let n_rows = rows.sections.iter().map(|section| section.choices.len()).sum();
    if n_rows > limits::ROWS_MAX {
        return Err(ReplyError::TooMany("rows", n_rows, limits::ROWS_MAX));
    }
    let filled_sections: Vec<_> = rows.sections.iter().filter(|section| !section.choices.is_empty()).collect();
    if filled_sections.is_empty() {
        return Err(ReplyError::Empty("list"));
    }
    let mut ids = HashSet::new();
    let mut sections = Vec::new();
    for section in &filled_sections {
        let mut written = json!({ "rows": [] });
        match section.title.as_deref().map(|title| limits::title(title, limits::ROW_TITLE_MAX)) {
            Some(title) if !is_blank(&title) => written["title"] = json!(title),
            _ if filled_sections.len() > 1 => return Err(ReplyError::Untitled),
            _ => {}
        }
        let mut lines = Vec::new();
        for choice in &section.choices {
            let id = wire_id(agent, choice, limits::ROW_ID_MAX, &mut ids)?;
            let mut row = json!({ "id": id, "title": label("title of a row", &choice.title, limits::ROW_TITLE_MAX)? });
            if let Some(print) = choice.description.as_deref().filter(|print| !is_blank(print)) {
                row["description"] = json!(limits::title(print, limits::ROW_DESCRIPTION_MAX));
            }
            lines.push(row);
        }
        written["rows"] = Value::Array(lines);
        sections.push(written);
    }
    Ok(interactive("list", &body, json!({ "button": button, "sections": sections })))
}

fn link(link: &Link) -> Result<Value, ReplyError> {
    let body = filled("body", &link.body, limits::BODY_MAX)?;
    let label = label("label", &link.label, limits::LABEL_MAX)?;
    let address = https(&link.url)?;
    let parameters = json!({ "display_text": label, "url": address.as_str() });
    Ok(interactive("cta_url", &body, json!({ "name": "cta_url", "parameters": parameters })))
}

/// The message types that send a file by its id.
pub const FILE_KINDS: [&str; 5] = ["image", "video", "document", "audio", "sticker"];

fn media(media: &MediaReply) -> Result<Vec<Value>, ReplyError> {
    let unknown = || ReplyError::UnknownMedia(limits::cut(&media.handle, 80));
    let (kind, id) = media.handle.split_once(':').filter(|(_, id)| !id.is_empty()).ok_or_else(unknown)?;
    let caption = media.caption.as_deref().map(str::trim).filter(|caption| !is_blank(caption));
    let mut file = json!({ "id": id });
    let mut bodies = Vec::new();
    match kind {
        "image" | "video" | "document" => {
            if let Some(caption) = caption {
                file["caption"] = json!(filled("caption", caption, limits::CAPTION_MAX)?);
            }
        }
        // WhatsApp shows no caption under these, so the text is sent before.
        "audio" | "sticker" => bodies = caption.map(texts).transpose()?.unwrap_or_default(),
        _ => return Err(unknown()),
    }
    bodies.push(json!({ "type": kind, kind: file }));
    Ok(bodies)
}

fn contact_card(card: &Card) -> Value {
    let name = if is_blank(&card.name) { "WhatsApp" } else { card.name.trim() };
    let phone = json!({ "phone": card.phone.e164(), "wa_id": card.phone.digits(), "type": "CELL" });
    json!({ "type": "contacts", "contacts": [{
        "name": { "formatted_name": name, "first_name": name }, "phones": [phone] }] })
}
