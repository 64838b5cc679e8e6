//! A parsed webhook delivery, before it is stored.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    contract::types::{Content, Extra},
    failure::Failure,
    phone::Phone,
};

/// A webhook POST with a valid signature. Its raw body is always stored.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The raw body.
    pub body: Bytes,
    /// The time of receipt, in milliseconds since 1970.
    pub received_at: i64,
    /// The parsed items, in order.
    pub items: Vec<Item>,
    /// Why it, or a part of it, could not be parsed; for the operator.
    pub unreadable: Option<String>,
    /// Whether there is a legacy service: then messages that are never answered also wait in their person's lane,
    /// since they may have to be forwarded.
    pub forwards: bool,
}

/// An item of a delivery.
#[derive(Clone, Debug)]
pub enum Item {
    /// An inbound message.
    Message(Inbound),
    /// The status of an outbound message.
    Status(StatusUpdate),
    /// A change of a person's number or user id (a system message).
    Identity(IdentityChange),
}

/// An inbound message, identified by business number and wamid.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of the message.
    pub wamid: String,
    /// How it is handled.
    pub kind: Kind,
    /// The sender.
    pub sender: Sender,
    /// The sender's timestamp, in milliseconds; the time of receipt if it cannot be parsed.
    pub sent_at: i64,
    /// The content, in the contract's types.
    pub content: Content,
    /// The wamid of the quoted message.
    pub quotes: Option<String>,
    /// The advert that it came from (`referral`), and the product of the catalogue that it is about (`product`), as JSON.
    pub extras: Vec<Extra>,
}

/// The kind of content that says whether a person wants marketing messages: its value is `"stop"` or `"resume"`.
pub const MARKETING: &str = "preference/marketing";

impl Inbound {
    /// Whether the person says in WhatsApp's settings that they want marketing messages, or that they do not.
    pub fn wants_marketing(&self) -> Option<bool> {
        match &self.content {
            Content::Other(other) if self.kind == Kind::Silent && other.kind == MARKETING => {
                Some(other.value != "\"stop\"")
            }
            _ => None,
        }
    }
}

impl Inbound {
    /// The message that it edits, by its wamid, and the new words.
    pub fn edits(&self) -> Option<(&str, String)> {
        match (&self.content, &self.quotes) {
            (Content::Other(other), Some(about)) if self.kind == Kind::Silent && other.kind == "edit" => {
                Some((about, serde_json::from_str::<Option<String>>(&other.value).ok()??))
            }
            _ => None,
        }
    }
}

/// How an inbound message is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answer it.
    Message,
    /// A placeholder for a message whose content follows under the same id (error 131060): wait for it briefly.
    Placeholder,
    /// Store it, never answer: typed by the owner in the phone app.
    Echo,
    /// Store it, never answer: another app has the conversation.
    Standby,
    /// Store it, never answer: older than our service.
    History,
    /// Never answer, but forward: a status of a message sent by the legacy service. Its wamid ends with `#` and the
    /// status.
    Status,
    /// Store it, never answer: a receipt, an edit, a deletion, a group or system message.
    Silent,
    /// Queued by the host: from another person's agent, a timer or an operator. Its agent answers it.
    Notice,
}

impl Kind {
    /// Whether it asks for an answer.
    pub fn is_to_be_answered(self) -> bool {
        matches!(self, Kind::Message | Kind::Placeholder | Kind::Notice)
    }

    /// The name stored in the column `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Placeholder => "placeholder",
            Kind::Echo => "echo",
            Kind::Standby => "standby",
            Kind::History => "history",
            Kind::Status => "status",
            Kind::Silent => "silent",
            Kind::Notice => "notice",
        }
    }
}

/// The sender of a message. Without a phone number or a user id it cannot be answered.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// The phone number. Absent for people with a user name (Meta, since 2026).
    pub phone: Option<Phone>,
    /// Business-scoped user id (BSUID).
    pub user_id: Option<String>,
    /// The user id across a group of businesses.
    pub parent_user_id: Option<String>,
    /// `@name`, without the `@`.
    pub username: Option<String>,
    /// The name as WhatsApp shows it.
    pub name: Option<String>,
    /// A number that the message itself says is the sender's: a contact card of their own, with which WhatsApp answers a request for it.
    /// It counts only if it was asked for.
    pub card: Option<Phone>,
}

/// The status of an outbound message.
#[derive(Clone, Debug)]
pub struct StatusUpdate {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of what we sent.
    pub wamid: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`, or an unknown status.
    pub status: String,
    /// The recipient's number or user id.
    pub recipient: Option<String>,
    /// Our reference, `biz_opaque_callback_data`.
    pub reference: Option<String>,
    /// The time, in milliseconds.
    pub at: i64,
    /// Meta's error code and message, of a failure.
    pub error: Option<(i64, String)>,
    /// Why it failed; only with the status `failed`.
    pub failure: Option<Failure>,
    /// Whether Meta bills it.
    pub billable: Option<bool>,
    /// What it bills it as: `marketing`, `utility`, `authentication`, `service`.
    pub category: Option<String>,
}

/// A change of a person's number or user id.
#[derive(Clone, Debug)]
pub struct IdentityChange {
    /// Meta's `phone_number_id` of the business number.
    pub business: String,
    /// Meta's id of the system message.
    pub wamid: String,
    /// The old identity.
    pub before: Sender,
    /// The new identity.
    pub after: Sender,
    /// The time, in milliseconds.
    pub at: i64,
}
