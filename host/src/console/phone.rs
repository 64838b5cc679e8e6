//! `/phone`: a made-up person's phone, which writes to this host, and what happened in its turns.

use std::sync::Arc;

use axum::{
    extract::{Multipart, Path},
    http::header,
    response::{IntoResponse, Response},
};
use switchboard_console::{
    Place, Texts,
    pages::{NoPhonePage, OtherTurn, PersonaLink, PhonePage, Quoted, Try},
};

use super::{
    answer::{ConsoleError, PageResult, page, see},
    bubbles,
    happened::happened,
    request::PageRequest,
    state::Console,
    view::About,
};
use crate::{
    phone::{PERSONAS, PLACES, Persona, Phone, PhoneError, SaidFile, Saying, TRIES},
    trace::Timeline,
};

/// The largest file, in bytes: what WhatsApp takes as a photo.
pub(super) const FILE_MAX: usize = 5 << 20;

/// Turns of the conversation that are listed, and messages that are looked through for them.
const TURNS: usize = 12;
const MESSAGES: i64 = 40;

pub(super) async fn show(request: PageRequest) -> PageResult {
    let PageRequest { console, look, fields: query, .. } = &request;
    let (now, t) = (console.now().await, request.t());
    let about = About::new(Place::Phone, t.frame.phone).topics("phone");
    let f = request.frame(&now, about);
    let Some(phone) = &console.settings.phone else { return page(&NoPhonePage { f }) };
    let persona = Persona::of(query.get("as"));
    phone.look(&persona);
    let screen = phone.screen(&persona);
    let turns = turns(console, phone, &persona).await?;
    let wanted: Option<i64> = query.get("turn").parse().ok();
    let shown = wanted.and_then(|id| turns.iter().find(|turn| turn.message == id)).or(turns.first());
    let quoted = Some(query.get("quote")).filter(|id| !id.is_empty());
    let mut agents: Vec<String> =
        console.app.plugins.current().iter().map(|version| version.name().to_owned()).collect();
    agents.sort_unstable();
    page(&PhonePage {
        personas: PERSONAS.iter().map(|one| persona_link(one, &persona, t)).collect(),
        persona: persona.id,
        business: "Switchboard".to_owned(),
        not_sent: said_no(query.get("no"), t),
        bubbles: bubbles::of_screen(&screen, t),
        is_typing: screen.is_typing,
        quoted: quoted.and_then(|id| Some(Quoted { id: id.to_owned(), words: bubbles::quote(&screen, id, t)? })),
        places: PLACES.iter().enumerate().map(|(nth, place)| (nth, place.name)).collect(),
        tries: TRIES.iter().map(|(language, words)| Try { language, words }).collect(),
        agents,
        happened: shown.map(|turn| happened(turn, look.language)),
        others: turns.iter().map(|turn| other(turn, shown)).collect(),
        f,
    })
}

/// The last turns of a persona, the newest first. A message that was answered together with a later one has none of its own.
async fn turns(console: &Console, phone: &Phone, persona: &Persona) -> Result<Vec<Timeline>, ConsoleError> {
    let agents = console.app.plugins.current();
    let mut turns = Vec::new();
    for message in phone.messages(persona, MESSAGES).await? {
        if let Some(turn) = Timeline::read(&console.app.store, &agents, message).await?
            && turn.business == phone.business()
            && turn.route.is_some()
        {
            turns.push(turn);
        }
        if turns.len() == TURNS {
            break;
        }
    }
    Ok(turns)
}

fn persona_link(one: &Persona, current: &Persona, t: &'static Texts) -> PersonaLink {
    let language = match one.language {
        "fr" => t.phone.lang_fr,
        "rw" => t.phone.lang_rw,
        "sw" => t.phone.lang_sw,
        _ => t.phone.lang_en,
    };
    let known = if one.has_number() { t.phone.has_number } else { t.phone.no_number };
    PersonaLink { id: one.id, name: one.name, detail: format!("{language} · {known}"), is_current: one == current }
}

fn other(turn: &Timeline, shown: Option<&Timeline>) -> OtherTurn {
    OtherTurn {
        message: turn.message,
        at: turn.answered_at.unwrap_or(turn.received_at),
        said: turn.said.clone(),
        agent: turn.route.as_ref().map(|route| route.agent.clone()).unwrap_or_default(),
        took_ms: turn.took_ms,
        is_shown: shown.is_some_and(|shown| shown.message == turn.message),
    }
}

