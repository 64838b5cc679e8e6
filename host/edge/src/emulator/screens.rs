//! What happens on the screens of phones: messages come and go, are read, and the business is typing.

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    envelope, post,
    screen::{Entry, Screen, Shown, Tick},
    state::{Emulator, Sent, World, handle},
};

/// Messages that a phone keeps: the newest.
const ENTRIES_MAX: usize = 200;

/// How long WhatsApp shows that the business is typing, unless a message comes.
const TYPING_MS: i64 = 25_000;

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
        let mut world = self.world();
        let gone = world.screens.remove(&handle(number)).unwrap_or_default();
        for entry in gone.entries {
            world.unread.remove(&entry.wamid);
        }
        drop(world);
        self.changed();
    }

    /// The person looks at their phone: what has come is read, and the business is told so.
    pub fn look(&self, number: &str) {
        let mut read = Vec::new();
        {
            let mut world = self.world();
            let World { screens, unread, .. } = &mut *world;
            let entries = screens.get_mut(&handle(number)).into_iter().flat_map(|screen| &mut screen.entries);
            for entry in entries.filter(|entry| !entry.is_own && entry.tick == Tick::Stored) {
                entry.tick = Tick::Read;
                read.extend(unread.remove(&entry.wamid));
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

    /// A message of the phone's person.
    pub(super) fn says(&self, phone: &str, wamid: &str, at: i64, body: Value) {
        self.shows(phone, Entry { wamid: wamid.to_owned(), at, is_own: true, body, tick: Tick::Waits });
    }

    /// A message that came to a phone.
    pub(super) fn gets(&self, phone: &str, sent: &Sent) {
        let (wamid, body) = (sent.wamid.clone(), sent.body.clone());
        self.world().unread.insert(wamid.clone(), sent.clone());
        self.shows(phone, Entry { wamid, at: sent.at, is_own: false, body, tick: Tick::Stored });
    }

    /// Adds a message to a screen. What comes ends the typing.
    fn shows(&self, phone: &str, entry: Entry) {
        {
            let mut world = self.world();
            let screen = world.screens.entry(phone.to_owned()).or_default();
            if !entry.is_own {
                screen.typing_until = 0;
            }
            screen.entries.push_back(entry);
            if screen.entries.len() > ENTRIES_MAX
                && let Some(old) = screen.entries.pop_front()
            {
                world.unread.remove(&old.wamid);
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
