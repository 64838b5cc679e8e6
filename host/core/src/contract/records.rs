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
