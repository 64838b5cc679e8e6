//! What people ask of a listing's owner: a job applied for, a flat inquired about.

use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Pending,
    Accepted,
    Rejected,
    Withdrawn,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    pub id: String,
    /// The listing.
    pub listing: String,
    /// Which of the applicant's, where one person may apply more than once; empty where only once.
    pub reference: String,
    /// The listing's title.
    pub title: String,
    /// The words that came with it.
    pub message: String,
    /// What only this domain knows, an object.
    pub attributes: String,
    pub status: Status,
    /// The applicant's name as WhatsApp shows it, cut to the first word.
    pub applicant_name: Option<String>,
    pub created_at: u64,
}
