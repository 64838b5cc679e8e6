//! The profile that an agent describes itself with.

use serde::{Deserialize, Serialize};

use super::incoming::Extra;

/// An agent's profile, read once when a component is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The agent's name: lower-case letters, digits and `_`; the name of its flag and of its file.
    pub name: String,
    /// The component's own version, for people.
    pub version: String,
    /// What it does, in a sentence for operators.
    pub about: String,
    /// Title and menu line per language; the first is the fallback.
    pub titles: Vec<Title>,
    /// The keywords that route to it.
    pub keywords: Vec<Keyword>,
    /// Its flows.
    pub flows: Vec<FlowAbout>,
    /// Its tools.
    pub tools: Vec<ToolAbout>,
    /// What it stores about a person, in a sentence that the person can be shown.
    pub stores: String,
    /// The capabilities it would like, by interface name, for instance `listings`.
    pub wants: Vec<String>,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// How the agent shows in the menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Title {
    /// BCP 47.
    pub language: String,
    /// Up to 24 characters, an emoji first if it helps.
    pub title: String,
    /// Up to 72 characters.
    pub line: String,
}

/// A word or phrase that counts for the agent, or against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keyword {
    /// BCP 47.
    pub language: String,
    /// One word, or several that stand together. Compared by token and stem, never inside a word.
    pub words: String,
    /// The weight: 1.0 is usual, up to 5.0; negative counts against.
    pub weight: f32,
}

/// A flow, for reports and checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowAbout {
    /// Its name.
    pub name: String,
    /// Its steps, in their usual order.
    pub steps: Vec<String>,
    /// An unfinished flow is forgotten after this many minutes of silence.
    pub timeout_minutes: u32,
}

/// A tool that a model may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolAbout {
    /// Its name.
    pub name: String,
    /// What it does, as the model reads it.
    pub about: String,
    /// JSON Schema of its arguments.
    pub parameters: String,
}
