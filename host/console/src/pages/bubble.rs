//! One message of a conversation, as a bubble.

use crate::{Icon, Texts, icon};

/// Whose bubble it is, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// On the left, of the other side.
    Left,
    /// On the right: on a phone the person's own.
    Right,
    /// On the right, of an agent, where somebody looks at a conversation.
    Agent,
}

impl Stands {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Stands::Left => "left",
            Stands::Right => "right",
            Stands::Agent => "agent",
        }
    }
}

/// How far a message came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// It waits.
    Waits,
    /// The other side's server has it.
    Sent,
    /// It is on the phone.
    Delivered,
    /// It was read.
    Read,
    /// It was not sent; why.
    Failed(String),
}

impl Ticks {
    /// Its icon.
    pub fn icon(&self) -> Icon {
        icon(match self {
            Ticks::Waits => "clock",
            Ticks::Sent => "check",
            Ticks::Delivered | Ticks::Read => "check-check",
            Ticks::Failed(_) => "circle-alert",
        })
    }

    /// Its class in the style sheet.
    pub fn class(&self) -> &'static str {
        match self {
            Ticks::Read => "read",
            Ticks::Failed(_) => "bad",
            _ => "",
        }
    }

    /// What it means.
    pub fn words(&self, t: &Texts) -> String {
        match self {
            Ticks::Waits => t.shared.still_waiting.to_owned(),
            Ticks::Sent => t.shared.tick_sent.to_owned(),
            Ticks::Delivered => t.shared.tick_delivered.to_owned(),
            Ticks::Read => t.shared.tick_read.to_owned(),
            Ticks::Failed(why) => why.clone(),
        }
    }
}

/// What stands in a bubble beside or instead of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The name of its icon.
    pub icon: &'static str,
    /// What it is: a photo, a place.
    pub title: String,
    /// Its name, size or address.
    pub detail: String,
    /// Where its picture is.
    pub picture: Option<String>,
    /// Where the file is.
    pub href: Option<String>,
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its title.
    pub title: String,
    /// More of it, in a list.
    pub description: Option<String>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Bubble {
    /// Meta's id of it, or ours.
    pub id: String,
    /// Where it stands.
    pub stands: Stands,
    /// Who speaks, where that is not clear by where it stands.
    pub by: Option<String>,
    /// The words; may be empty.
    pub words: String,
    /// What the message is a reply to.
    pub quote: Option<String>,
    /// Beside or instead of words.
    pub attachments: Vec<Attachment>,
    /// What may be chosen.
    pub offers: Vec<Offer>,
    /// Whether the choices are rows of a list, not buttons.
    pub is_list: bool,
    /// When, in milliseconds.
    pub at: i64,
    /// How far it came; none where that says nothing.
    pub ticks: Option<Ticks>,
    /// Reactions to it.
    pub reactions: String,
}
