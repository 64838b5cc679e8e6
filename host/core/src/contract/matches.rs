//! The types of `matches`: pairs of a seeker and a listing, and whether contacts may be exchanged.

use serde::{Deserialize, Serialize};

/// The status of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Found by a saved search, nobody has asked yet.
    Suggested,
    /// The seeker asked for contact.
    Contacted,
    /// The owner agreed to share contacts.
    Accepted,
    /// The owner declined.
    Rejected,
}

/// The side of a match that this person is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// The seeker.
    Seeker,
    /// The listing's owner.
    Owner,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// The id.
    pub id: String,
    /// The listing.
    pub listing: String,
    /// The listing's title.
    pub title: String,
    /// The status.
    pub status: Status,
    /// The side this person is on.
    pub side: Side,
    /// The other person's name as WhatsApp shows it, cut to the first word.
    pub other_name: Option<String>,
}
