//! Sessions: a person's conversation with one business number, until 24 hours after their last message.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::types::{FlowState, Reply, Utterance};

/// How long a session lives after the person's last message, in milliseconds: its expiry slides with each message.
pub const SESSION_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// The number of utterances stored.
pub const HISTORY_KEPT: usize = 20;

/// The longest text of an utterance that is stored, in bytes; a longer one is cut.
pub const UTTERANCE_BYTES_MAX: usize = 4 << 10;

/// The number of utterances an agent sees.
pub const HISTORY_SHOWN: usize = 10;

/// How long something waits for the person's yes or no, in milliseconds.
pub const PENDING_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The most things that wait for a person's yes or no; the oldest goes first.
pub const PENDING_MAX: usize = 8;

/// A row of `unified_sessions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The row's id; a new session gets a new one.
    pub id: Uuid,
    /// The agent that answered last, `support` at first.
    pub agent: String,
    /// The open flow and what it collected. Belongs to `agent`.
    pub flow: Option<FlowState>,
    /// The version that the open flow began on, by SHA-256. The flow stays with it while it is in service.
    pub version: Option<String>,
    /// The latest utterances, oldest first.
    pub history: Vec<Utterance>,
    /// The choices offered last, to resolve a tap, a number or a title.
    pub offered: Option<Offered>,
    /// The suspended flow of an agent that was switched off during it.
    pub kept: Option<Kept>,
    /// What is open beside the flow.
    #[serde(default, skip_serializing_if = "Open::is_empty")]
    pub open: Open,
    /// When the session began, in milliseconds.
    pub created_at: i64,
    /// The time of the person's last message, in milliseconds.
    pub last_message_at: i64,
}

/// A suspended flow, whose agent was switched off: offered again when the person returns to the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The flow's agent.
    pub agent: String,
    /// The flow's state.
    pub flow: FlowState,
    /// The version that it began on, by SHA-256.
    pub version: Option<String>,
    /// Set if the person turned to something else; `None` if the agent was switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<Question>,
}

/// What is open in a conversation beside its flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// The question of the open flow, as it was sent last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// What waits for the person's yes or no, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// What the host itself asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The language that the person asked for, by name or in the menu; kept until they ask for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How often in a row the open flow answered with the same text, and that text's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<(u64, u32)>,
}

impl Open {
    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        *self == Open::default()
    }
}

/// A flow's question as it was sent: repeated after an answer that has nothing to do with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The agent that asked.
    pub agent: String,
    /// The message.
    pub reply: Reply,
    /// Its choices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Offered>,
}

/// A thing that waits for the person's yes or no: a consent question, an application, an order. It came with a notice, and stays
/// pending whatever else is talked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The notice that brought it (`message.message_id`).
    pub message: i64,
    /// The agent that asks.
    pub agent: String,
    /// What was asked, cut to a line.
    pub about: String,
    /// Wire id and title of each choice, in the order shown.
    pub choices: Vec<(String, String)>,
    /// The listing that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<String>,
    /// The match that it is about.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub match_: Option<String>,
    /// When it was asked, in milliseconds.
    pub since: i64,
}

/// A question of the host itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Whether all notices are to stop.
    StopNotices,
}

/// The choices of the latest message with choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// The agent that offered them.
    pub agent: String,
    /// Whether a typed number selects a choice.
    pub numbered: bool,
    /// Wire id and title of each choice, in the order shown.
    pub choices: Vec<(String, String)>,
}
