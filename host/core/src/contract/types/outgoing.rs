//! Outcomes of turns with their replies, and the errors of calls and turns.

use serde::{Deserialize, Serialize};

use super::incoming::{Extra, Other};
use super::turn::{FlowState, Handoff};

/// The outcome of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What the person gets, in order. Each is a paid message: join what belongs together.
    pub replies: Vec<Reply>,
    /// The state of the conversation after the turn.
    pub next: Next,
    /// Hands the turn to another agent; the replies above are then sent before the other's.
    pub handoff: Option<Handoff>,
    /// For analytics.
    pub tags: Vec<Extra>,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// The state of the conversation after a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Next {
    /// No flow is open.
    Idle,
    /// This flow is open at this step.
    Flow(FlowState),
    /// The flow ended as it should.
    Completed,
    /// The person left the flow.
    Cancelled,
}

/// One message to the person. The host checks Meta's limits (1.10.2 of its documentation) and refuses what breaks them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Up to 4 096 characters; the host splits longer texts at a line or word.
    Text(String),
    /// A question with one to three buttons.
    Buttons(Buttons),
    /// A question with a list of up to ten rows in all.
    Rows(Rows),
    /// A question answered by a place; up to 1 024 characters.
    AskPlace(String),
    /// A text with one button that opens an address.
    Link(Link),
    /// A file that the host holds.
    Media(MediaReply),
    /// A message approved by Meta, the only kind allowed after 24 hours of silence.
    Template(Template),
    /// Another person's contact card, which the host fills after checking that this person agreed.
    Contact(Contact),
    /// A kind that 1.0 does not know; refused by a host that does not either.
    Other(Other),
}

/// An option that can be tapped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What comes back in `tap.id`: up to 180 bytes, unique in its message.
    pub id: String,
    /// What the person sees: up to 20 characters on a button, 24 in a row. The host cuts longer ones.
    pub title: String,
    /// Small print of a row, up to 72 characters; not shown on a button.
    pub description: Option<String>,
    /// Set to send the tap to another agent, which then sees the id `start`.
    pub agent: Option<String>,
}

/// A question with buttons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buttons {
    /// Up to 1 024 characters.
    pub body: String,
    /// One to three.
    pub choices: Vec<Choice>,
    /// Whether a typed number chooses: 1 is the first. Say no where the question itself wants a number.
    pub numbered: bool,
}

/// A question with a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Up to 4 096 characters.
    pub body: String,
    /// The text on the button that opens the list, up to 20 characters.
    pub label: String,
    /// One to ten sections with one to ten rows in all.
    pub sections: Vec<Section>,
    /// As in `buttons`.
    pub numbered: bool,
}

/// Rows under a heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Up to 24 characters; needed when there is more than one section.
    pub title: Option<String>,
    /// The rows.
    pub choices: Vec<Choice>,
}

/// A text with one button that opens an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Up to 1 024 characters.
    pub body: String,
    /// Up to 20 characters.
    pub label: String,
    /// An `https` address.
    pub url: String,
}

/// A file to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaReply {
    /// The host's handle of it.
    pub handle: String,
    /// Up to 1 024 characters.
    pub caption: Option<String>,
}

/// An approved message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Its name at Meta.
    pub name: String,
    /// Its language code at Meta, for instance `en_US`.
    pub language: String,
    /// The values of its placeholders, in order.
    pub parameters: Vec<String>,
}

/// Someone's contact card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The match whose other side is meant; it must be accepted.
    pub match_: String,
    /// Words to go before the card.
    pub body: Option<String>,
}

/// A failure of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Failure {
    /// The person can put this right: the text is shown, in the person's language, and nothing changes.
    Invalid(String),
    /// Nothing the person can do: the text is logged, and the host apologises.
    Internal(String),
    /// A kind that 1.0 does not know; treated as `internal`.
    Other(Other),
}

/// The error of a capability call. It is never a trap: the agent can go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// The agent or the person may not do this; why.
    Denied(String),
    /// There is no such thing, or it is not this person's to see.
    NotFound,
    /// An argument is wrong; which and how.
    Invalid(String),
    /// It is already so; for instance a second application for one job.
    Conflict(String),
    /// A limit of this turn, or a quota of what is stored, is reached; which.
    Limit(String),
    /// The host cannot right now.
    Unavailable(String),
    /// A kind that 1.0 does not know.
    Other(Other),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Problem {}
