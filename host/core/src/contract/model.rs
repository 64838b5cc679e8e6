//! The types of `model`: requests to a language model. Its provider, key, budget and failures are the host's; agents
//! must expect `unavailable` and go on without.

use serde::{Deserialize, Serialize};

use super::types::ToolAbout;

/// The speaker of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The person.
    Person,
    /// The agent, in the words of the model.
    Agent,
}

/// A tool call by the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The tool's name.
    pub name: String,
    /// An object, checked against the tool's schema by the host.
    pub arguments: String,
    /// Reserved for the model: give it back with the call.
    pub mark: String,
}

/// A tool's result. The host marks it as data for the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The tool's name.
    pub name: String,
    /// The result.
    pub result: String,
}

/// A part of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Text.
    Said(String),
    /// A call, as `answer` had it.
    Called(Call),
    /// The result of a call.
    Answered(Answered),
}

/// A part with its speaker. A tool's result has the role `person`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The speaker.
    pub role: Role,
    /// The part.
    pub part: Part,
}

/// A request to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The system prompt: what the agent is and may do. The host's own rules go before it.
    pub system: String,
    /// The conversation, oldest first.
    pub entries: Vec<Entry>,
    /// The tools that the model may call.
    pub tools: Vec<ToolAbout>,
    /// A JSON Schema that the answer's text must match; then there are no tool calls.
    pub answer_schema: Option<String>,
    /// The most tokens of the answer, up to 2 048.
    pub tokens_max: u32,
}

/// The model's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The text, if any.
    pub text: Option<String>,
    /// The tool calls, in order.
    pub calls: Vec<Call>,
}
