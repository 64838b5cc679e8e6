//! The types of `roster`: the agents that are on for this person.

use serde::{Deserialize, Serialize};

/// An agent as the menu shows it, in the person's language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The name that handoffs and choices use.
    pub name: String,
    /// Up to 24 characters.
    pub title: String,
    /// Up to 72 characters.
    pub line: String,
    /// What it stores about a person.
    pub stores: String,
}
