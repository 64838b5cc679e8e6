//! The types of `tickets`: support tickets for the staff of the business.

use serde::{Deserialize, Serialize};

/// The priority of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priority {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Urgent.
    Urgent,
}

/// The status of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not answered yet.
    Open,
    /// Answered by the staff.
    Answered,
    /// Closed.
    Closed,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// What the person and the business call it, for instance `T-7KQ2M`.
    pub number: String,
    /// The subject.
    pub subject: String,
    /// The status.
    pub status: Status,
    /// When it was opened, in milliseconds.
    pub opened_at: u64,
}
