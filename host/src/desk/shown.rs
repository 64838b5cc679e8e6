//! How the desk is shown: what became of a send as a sentence, and everything as JSON. No phone numbers.

use serde_json::{Value, json};

use switchboard_core::window::WINDOW_MS;
use switchboard_edge::whatsapp::render;
use switchboard_store::{Canned, Fate, TalkEntry, Ticket, TicketWord, Waiting, Words};

/// The progress of a send that reached the phone.
pub(super) const DELIVERED: i64 = 30;

/// The progress of a send that was read.
const READ: i64 = 40;

/// What became of something that was said, with what explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub fate: Fate,
    /// When the person last wrote, in milliseconds; 0: never.
    pub wrote_at: i64,
    /// When a template last asked them to write, in milliseconds.
    pub asked_at: Option<i64>,
    /// When this was looked for, in milliseconds.
    pub now: i64,
}

impl Outcome {
    /// Whether it does not reach the person.
    pub fn is_refused(&self) -> bool {
        matches!(self.fate, Fate::Refused(_) | Fate::OptedOut)
    }

    /// A sentence, with times in this time zone.
    pub fn sentence(&self, time_zone: &str) -> String {
        match &self.fate {
            Fate::Waits => {
                let last = match self.wrote_at {
                    0 => "they have never written".to_owned(),
                    wrote_at => format!("last word {} ago", period(self.now - wrote_at)),
                };
                let asked = self.asked_at.is_some_and(|at| self.now - at < WINDOW_MS);
                let asks = if asked {
                    "a template asks them to write"
                } else {
                    "no template asks them: is NOTICE_TEMPLATE set?"
                };
                format!("waits: {last}; {asks}")
            }
            fate => of_fate(fate, time_zone),
        }
    }

    /// The same as JSON.
    pub fn json(&self, time_zone: &str) -> Value {
        let mut shown = fate(&self.fate);
        shown["says"] = self.sentence(time_zone).into();
        shown
    }
}

fn of_fate(fate: &Fate, time_zone: &str) -> String {
    match fate {
        Fate::New => "not taken up yet: is a host running?".to_owned(),
        Fate::Waits => "waits until they write".to_owned(),
        Fate::Queued(None) => "queued".to_owned(),
        Fate::Queued(Some(error)) => format!("tried again: {error}"),
        Fate::Sent { at, progress } => {
            let reached = match *progress {
                READ.. => ", read",
                DELIVERED.. => ", delivered",
                _ => "",
            };
            format!("sent {}{reached}", clock(*at, time_zone))
        }
        Fate::Refused(error) if error.starts_with(|c: char| c.is_ascii_digit()) => format!("refused by Meta: {error}"),
        Fate::Refused(error) => format!("not sent: {error}"),
        Fate::OptedOut => "not sent: they wrote stop".to_owned(),
    }
}

/// What became of an entry, as a few words; with times in this time zone.
pub fn words(fate: &Fate, time_zone: &str) -> String {
    of_fate(fate, time_zone)
}

/// What became of a send, as JSON.
pub fn fate(fate: &Fate) -> Value {
    let (state, at, error) = match fate {
        Fate::New => ("new", None, None),
        Fate::Waits => ("waits", None, None),
        Fate::Queued(error) => ("queued", None, error.clone()),
        Fate::Sent { at, progress: READ.. } => ("read", Some(*at), None),
        Fate::Sent { at, progress: DELIVERED.. } => ("delivered", Some(*at), None),
        Fate::Sent { at, .. } => ("sent", Some(*at), None),
        Fate::Refused(error) => ("refused", None, Some(error.clone())),
        Fate::OptedOut => ("opted_out", None, None),
    };
    json!({ "state": state, "sent_at": at.map(iso), "error": error })
}

/// An entry of a conversation, as JSON.
pub fn entry(entry: &TalkEntry) -> Value {
    json!({
        "id": entry.id,
        "at": iso(entry.at),
        "side": entry.side,
        "name": entry.name,
        "text": text(&entry.words),
        "ticket": entry.number,
        "outcome": entry.fate.as_ref().map(fate),
    })
}

