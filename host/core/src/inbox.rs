//! What one webhook delivery holds, after parsing and before storing.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{contract::types::Content, phone::Phone};

/// One webhook POST whose signature fits. Stored raw whatever it holds.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The bytes that were signed.
    pub body: Bytes,
    /// When it came, in milliseconds since 1970.
    pub received_at: i64,
    /// Everything in it that we understand, in its order.
    pub items: Vec<Item>,
    /// Why it, or a part of it, could not be read; for the operator.
    pub unreadable: Option<String>,
    /// There is a service before, so what we never answer waits in its person's lane too: it may have to go there.
    pub forwards: bool,
}

/// One thing in a delivery.
#[derive(Clone, Debug)]
pub enum Item {
    /// Something a person sent.
    Message(Inbound),
    /// Word on something we sent.
    Status(StatusUpdate),
    /// A person changed number or user id (system messages of Meta's contract).
    Identity(IdentityChange),
}

/// Something a person sent, known by business number and wamid.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of the message.
    pub wamid: String,
    /// What is to be done with it.
    pub kind: Kind,
    /// Who sent it.
    pub sender: Sender,
    /// By the sender's clock, in milliseconds; the time of receipt if theirs cannot be read.
    pub sent_at: i64,
    /// What it holds, in the contract's words.
    pub content: Content,
    /// The wamid it quotes.
    pub quotes: Option<String>,
}

/// What is to be done with an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answer it.
    Message,
    /// WhatsApp's stand-in for a message whose content follows under the same id (error 131060): wait for it a little.
    Placeholder,
    /// Store it, never answer: typed by the owner in the phone app.
    Echo,
    /// Store it, never answer: another app has the conversation.
    Standby,
    /// Store it, never answer: older than our service.
    History,
    /// Never answer, for the service before: word on something that it sent. Its wamid bears `#` and the word.
    Status,
    /// Store it, never answer: a receipt, an edit, a deletion, a group's or a system's word.
    Silent,
}

impl Kind {
    /// The word in the column `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Placeholder => "placeholder",
            Kind::Echo => "echo",
            Kind::Standby => "standby",
            Kind::History => "history",
            Kind::Status => "status",
            Kind::Silent => "silent",
        }
    }
}

/// Who sent a message. At least one of phone and user id is known, or nobody can be answered.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// Absent for people with a user name (Meta, since 2026).
    pub phone: Option<Phone>,
    /// Business-scoped user id (BSUID).
    pub user_id: Option<String>,
    /// The same across a group of businesses.
    pub parent_user_id: Option<String>,
    /// `@name`, without the `@`.
    pub username: Option<String>,
    /// As WhatsApp shows it.
    pub name: Option<String>,
}

/// Word on something we sent.
#[derive(Clone, Debug)]
pub struct StatusUpdate {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of what we sent.
    pub wamid: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`, or a word yet unknown.
    pub status: String,
    /// Number or user id it went to.
    pub recipient: Option<String>,
    /// Our reference, `biz_opaque_callback_data`.
    pub reference: Option<String>,
    /// In milliseconds.
    pub at: i64,
    /// Meta's code and words, of a failure.
    pub error: Option<(i64, String)>,
    /// Whether Meta bills it.
    pub billable: Option<bool>,
}

/// A person changed number or user id.
#[derive(Clone, Debug)]
pub struct IdentityChange {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of the announcement.
    pub wamid: String,
    /// What the person was known by.
    pub before: Sender,
    /// What the person is known by now.
    pub after: Sender,
    /// In milliseconds.
    pub at: i64,
}
