//! The types of `outreach`: notices to another person about something both share. It becomes a `notice` in that
//! person's own lane, so that this same agent speaks to them in their language; the host enforces consent, opt-out
//! and the 24-hour window.

use serde::{Deserialize, Serialize};

/// The recipient: the other party of something, never a person by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recipient {
    /// The owner of a listing.
    ListingOwner(String),
    /// The other party of a match.
    MatchOther(String),
    /// The other party of an application: the applicant or the listing's owner.
    ApplicationOther(String),
}
