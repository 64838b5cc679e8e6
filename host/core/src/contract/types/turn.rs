//! The turn: one message with the person, the session and the handoff that it belongs to.

use serde::{Deserialize, Serialize};

use super::incoming::{Extra, Message, Place};

/// All that an agent is told about one message. A turn is a function of this and of what the capabilities answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What came in.
    pub message: Message,
    /// Who it is from.
    pub person: Person,
    /// Where the conversation stands.
    pub session: Session,
    /// Set when another agent gave this turn away.
    pub handoff: Option<Handoff>,
    /// The time of the turn; there is no other clock.
    pub now: u64,
    /// The only source of chance.
    pub seed: u64,
    /// The features of the rollout that concern an agent, for instance `crossDomainHandoffs`, that are on.
    pub features: Vec<String>,
    /// The agent's own settings from `plugins.toml`, an object.
    pub settings: String,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// The person. Never a phone number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Opaque and stable; the same for all agents.
    pub id: String,
    /// As WhatsApp shows it.
    pub name: Option<String>,
    /// BCP 47: `en`, `fr`, `rw` or `sw`.
    pub language: String,
    /// ISO 3166-1 alpha-2, for instance `RW`.
    pub country: String,
    /// The currency of prices that name none.
    pub currency: String,
    /// IANA time zone, for instance `Africa/Kigali`.
    pub time_zone: String,
    /// The place last shared or saved.
    pub place: Option<Place>,
    /// True in the very first conversation.
    pub is_new: bool,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// Where the conversation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Opaque; a new one begins after 24 hours of silence.
    pub id: String,
    /// The flow this agent left open, if any.
    pub flow: Option<FlowState>,
    /// The latest utterances, oldest first, at most ten.
    pub history: Vec<Utterance>,
    /// The agent that answered last.
    pub previous_agent: Option<String>,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// An open flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowState {
    /// The flow's name, for instance `job_posting`.
    pub flow: String,
    /// The step whose question is open.
    pub step: String,
    /// What is known so far; only this agent ever sees it.
    pub data: String,
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Who said it.
    pub speaker: Speaker,
    /// The words, or what stands for them.
    pub text: String,
    /// When.
    pub at: u64,
}

/// The two sides of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speaker {
    #[serde(rename = "Person")]
    Person,
    #[serde(rename = "Agent")]
    Agent,
}

/// One agent gives the person to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    /// On the way out the agent to go to, on the way in the agent it comes from.
    pub agent: String,
    /// Why, for people who read reports.
    pub reason: String,
    /// What the next agent should know, an object.
    pub context: String,
}
