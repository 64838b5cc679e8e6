//! The conversation with one person, as the inbox shows it. Reading it changes nothing.

use switchboard_console::{
    Frame, Texts,
    pages::{Said, Talk, Tick, TicketView, Window},
};
use switchboard_core::window::WINDOW_MS;
use switchboard_core::window::is_open;
use switchboard_store::{Fate, Side, TalkEntry};
use uuid::Uuid;

use super::{answer::ConsoleError, guard::Guest, state::Console};
use crate::{desk, flags};

/// How many entries are shown at a time.
const ENTRIES: usize = 50;

/// The digits of a number that are not masked, at its end.
const LAST: usize = 3;

/// The digits of an id that tell people without a name apart.
const SHORT_ID: usize = 4;

/// The progress of a send that reached the phone, and of one that was read.
const DELIVERED: i64 = 30;
const READ: i64 = 40;

/// What of a conversation is shown.
pub(super) struct Shown {
    /// Whose it is.
    pub(super) person: Uuid,
    /// What was said before this time, in milliseconds.
    pub(super) before: i64,
    /// What was written and could not be sent.
    pub(super) draft: String,
    /// Whether the number is shown: the visitor said why, and it is recorded.
    pub(super) shows_number: bool,
}

/// Reads a conversation.
pub(super) async fn read(console: &Console, guest: &Guest, f: &Frame, how: Shown) -> Result<Talk, ConsoleError> {
    let (store, app, t) = (&console.app.store, &console.app, f.t);
    let Shown { person, before, draft, shows_number } = how;
    let entries = store.talk(person, before, ENTRIES).await?;
    let (name, language) = store.name_and_language(person).await?;
    let taken = store.taken(person).await?;
    let known_by = store.known_by(person).await?.1.into_iter().next();
    let (wrote_at, asked_at) = (store.wrote_at(person).await?, store.asked_by_template(person).await?);
    let now = app.clock.now();
    let window = match is_open(wrote_at, now) {
        true => Window::Until(wrote_at + WINDOW_MS),
        false => Window::Closed(asked_at.filter(|at| now - at < WINDOW_MS)),
    };
    let (flags, forwards) = (app.flags.current(), !app.legacy.get().is_empty());
    let explained = flags::explain(store, &flags, console.settings.bucket_of, forwards, &person.to_string()).await;
    let earlier = entries.first().filter(|_| entries.len() >= ENTRIES).map(|first| first.at);
    let tickets = store.tickets_of_person(person).await?;
    Ok(Talk {
        name: name_of(name, person, t),
        known_by: known_by.map(|known_by| if shows_number { whole(&known_by) } else { masked(&known_by) }),
        is_masked: !shows_number,
        is_mine: taken.as_ref().is_some_and(|taken| taken.by == guest.actor.name),
        claimed: taken.map(|taken| (taken.by, taken.since)),
        window,
        said: said(&entries, guest, f, language.as_deref()),
        language,
        rollout: explained.ok().map(|explained| explained.why),
        earlier: earlier.map(|at| format!("/inbox/{person}?before={at}")),
        tickets: tickets.into_iter().map(ticket).collect(),
        canned: canned(store.canned().await?),
        key: Uuid::now_v7().to_string(),
        draft,
        person: person.to_string(),
    })
}

fn ticket(ticket: switchboard_store::Ticket) -> TicketView {
    let switchboard_store::Ticket { number, subject, details, opened_at, .. } = ticket;
    TicketView { number, subject, details, opened_at }
}

/// A person's name; of one without a name a word, and the end of their id, so that two of them are told apart.
pub(super) fn name_of(name: Option<String>, person: Uuid, t: &Texts) -> String {
    name.unwrap_or_else(|| {
        let id = person.simple().to_string();
        format!("{} {}", t.inbox.somebody, &id[id.len() - SHORT_ID..])
    })
}

/// Each ready answer once, in whichever language it comes first: it is sent in the person's.
fn canned(all: Vec<switchboard_store::Canned>) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = all.into_iter().map(|one| (one.name, one.words)).collect();
    named.dedup_by(|second, first| second.0 == first.0);
    named
}

/// A number with its country's digits and its last ones, or a user id with its last ones.
pub(super) fn masked(known_by: &str) -> String {
    let last = known_by.char_indices().rev().nth(LAST - 1).map_or(0, |(at, _)| at);
    format!("••• {}", &known_by[last..])
}

/// A number as people write it; a user id as it is.
fn whole(known_by: &str) -> String {
    match known_by.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("+{known_by}"),
        false => known_by.to_owned(),
    }
}

fn said(entries: &[TalkEntry], guest: &Guest, f: &Frame, language: Option<&str>) -> Vec<Said> {
    let mut day = String::new();
    let one = |entry: &TalkEntry| {
        let on = f.clock.day(entry.at, f.language());
        let begins = (on != day).then(|| on.clone());
        day = on;
        let name = entry.name.clone().unwrap_or_default();
        let (class, icon, who) = match entry.side {
            Side::Person => ("left", "user", String::new()),
            Side::Agent if name.is_empty() => ("agent", "bot", f.t.shared.host_itself.to_owned()),
            Side::Agent => ("agent", "bot", name),
            Side::Staff if name == guest.actor.name => ("staff", "user", f.t.inbox.you.replace("{who}", &name)),
            Side::Staff => ("staff", "user", name),
            Side::App => ("staff", "smartphone", f.t.inbox.from_app.to_owned()),
            Side::Template => ("agent", "bot", f.t.inbox.template.to_owned()),
            Side::Note => ("inner", "sticky-note", f.t.inbox.note_of.replace("{who}", &name)),
        };
        let is_theirs = matches!(entry.side, Side::Person | Side::Agent | Side::Template);
        Said {
            id: entry.id.clone(),
            day: begins,
            class,
            icon,
            who,
            text: desk::text(&entry.words),
            language: language.filter(|_| is_theirs).map(str::to_owned),
            at: entry.at,
            ticket: entry.number.clone(),
            tick: entry.fate.as_ref().map(|fate| tick(fate, f.t)),
        }
    };
    entries.iter().map(one).collect()
}

fn tick(fate: &Fate, t: &Texts) -> Tick {
    let tick = |icon, words: &str, class| Tick { icon, words: words.to_owned(), class };
    match fate {
        Fate::New => tick("clock", t.inbox.tick_new, ""),
        Fate::Waits => tick("hourglass", t.inbox.tick_waits, ""),
        Fate::Queued(None) => tick("clock", t.inbox.tick_queued, ""),
        Fate::Queued(Some(why)) => tick("clock", &t.inbox.tick_again.replace("{why}", why), ""),
        Fate::Sent { progress: READ.., .. } => tick("check-check", t.shared.tick_read, "read"),
        Fate::Sent { progress: DELIVERED.., .. } => tick("check-check", t.shared.tick_delivered, ""),
        Fate::Sent { .. } => tick("check", t.shared.tick_sent, ""),
        Fate::Refused(why) => tick("circle-alert", &t.inbox.tick_refused.replace("{why}", why), "failed"),
        Fate::OptedOut => tick("circle-alert", t.inbox.tick_opted_out, "failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_masked_but_for_its_end() {
        for (known_by, shown, all) in [
            ("250788123736", "••• 736", "+250788123736"),
            ("RW.8812abcd", "••• bcd", "RW.8812abcd"),
            ("é1", "••• é1", "é1"),
        ] {
            assert_eq!((masked(known_by), whole(known_by)), (shown.to_owned(), all.to_owned()));
        }
    }
}
