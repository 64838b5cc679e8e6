//! Messages as bubbles: those of the phone's screen, and those of a turn.

use serde_json::Value;
use switchboard_console::{
    Language, Texts,
    pages::{Attachment, Bubble, Offer, Stands, Ticks},
};
use switchboard_core::phone::mask_numbers;
use switchboard_edge::{
    emulator::{Entry, Shown, Tick},
    whatsapp::render::{Rendered, render},
};

use crate::trace::{ReplyShown, Timeline};

/// Characters of a message that is quoted.
const QUOTED: usize = 80;

/// The bubbles of a phone's screen. Reactions stand at the message that they are to.
pub(super) fn of_screen(shown: &Shown, t: &'static Texts) -> Vec<Bubble> {
    let is_reaction = |entry: &&Entry| entry.is_own && entry.body["type"] == "reaction";
    let reaction = |to: &str| -> String {
        let all = shown.entries.iter().filter(is_reaction).filter(|entry| entry.body["reaction"]["message_id"] == to);
        all.filter_map(|entry| entry.body["reaction"]["emoji"].as_str()).collect()
    };
    let bubble = |entry: &Entry| {
        let mut bubble = if entry.is_own { said(entry, t) } else { received(entry, t) };
        bubble.quote = quoted_by(entry).and_then(|id| quote(shown, id, t));
        bubble.reactions = reaction(&entry.wamid);
        bubble
    };
    shown.entries.iter().filter(|entry| !is_reaction(entry)).map(bubble).collect()
}

/// The first words of a message on the screen, for those that reply to it.
pub(super) fn quote(shown: &Shown, id: &str, t: &'static Texts) -> Option<String> {
    let entry = shown.entries.iter().find(|entry| entry.wamid == id)?;
    let bubble = if entry.is_own { said(entry, t) } else { received(entry, t) };
    let words = match bubble.words.is_empty() {
        true => bubble.attachments.first().map(|attachment| attachment.title.clone()).unwrap_or_default(),
        false => bubble.words,
    };
    Some(words.chars().take(QUOTED).collect())
}

/// What a message is a reply to. A tap on a choice names it too, but shows it not.
fn quoted_by(entry: &Entry) -> Option<&str> {
    let is_tap = entry.body["type"] == "interactive" && entry.is_own;
    let id = if entry.is_own { &entry.body["context"]["id"] } else { &entry.body["context"]["message_id"] };
    id.as_str().filter(|_| !is_tap)
}

fn blank(entry: &Entry, stands: Stands) -> Bubble {
    Bubble {
        id: entry.wamid.clone(),
        stands,
        by: None,
        words: String::new(),
        quote: None,
        attachments: Vec::new(),
        offers: Vec::new(),
        is_list: false,
        at: entry.at,
        ticks: None,
        reactions: String::new(),
    }
}

/// A message of the phone's person, in Meta's format.
fn said(entry: &Entry, t: &'static Texts) -> Bubble {
    let body = &entry.body;
    let kind = body["type"].as_str().unwrap_or_default();
    let mut bubble = blank(entry, Stands::Right);
    bubble.ticks = Some(match entry.tick {
        Tick::Waits => Ticks::Waits,
        Tick::Stored => Ticks::Delivered,
        Tick::Read => Ticks::Read,
        Tick::Refused(status) => Ticks::Failed(t.phone.not_taken.replace("{n}", &status.to_string())),
    });
    bubble.words = match kind {
        "text" => text(&body["text"]["body"]),
        "interactive" => {
            let answer = &body["interactive"];
            text(&answer[answer["type"].as_str().unwrap_or_default()]["title"])
        }
        "button" => text(&body["button"]["text"]),
        _ => text(&body[kind]["caption"]),
    };
    bubble.attachments = attachments(kind, body, t);
    bubble
}

/// A message of the business, as it was posted.
fn received(entry: &Entry, t: &'static Texts) -> Bubble {
    let kind = entry.body["type"].as_str().unwrap_or_default();
    let mut bubble = blank(entry, Stands::Left);
    let attachments = attachments(kind, &entry.body, t);
    fill(&mut bubble, render(&entry.body));
    if !attachments.is_empty() {
        bubble.words = text(&entry.body[kind]["caption"]);
        bubble.attachments = attachments;
    }
    bubble
}

