//! A seeker and a listing that suit each other, and whether their people may have each other's contact.

use serde::{Deserialize, Serialize};

/// Where a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Suggested,
    Contacted,
    Accepted,
    Rejected,
}

/// Which side this person is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    Seeker,
    Owner,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    pub id: String,
    pub listing: String,
    /// The listing's title.
    pub title: String,
    pub status: Status,
    pub side: Side,
    /// The other person's name as WhatsApp shows it, cut to the first word.
    pub other_name: Option<String>,
}
