//! What a persona says, as messages of the emulator.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    error::PhoneError,
    personas::{PLACES, Persona},
};
use switchboard_edge::{
    emulator::{Emulator, Entry},
    whatsapp::render::render,
};

/// The most messages of one burst.
const BURST_MAX: usize = 8;

/// A file to send.
#[derive(Clone, Debug)]
pub struct SaidFile {
    /// Its name.
    pub name: String,
    /// Its type, as the browser says.
    pub mime_type: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The words with it; may be blank.
    pub caption: String,
}

/// What a persona says.
#[derive(Clone, Debug)]
pub enum Saying {
    /// A text, of one line or several.
    Text(String),
    /// A text whose lines come as messages of their own, quickly.
    Burst(String),
    /// A choice on the screen: the message that offered it, and which, from 0.
    Choice(String, usize),
    /// One of the [`PLACES`].
    Place(usize),
    /// The persona's own contact card.
    Contact,
    /// A photo, video, voice note or document.
    File(SaidFile),
    /// A reaction to a message.
    Reaction(String, String),
}

/// The messages, in the short form of the emulator.
pub(super) fn messages(
    emulator: &Emulator,
    persona: &Persona,
    saying: Saying,
    quotes: Option<&str>,
) -> Result<Vec<Value>, PhoneError> {
    let mut all = match saying {
        Saying::Text(text) => vec![json!({ "text": told(&text)? })],
        Saying::Burst(text) => {
            told(&text)?;
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .take(BURST_MAX)
                .map(|line| json!({ "text": line }))
                .collect()
        }
        Saying::Choice(wamid, nth) => vec![choice(emulator, persona, &wamid, nth)?],
        Saying::Place(nth) => {
            let place = PLACES.get(nth).ok_or(PhoneError::Nothing)?;
            vec![
                json!({ "location": { "latitude": place.latitude, "longitude": place.longitude, "name": place.name } }),
            ]
        }
        Saying::Contact => vec![json!({ "contacts": [contact(persona)] })],
        Saying::Reaction(of, emoji) => vec![json!({ "reaction": { "message_id": of, "emoji": told(&emoji)? } })],
        Saying::File(file) => vec![self::file(emulator, file)?],
    };
    for message in &mut all {
        message["name"] = json!(persona.name);
    }
    // A tap quotes the message that offered it, as WhatsApp has it.
    if let (Some(quotes), Some(first)) = (quotes, all.first_mut())
        && first["quotes"].is_null()
    {
        first["quotes"] = json!(quotes);
    }
    Ok(all)
}

fn told(text: &str) -> Result<&str, PhoneError> {
    Some(text.trim()).filter(|text| !text.is_empty()).ok_or(PhoneError::Nothing)
}

/// The tap on a choice that is on the screen.
fn choice(emulator: &Emulator, persona: &Persona, wamid: &str, nth: usize) -> Result<Value, PhoneError> {
    let screen = emulator.screen(persona.handle);
    let offers = |entry: &&Entry| !entry.is_own && entry.wamid == wamid;
    let rendered = screen.entries.iter().find(offers).map(|entry| render(&entry.body)).ok_or(PhoneError::NoChoice)?;
    let chosen = rendered.choices.get(nth).ok_or(PhoneError::NoChoice)?;
    let mut tap = json!({ "id": chosen.id, "title": chosen.title });
    if let (true, Some(description)) = (rendered.is_list, &chosen.description) {
        tap["description"] = json!(description);
    }
    let kind = if rendered.is_list { "row" } else { "tap" };
    Ok(json!({ kind: tap, "quotes": wamid }))
}

fn contact(persona: &Persona) -> Value {
    let mut card = json!({ "name": { "formatted_name": persona.name, "first_name": persona.name } });
    if persona.has_number() {
        card["phones"] = json!([{ "phone": persona.handle }]);
    }
    card
}

/// A message with a file, whose bytes the emulator keeps.
fn file(emulator: &Emulator, file: SaidFile) -> Result<Value, PhoneError> {
    let SaidFile { name, mime_type, bytes, caption } = file;
    if bytes.is_empty() {
        return Err(PhoneError::Nothing);
    }
    let kind = match mime_type.split('/').next().unwrap_or_default() {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        "application" | "text" => "document",
        _ => return Err(PhoneError::FileType(mime_type)),
    };
    let id = emulator.keep_file(&mime_type, bytes);
    let mut part = json!({ "id": id, "mime_type": mime_type });
    if kind == "document" {
        part["filename"] = json!(name);
    }
    if kind == "audio" {
        part["voice"] = json!(true);
    } else if !caption.trim().is_empty() {
        part["caption"] = json!(caption.trim());
    }
    Ok(json!({ kind: part }))
}
