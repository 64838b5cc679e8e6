//! The phone: a made-up person's conversation, and what happened in its last turn.

use askama::Template;

use super::{Bubble, Happened, Ticks, TurnEnd};
use crate::Frame;

/// Somebody who writes from the phone.
#[derive(Clone, Debug)]
pub struct PersonaLink {
    /// Its name in addresses.
    pub id: &'static str,
    /// The name.
    pub name: &'static str,
    /// Language, and whether they have a number.
    pub detail: String,
    /// Whether this one writes now.
    pub is_current: bool,
}

/// A sentence to try.
#[derive(Clone, Debug)]
pub struct Try {
    /// Its language.
    pub language: &'static str,
    /// The sentence.
    pub words: &'static str,
}

/// A message that is replied to.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// Its id.
    pub id: String,
    /// Its first words.
    pub words: String,
}

/// Another turn of the conversation.
#[derive(Clone, Debug)]
pub struct OtherTurn {
    /// The message's id.
    pub message: i64,
    /// When, in milliseconds.
    pub at: i64,
    /// What was said.
    pub said: String,
    /// The agent.
    pub agent: String,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// Whether it is the one that is shown.
    pub is_shown: bool,
}

/// The phone.
#[derive(Template)]
#[template(path = "phone.html")]
pub struct PhonePage {
    /// The frame.
    pub f: Frame,
    /// Who may write.
    pub personas: Vec<PersonaLink>,
    /// Who writes.
    pub persona: &'static str,
    /// The business's name on the screen.
    pub business: String,
    /// Why something was not sent.
    pub not_sent: Option<&'static str>,
    /// The conversation.
    pub bubbles: Vec<Bubble>,
    /// Whether the business is typing.
    pub is_typing: bool,
    /// The message that is replied to.
    pub quoted: Option<Quoted>,
    /// Places to share: number and name.
    pub places: Vec<(usize, &'static str)>,
    /// Sentences to try.
    pub tries: Vec<Try>,
    /// The names of the agents that are on.
    pub agents: Vec<String>,
    /// What happened in the last turn, or in the one that was asked for.
    pub happened: Option<Happened>,
    /// The other turns, the newest first.
    pub others: Vec<OtherTurn>,
}

impl PhonePage {
    fn agents_count(&self) -> i64 {
        i64::try_from(self.agents.len()).unwrap_or(i64::MAX)
    }
}

/// There is no phone here.
#[derive(Template)]
#[template(path = "no_phone.html")]
pub struct NoPhonePage {
    /// The frame.
    pub f: Frame,
}
