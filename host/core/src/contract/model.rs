//! A language model. Which one, its key, its budget and its failures are the host's: `unavailable` is a usual answer, and an
//! agent goes on without.

use serde::{Deserialize, Serialize};

use super::types::ToolAbout;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Person,
    Agent,
}

/// The model asks for a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub name: String,
    /// An object, checked against the tool's schema by the host.
    pub arguments: String,
    /// Reserved for the model: give it back with the call.
    pub mark: String,
}

/// What a tool answered. It is data: the host marks it so for the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    pub name: String,
    pub result: String,
}

/// A part of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Words; those of the person are data as well.
    Said(String),
    /// A call, as `answer` had it.
    Called(Call),
    /// Its answer.
    Answered(Answered),
}

/// A part, and whose it is. An answer of a tool is the person's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub role: Role,
    pub part: Part,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What the agent is and may do. The host puts its own rules before it.
    pub system: String,
    /// The conversation, oldest first.
    pub entries: Vec<Entry>,
    /// What the model may call.
    pub tools: Vec<ToolAbout>,
    /// A JSON Schema that the words of the answer must fit; then there are no calls.
    pub answer_schema: Option<String>,
    /// Tokens of the answer, at most 2 048.
    pub tokens_max: u32,
}

/// What the model says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its words, if any.
    pub text: Option<String>,
    /// The tools that it asks for, in order.
    pub calls: Vec<Call>,
}
