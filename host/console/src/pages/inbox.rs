//! Who waits for a human, and the conversation with one of them.

use askama::Template;

use crate::{Frame, Icon, icon};

/// Somebody who waits for a human, or whom a human has.
#[derive(Clone, Debug)]
pub struct Item {
    /// The person's id.
    pub person: String,
    /// Their name, or a word for somebody without one.
    pub name: String,
    /// What it is about: a ticket's subject, or the agent.
    pub about: String,
    /// How long they have waited, in milliseconds; none if nothing waits.
    pub waits_ms: Option<i64>,
    /// Messages that nobody has seen.
    pub unread: i64,
    /// Why they are here, in words.
    pub why: &'static str,
    /// Their tickets' numbers.
    pub tickets: Vec<String>,
    /// Who has them; none if nobody.
    pub claimed_by: Option<String>,
    /// Whether the visitor has them.
    pub is_mine: bool,
    /// Whether free text reaches them no more.
    pub is_closed: bool,
}

/// How long somebody may wait until it is soon too long, in milliseconds.
const SOON_MS: i64 = 5 * 60_000;

/// How long somebody may wait, in milliseconds.
const LATE_MS: i64 = 10 * 60_000;

impl Item {
    /// The class of the age: `late`, `soon`, or none.
    pub fn age_class(&self) -> &'static str {
        match self.waits_ms {
            Some(LATE_MS..) => "late",
            Some(SOON_MS..) => "soon",
            _ => "",
        }
    }
}

/// A part of the list, with its address and how many are in it.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its name.
    pub name: &'static str,
    /// Its address.
    pub href: String,
    /// How many are in it.
    pub count: i64,
    /// Whether it is shown.
    pub is_current: bool,
}

/// What became of something that was to be sent.
#[derive(Clone, Debug)]
pub struct Tick {
    /// The icon's name.
    pub icon: &'static str,
    /// What it means, in words.
    pub words: String,
    /// The class: `read`, `failed`, or none.
    pub class: &'static str,
}

impl Tick {
    /// Its icon.
    pub fn icon(&self) -> Icon {
        icon(self.icon)
    }
}

/// An entry of a conversation.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its id in the page.
    pub id: String,
    /// The day, if it is another than that of the entry before.
    pub day: Option<String>,
    /// The class of the bubble: `left`, `agent`, `staff`, `inner`.
    pub class: &'static str,
    /// The icon of who said it; none for the person.
    pub icon: &'static str,
    /// Who said it; empty for the person.
    pub who: String,
    /// The words.
    pub text: String,
    /// The language of the words, if it is known.
    pub language: Option<String>,
    /// When, in milliseconds.
    pub at: i64,
    /// The ticket that it is about.
    pub ticket: Option<String>,
    /// What became of it.
    pub tick: Option<Tick>,
}

impl Said {
    /// The icon of who said it.
    pub fn icon(&self) -> Icon {
        icon(self.icon)
    }
}

/// Whether free text reaches the person.
#[derive(Clone, Debug)]
pub enum Window {
    /// Until this time, in milliseconds.
    Until(i64),
    /// Not since 24 hours after their last message. A template asked them to write, at this time in milliseconds, if it did.
    Closed(Option<i64>),
}

/// A ticket of the person.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// Its number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// The details.
    pub details: String,
    /// When it was opened, in milliseconds.
    pub opened_at: i64,
}

/// The conversation that is open.
#[derive(Clone, Debug)]
pub struct Talk {
    /// The person's id.
    pub person: String,
    /// Their name, or a word for somebody without one.
    pub name: String,
    /// Their number or user id, masked unless the visitor asked to see it.
    pub known_by: Option<String>,
    /// Whether it is masked.
    pub is_masked: bool,
    /// The language that they are answered in.
    pub language: Option<String>,
    /// Whether they are in the rollout, as a sentence.
    pub rollout: Option<String>,
    /// Who has them, and since when in milliseconds.
    pub claimed: Option<(String, i64)>,
    /// Whether the visitor has them.
    pub is_mine: bool,
    /// Whether free text reaches them.
    pub window: Window,
    /// What was said.
    pub said: Vec<Said>,
    /// The address of what was said before.
    pub earlier: Option<String>,
    /// Their open tickets.
    pub tickets: Vec<TicketView>,
    /// The ready answers: names and words.
    pub canned: Vec<(String, String)>,
    /// The key of the next answer: under one key something is said once.
    pub key: String,
    /// What was written and could not be sent.
    pub draft: String,
}

/// The inbox.
#[derive(Template)]
#[template(path = "inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub f: Frame,
    /// The parts of the list.
    pub tabs: Vec<Tab>,
    /// The list; who waits longest is first.
    pub items: Vec<Item>,
    /// The conversation that is open.
    pub talk: Option<Talk>,
}

impl InboxPage {
    fn is_open(&self, item: &Item) -> bool {
        self.talk.as_ref().is_some_and(|talk| talk.person == item.person)
    }
}
