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

/// The alphabet of ticket numbers, without characters that look alike.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The length of a ticket number. 2^30 numbers make a collision rare.
const LENGTH: usize = 6;

/// The ticket number of a random number.
pub fn number(drawn: u64) -> String {
    let signs = (0..LENGTH).map(|place| char::from(SIGNS[(drawn >> (place * 5)) as usize % SIGNS.len()]));
    format!("T-{}", signs.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_only_signs_that_can_be_said() {
        assert_eq!(number(0), "T-222222");
        assert_eq!(number(u64::MAX), "T-ZZZZZZ");
        assert_ne!(number(1), number(2));
    }
}
