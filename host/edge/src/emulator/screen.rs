//! What a phone shows: the messages of both sides with their ticks, and whether the business is typing.

use std::collections::VecDeque;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    envelope, post,
    state::{Emulator, Sent, handle},
};

/// Messages that a phone keeps: the newest.
const ENTRIES_MAX: usize = 200;

/// How long WhatsApp shows that the business is typing, unless a message comes.
const TYPING_MS: i64 = 25_000;

/// A phone's screen.
#[derive(Debug, Default)]
pub(super) struct Screen {
    entries: VecDeque<Entry>,
    /// Until when the business is typing, in milliseconds.
    typing_until: i64,
}

/// A message on a phone.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its wamid.
    pub wamid: String,
    /// When it was sent, in milliseconds since 1970.
    pub at: i64,
    /// Whether the phone's person said it.
    pub is_own: bool,
    /// What it says: of the person's as Meta delivers it, of the business's as it was posted.
    pub body: Value,
    /// How far it came.
    pub tick: Tick,
    /// The business's message as it was taken; none of the person's.
    sent: Option<Sent>,
}

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// The webhook has not answered yet.
    Waits,
    /// The webhook refused it with this HTTP status; 0 without an answer.
    Refused(u16),
    /// Of the person's: the webhook took it. Of the business's: it is on the phone.
    Stored,
    /// The other side has read it.
    Read,
}

/// What a phone shows now.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The messages, the oldest first.
    pub entries: Vec<Entry>,
    /// Whether the business is typing.
    pub is_typing: bool,
}

impl Entry {
    pub(super) fn said(wamid: &str, at: i64, body: Value) -> Entry {
        Entry { wamid: wamid.to_owned(), at, is_own: true, body, tick: Tick::Waits, sent: None }
    }

    pub(super) fn received(sent: &Sent) -> Entry {
        let (wamid, body) = (sent.wamid.clone(), sent.body.clone());
        Entry { wamid, at: sent.at, is_own: false, body, tick: Tick::Stored, sent: Some(sent.clone()) }
    }
}

impl Emulator {
    /// What a phone shows.
    pub fn screen(&self, number: &str) -> Shown {
        let now = self.now_ms();
        match self.world().screens.get(&handle(number)) {
            Some(screen) => {
                Shown { entries: screen.entries.iter().cloned().collect(), is_typing: screen.typing_until > now }
            }
            None => Shown::default(),
        }
    }

    /// Says when a screen changes.
    pub fn screens(&self) -> watch::Receiver<u64> {
        self.0.screens.subscribe()
    }

    /// Empties a phone's screen.
    pub fn clear_screen(&self, number: &str) {
        self.world().screens.remove(&handle(number));
        self.changed();
    }

    /// The person looks at their phone: what has come is read, and the business is told so.
    pub fn look(&self, number: &str) {
        let mut read = Vec::new();
        if let Some(screen) = self.world().screens.get_mut(&handle(number)) {
            for entry in screen.entries.iter_mut().filter(|entry| !entry.is_own && entry.tick == Tick::Stored) {
                entry.tick = Tick::Read;
                read.extend(entry.sent.take());
            }
        }
        if read.is_empty() {
            return;
        }
        let (emulator, at) = (self.clone(), self.now_ms());
        tokio::spawn(async move {
            for sent in read {
                let statuses = json!({ "statuses": [envelope::status("read", &sent, at, None)] });
                post::insist(emulator.clone(), emulator.envelope(&sent.business, statuses)).await;
            }
            emulator.changed();
        });
    }

    /// Adds a message to a screen. What comes ends the typing.
    pub(super) fn shows(&self, phone: &str, entry: Entry) {
        {
            let mut world = self.world();
            let screen = world.screens.entry(phone.to_owned()).or_default();
            if !entry.is_own {
                screen.typing_until = 0;
            }
            screen.entries.push_back(entry);
            if screen.entries.len() > ENTRIES_MAX {
                screen.entries.pop_front();
            }
        }
        self.changed();
    }

    /// Notes how far a message of the person came; one that was read already stays so.
    pub(super) fn ticks(&self, phone: &str, wamid: &str, tick: Tick) {
        if let Some(screen) = self.world().screens.get_mut(phone)
            && let Some(entry) = screen.entries.iter_mut().rev().find(|entry| entry.wamid == wamid)
            && entry.tick != Tick::Read
        {
            entry.tick = tick;
        }
        self.changed();
    }

    /// The business has read a message and those before it, and may be typing.
    pub(super) fn was_read(&self, wamid: &str, is_typing: bool) {
        let until = self.now_ms() + TYPING_MS;
        let has = |screen: &&mut Screen| screen.entries.iter().any(|entry| entry.is_own && entry.wamid == wamid);
        if let Some(screen) = self.world().screens.values_mut().find(has) {
            let to = screen.entries.iter().position(|entry| entry.wamid == wamid).unwrap_or_default();
            for entry in screen.entries.iter_mut().take(to + 1).filter(|entry| entry.is_own) {
                entry.tick = Tick::Read;
            }
            let is_answered = screen.entries.iter().skip(to).any(|entry| !entry.is_own);
            screen.typing_until = if is_typing && !is_answered { until } else { 0 };
        }
        self.changed();
    }

    /// Tells who looks at screens that something is different.
    pub(super) fn changed(&self) {
        self.0.screens.send_modify(|n| *n += 1);
    }
}