fn fill(bubble: &mut Bubble, rendered: Rendered) {
    bubble.words = rendered.lines.join("\n");
    bubble.is_list = rendered.is_list;
    bubble.offers = rendered
        .choices
        .into_iter()
        .map(|shown| Offer { title: shown.title, description: shown.description })
        .collect();
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Files, places and cards of a message.
fn attachments(kind: &str, body: &Value, t: &'static Texts) -> Vec<Attachment> {
    let part = &body[kind];
    let one = |icon, title: &str, detail: String| Attachment {
        icon,
        title: title.to_owned(),
        detail,
        picture: None,
        href: None,
    };
    let file = |icon, title: &str| {
        let id = part["id"].as_str().unwrap_or_default();
        let name = part["filename"].as_str().or(part["mime_type"].as_str()).unwrap_or_default();
        // Only files that the phone has: a link of an agent's is not loaded.
        let href = (!id.is_empty()).then(|| format!("/phone/file/{id}"));
        let picture = href.clone().filter(|_| icon == "image");
        vec![Attachment { href, picture, ..one(icon, title, name.to_owned()) }]
    };
    match kind {
        "image" | "sticker" => file("image", t.phone.photo),
        "video" => file("play", t.phone.video),
        "audio" => file("mic", t.phone.voice_note),
        "document" => file("paperclip", t.phone.document),
        "location" => {
            let name = part["name"]
                .as_str()
                .map_or_else(|| format!("{}, {}", part["latitude"], part["longitude"]), str::to_owned);
            vec![one("map-pin", t.phone.place, name)]
        }
        "contacts" => {
            let card = |card: &Value| {
                let phone = card["phones"][0]["phone"].as_str().unwrap_or_default();
                one("user", card["name"]["formatted_name"].as_str().unwrap_or(t.phone.contact), phone.to_owned())
            };
            part.as_array().into_iter().flatten().map(card).collect()
        }
        _ => Vec::new(),
    }
}

/// The bubbles of a turn: the message, and what was said to it. Numbers in them are masked.
pub(super) fn of_turn(timeline: &Timeline, language: Language) -> Vec<Bubble> {
    let t = language.texts();
    let bubble = |id: String, stands, at| Bubble {
        id,
        stands,
        by: None,
        words: String::new(),
        quote: None,
        attachments: Vec::new(),
        offers: Vec::new(),
        is_list: false,
        at,
        ticks: None,
        reactions: String::new(),
    };
    let mut said = bubble(timeline.message.to_string(), Stands::Left, timeline.sent_at);
    said.words.clone_from(&timeline.said);
    let reply = |reply: &ReplyShown| {
        let mut bubble = bubble(reply.outbox.to_string(), Stands::Agent, reply.queued_at);
        fill(&mut bubble, reply.shown.clone());
        bubble.words = mask_numbers(&bubble.words);
        bubble.by = Some(match timeline.runs.iter().rev().find(|run| run.agent == reply.agent) {
            Some(run) => format!("{} {}", reply.agent, run.version.as_deref().unwrap_or_default()).trim().to_owned(),
            None => reply.agent.clone(),
        });
        bubble.ticks = Some(match (reply.state.as_str(), reply.status.as_deref(), &reply.error) {
            (_, _, Some(error)) if matches!(reply.state.as_str(), "dead" | "barred" | "discarded") => {
                Ticks::Failed(error.clone())
            }
            (_, Some("read" | "played"), _) => Ticks::Read,
            (_, Some("delivered"), _) => Ticks::Delivered,
            ("sent", ..) | (_, Some("sent"), _) => Ticks::Sent,
            ("dead" | "barred" | "discarded", ..) => Ticks::Failed(t.shared.dead.to_owned()),
            _ => Ticks::Waits,
        });
        bubble
    };
    let replies = timeline.replies.iter().filter(|reply| reply.kind != "forward").map(reply);
    let said = (timeline.kind != "notice").then_some(said);
    said.into_iter().chain(replies).collect()
}
