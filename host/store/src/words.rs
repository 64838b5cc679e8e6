//! The words that columns hold for the contract's enumerations: written and read by the same table.

use switchboard_core::contract::{applications, listings, matches, tickets};

/// An enumeration that is stored as a word.
pub(super) trait Word: Copy + PartialEq + Sized + 'static {
    /// Every value with its word. What a column holds that is none of these reads as the first.
    const WORDS: &'static [(Self, &'static str)];

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value that a word stands for.
    fn read(word: &str) -> Self {
        Self::WORDS.iter().find(|(_, known)| *known == word).unwrap_or(&Self::WORDS[0]).0
    }
}

impl Word for listings::ContactPolicy {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Ask, "ask"), (Self::Share, "share"), (Self::Never, "never")];
}

impl Word for listings::Status {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Expired, "expired"),
        (Self::Active, "active"),
        (Self::Sold, "sold"),
        (Self::Rented, "rented"),
        (Self::Removed, "removed"),
    ];
}

impl Word for applications::Status {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Pending, "pending"),
        (Self::Accepted, "accepted"),
        (Self::Rejected, "rejected"),
        (Self::Withdrawn, "withdrawn"),
    ];
}

impl Word for matches::Status {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Suggested, "suggested"),
        (Self::Contacted, "contacted"),
        (Self::Accepted, "accepted"),
        (Self::Rejected, "rejected"),
    ];
}

impl Word for tickets::Priority {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Medium, "medium"), (Self::Low, "low"), (Self::High, "high"), (Self::Urgent, "urgent")];
}

impl Word for tickets::Status {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Open, "open"), (Self::Answered, "answered"), (Self::Closed, "closed")];
}
