//! A person's conversation with one business number: 24 hours from the last word, and where it stands.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::types::{FlowState, Utterance};

/// A session lives this long after the last message (checklist's `unified_sessions`, mended to slide).
pub const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// How many utterances are kept.
pub const HISTORY_KEPT: usize = 20;

/// How many of them an agent sees.
pub const HISTORY_SHOWN: usize = 10;

/// A row of `unified_sessions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The row's id; a new one each time a conversation begins anew.
    pub id: Uuid,
    /// The agent that answered last, `support` at first.
    pub agent: String,
    /// The open flow and what it collected. Belongs to `agent`.
    pub flow: Option<FlowState>,
    /// The version that the open flow began on, by sha-256; it goes on with that while it is in service.
    pub version: Option<String>,
    /// Steps already answered in the open flow are the agent's own matter; these are the words, oldest first.
    pub history: Vec<Utterance>,
    /// The choices offered last, so that a tap, a number or a title can be understood.
    pub offered: Option<Offered>,
    /// The flow of an agent that went off amid it.
    pub kept: Option<Kept>,
    /// In milliseconds.
    pub created_at: i64,
    /// In milliseconds; the person's last message.
    pub last_message_at: i64,
}

/// A flow whose agent went off: offered again when the person comes back to the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Whose flow it is.
    pub agent: String,
    /// Where it stood.
    pub flow: FlowState,
    /// The version that it began on, by sha-256.
    pub version: Option<String>,
}

/// The choices of the latest message that had any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// The agent that offered them.
    pub agent: String,
    /// Whether a typed number chooses.
    pub numbered: bool,
    /// In the order they were shown: the id on the wire and the title.
    pub choices: Vec<(String, String)>,
}
