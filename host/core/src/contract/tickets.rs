//! What a human of the business must look at.

use serde::{Deserialize, Serialize};

/// How soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priority {
    Low,
    Medium,
    High,
    Urgent,
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Open,
    Answered,
    Closed,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// What the person and the business call it, for instance `T-7KQ2M`.
    pub number: String,
    pub subject: String,
    pub status: Status,
    pub opened_at: u64,
}
