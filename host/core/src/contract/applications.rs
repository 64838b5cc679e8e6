//! The types of `applications`: applications to a listing's owner, for instance for a job.

use serde::{Deserialize, Serialize};

/// The status of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not decided yet.
    Pending,
    /// The owner accepted.
    Accepted,
    /// The owner rejected.
    Rejected,
    /// The applicant withdrew.
    Withdrawn,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// The id.
    pub id: String,
    /// The listing.
    pub listing: String,
    /// Distinguishes a person's applications to one listing; empty where only one is allowed.
    pub reference: String,
    /// The listing's title.
    pub title: String,
    /// The applicant's message.
    pub message: String,
    /// Attributes of this domain, a JSON object.
    pub attributes: String,
    /// The status.
    pub status: Status,
    /// The applicant's name as WhatsApp shows it, cut to the first word.
    pub applicant_name: Option<String>,
    /// When it was made, in milliseconds.
    pub created_at: u64,
}
