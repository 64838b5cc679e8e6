//! The types of `records`: an agent's own documents, of this person or shared. No agent sees another's.

use serde::{Deserialize, Serialize};

/// The owner of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// This person's.
    Person,
    /// The agent's, the same for all persons.
    Agent,
}

/// What must be stored under a key so that a write of it counts. The host checks it when the write is made, and again when the turn is
/// committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// No document: `put-new`.
    Nothing,
    /// A document of this value: `put-if`.
    Value(String),
}

impl Expected {
    /// Whether a value, or none, is what is expected.
    pub fn is(&self, stored: Option<&str>) -> bool {
        match self {
            Expected::Nothing => stored.is_none(),
            Expected::Value(value) => stored == Some(value),
        }
    }
}

/// A document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Unique in its collection and owner.
    pub key: String,
    /// Up to 64 KiB.
    pub value: String,
    /// When it was last written.
    pub updated_at: u64,
}