/// Sends what a form says, and leads back to the phone.
pub(super) async fn say(PageRequest { console, fields, .. }: PageRequest, Path(persona): Path<String>) -> PageResult {
    let persona = Persona::of(&persona);
    let of = fields.get("of").to_owned();
    let number = |name: &str| fields.get(name).parse::<usize>().ok();
    let saying = if let Some(nth) = number("choice") {
        Saying::Choice(of, nth)
    } else if !fields.get("reaction").is_empty() {
        Saying::Reaction(of, fields.get("reaction").to_owned())
    } else if let Some(nth) = number("place") {
        Saying::Place(nth)
    } else if !fields.get("contact").is_empty() {
        Saying::Contact
    } else {
        // A browser sends lines with CR LF.
        let text = fields.get("text").replace("\r\n", "\n");
        if fields.get("burst").is_empty() { Saying::Text(text) } else { Saying::Burst(text) }
    };
    let quotes = Some(fields.get("quote")).filter(|id| !id.is_empty());
    sent(&persona, of_console(&console)?.say(&persona, saying, quotes).await)
}

/// Sends a file.
pub(super) async fn send_file(
    PageRequest { console, .. }: PageRequest,
    Path(persona): Path<String>,
    mut form: Multipart,
) -> PageResult {
    let (persona, phone) = (Persona::of(&persona), of_console(&console)?);
    let mut file =
        SaidFile { name: String::new(), mime_type: String::new(), bytes: bytes::Bytes::new(), caption: String::new() };
    while let Some(field) = form.next_field().await.map_err(|_| ConsoleError::Malformed)? {
        match field.name() {
            Some("file") => {
                file.name = field.file_name().unwrap_or_default().to_owned();
                file.mime_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
                let Ok(bytes) = field.bytes().await else { return back(&persona, "large") };
                file.bytes = bytes;
            }
            Some("caption") => file.caption = field.text().await.map_err(|_| ConsoleError::Malformed)?,
            _ => {}
        }
    }
    if file.bytes.len() > FILE_MAX {
        return back(&persona, "large");
    }
    sent(&persona, phone.say(&persona, Saying::File(file), None).await)
}

/// Empties the screen and ends the conversation.
pub(super) async fn clear(PageRequest { console, .. }: PageRequest, Path(persona): Path<String>) -> PageResult {
    let persona = Persona::of(&persona);
    sent(&persona, of_console(&console)?.clear(&persona).await)
}

/// A file that was sent or received by the phone. A browser shows pictures, and keeps everything else apart from the console.
pub(super) async fn file(PageRequest { console, .. }: PageRequest, Path(id): Path<String>) -> PageResult {
    let (kind, bytes) = of_console(&console)?.file(&id).ok_or(ConsoleError::NotFound)?;
    let is_picture = matches!(kind.as_str(), "image/jpeg" | "image/png" | "image/webp" | "image/gif");
    let shown = if is_picture { "inline" } else { "attachment" };
    let kind = if is_picture { kind } else { "application/octet-stream".to_owned() };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, shown.to_owned())];
    Ok((headers, bytes).into_response())
}

fn of_console(console: &Console) -> Result<&Arc<Phone>, ConsoleError> {
    console.settings.phone.as_ref().ok_or(ConsoleError::NotFound)
}

/// Leads back to the phone, which says why something was not sent.
fn sent(persona: &Persona, sent: Result<(), PhoneError>) -> Result<Response, ConsoleError> {
    match sent {
        Ok(()) => back(persona, ""),
        // The screen shows it.
        Err(PhoneError::Refused(status)) => {
            tracing::warn!(status, "the webhook did not take a message of the console's phone");
            back(persona, "")
        }
        Err(PhoneError::NoChoice) => back(persona, "choice"),
        Err(PhoneError::Nothing) => back(persona, "nothing"),
        Err(PhoneError::FileType(_)) => back(persona, "type"),
        Err(PhoneError::Store(error)) => Err(error.into()),
    }
}

fn back(persona: &Persona, no: &str) -> PageResult {
    let no = if no.is_empty() { String::new() } else { format!("&no={no}") };
    see(&format!("/phone?as={}{no}", persona.id))
}

fn said_no(no: &str, t: &'static Texts) -> Option<&'static str> {
    Some(match no {
        "choice" => t.phone.phone_no_choice,
        "nothing" => t.phone.phone_nothing,
        "type" => t.phone.phone_file_type,
        "large" => t.phone.phone_file_large,
        _ => return None,
    })
}
