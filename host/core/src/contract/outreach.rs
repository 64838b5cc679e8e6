//! Word to another person about something both share. It becomes a `notice` in that person's own lane, so that this same
//! agent speaks to them in their language; the host keeps to consent, opt-out and the 24-hour window.

use serde::{Deserialize, Serialize};

/// Whom it concerns: the other side, never a person by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recipient {
    /// The owner of a listing.
    ListingOwner(String),
    /// The other side of a match.
    MatchOther(String),
    /// Who made an application, or the owner of its listing: the other side.
    ApplicationOther(String),
}
