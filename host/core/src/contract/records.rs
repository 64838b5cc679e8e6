//! The agent's own documents about this person, and its shared ones. No agent sees another's.

use serde::{Deserialize, Serialize};

/// Whose document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// This person's.
    Person,
    /// The agent's, the same for all persons.
    Agent,
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