/// What an entry says, as a person sees it.
pub fn text(words: &Words) -> String {
    match words {
        Words::Text(text) => text.clone(),
        Words::Body(body) => {
            let shown = render::render(&serde_json::from_str(body).unwrap_or_default());
            let choices = shown.choices.iter().map(|choice| format!("[{}]", choice.title));
            shown.lines.into_iter().chain(choices).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Somebody who waits, as JSON.
pub fn waiting(one: &Waiting, now: i64) -> Value {
    json!({
        "person": one.person,
        "name": one.name,
        "business": one.business,
        "agent": one.tickets.first().map(|ticket| &ticket.agent).or(one.agent.as_ref()),
        "why": why(one),
        "waits_since": one.since().map(iso),
        "age_seconds": one.since().map(|since| (now - since).max(0) / 1000),
        "unread": one.unread,
        "wrote_at": (one.wrote_at > 0).then(|| iso(one.wrote_at)),
        "claimed_by": one.claimed_by,
        "claimed_at": one.claimed_at.map(iso),
        "tickets": one.tickets.iter().map(ticket).collect::<Value>(),
    })
}

/// Why somebody is in the inbox.
pub(crate) fn why(one: &Waiting) -> &'static str {
    match one.tickets.as_slice() {
        tickets if tickets.iter().any(|ticket| ticket.priority == "urgent") => "emergency",
        tickets if tickets.iter().any(|ticket| ticket.asked) => "asked",
        [_, ..] => "ticket",
        [] if one.claimed_by.as_deref() == Some("app") => "app",
        [] => "taken over",
    }
}

/// A ticket, as JSON.
pub fn ticket(ticket: &Ticket) -> Value {
    json!({
        "number": ticket.number,
        "person": ticket.person,
        "name": ticket.name,
        "business": ticket.business,
        "agent": ticket.agent,
        "subject": ticket.subject,
        "details": ticket.details,
        "priority": ticket.priority,
        "status": ticket.status,
        "asked": ticket.asked,
        "opened_at": iso(ticket.opened_at),
        "changed_at": iso(ticket.changed_at),
        "claimed_by": ticket.claimed_by,
    })
}

/// A ticket with what both sides said, as JSON.
pub fn ticket_with_words(one: &Ticket, words: &[TicketWord]) -> Value {
    let mut shown = ticket(one);
    let word = |word: &TicketWord| json!({ "at": iso(word.at), "who": word.who, "words": word.words });
    shown["words"] = words.iter().map(word).collect();
    shown
}

/// A ready answer, as JSON.
pub fn canned(one: &Canned) -> Value {
    json!({
        "name": one.name,
        "language": one.language,
        "words": one.words,
        "updated_at": iso(one.updated_at),
        "updated_by": one.updated_by,
    })
}

/// A time in milliseconds as ISO 8601.
pub(crate) fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

/// A time in milliseconds as a clock shows it in a time zone.
pub(crate) fn clock(ms: i64, time_zone: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    at.in_tz(time_zone)
        .map_or_else(|_| at.strftime("%H:%M:%S UTC").to_string(), |at| at.strftime("%H:%M:%S").to_string())
}

/// The day of a time in milliseconds in a time zone.
pub(crate) fn day(ms: i64, time_zone: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    at.in_tz(time_zone)
        .map_or_else(|_| at.strftime("%Y-%m-%d UTC").to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// A period in milliseconds, in its largest unit.
pub(crate) fn period(ms: i64) -> String {
    match ms.max(0) / 60_000 {
        0 => format!("{} s", ms.max(0) / 1000),
        minutes @ ..120 => format!("{minutes} min"),
        minutes @ ..2_880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn says(fate: Fate, wrote_ago: i64, asked_ago: Option<i64>) -> String {
        let now = 1_780_000_000_000;
        let outcome = Outcome { fate, wrote_at: now - wrote_ago, asked_at: asked_ago.map(|ago| now - ago), now };
        outcome.sentence("Africa/Kigali")
    }

    #[test]
    fn an_outcome_is_a_sentence() {
        let sent = |progress| Fate::Sent { at: 1_780_000_000_000, progress };
        for (said, expected) in [
            (says(sent(10), 0, None), "sent 22:26:40"),
            (says(sent(30), 0, None), "sent 22:26:40, delivered"),
            (says(sent(40), 0, None), "sent 22:26:40, read"),
            (says(Fate::Waits, 26 * HOUR, Some(HOUR)), "waits: last word 26 h ago; a template asks them to write"),
            (
                says(Fate::Waits, 72 * HOUR, None),
                "waits: last word 3 days ago; no template asks them: is NOTICE_TEMPLATE set?",
            ),
            (says(Fate::Refused("131026: undeliverable".into()), 0, None), "refused by Meta: 131026: undeliverable"),
            (
                says(Fate::Refused("the business answered itself".into()), 0, None),
                "not sent: the business answered itself",
            ),
            (says(Fate::OptedOut, 0, None), "not sent: they wrote stop"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
