//! Sessions: a person's conversation with one business number, until 24 hours after their last message.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::types::{FlowState, Utterance};

/// How long a session lives after the person's last message, in milliseconds: its expiry slides with each message.
pub const SESSION_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// The number of utterances stored.
pub const HISTORY_KEPT: usize = 20;

/// The longest text of an utterance that is stored, in bytes; a longer one is cut.
pub const UTTERANCE_BYTES_MAX: usize = 4 << 10;

/// The number of utterances an agent sees.
pub const HISTORY_SHOWN: usize = 10;

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
