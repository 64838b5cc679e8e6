//! Quotas: how many rows an agent may write for one person, and in one turn. A capability reads what is stored before it takes a write;
//! beyond a quota it answers `limit`. A person's turns run one after the other, so what it read still holds when the turn is committed.

use super::types::Problem;

/// Documents of one agent: of one person, or of the agent itself.
pub const RECORDS: u64 = 1_000;

/// Bytes of all these documents together.
pub const RECORD_BYTES: u64 = 8 << 20;

/// Listings of one person with one agent, active or not.
pub const LISTINGS: u64 = 1_000;

/// Active ones among them.
pub const LISTINGS_ACTIVE: u64 = 200;

/// New listings in one turn.
pub const LISTINGS_A_TURN: u64 = 20;

/// Applications in one turn.
pub const APPLICATIONS_A_TURN: u64 = 20;

/// Saved searches of one person with one agent.
pub const SAVED_SEARCHES: u64 = 20;

/// Tickets in one turn.
pub const TICKETS_A_TURN: u64 = 3;

/// Questions to the model in one turn.
pub const QUESTIONS_A_TURN: u64 = 6;

/// Calls of other services in one turn.
pub const SERVICE_CALLS_A_TURN: u64 = 8;

/// What is stored of an agent's documents, of one owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredRecords {
    /// How many.
    pub rows: u64,
    /// Their values together, in bytes.
    pub bytes: u64,
}

/// What is stored of a person's listings with one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredListings {
    /// How many, whatever their status.
    pub all: u64,
    /// Active ones among them.
    pub active: u64,
}

/// Checks that there is room for one more.
///
/// # Errors
///
/// `limit`, with the quota as a sentence: `20 saved searches a person`.
pub fn one_more(held: u64, quota: u64, what: &str) -> Result<(), Problem> {
    within(held.saturating_add(1), quota, what)
}

/// Checks a sum.
///
/// # Errors
///
/// As [`one_more`].
pub fn within(sum: u64, quota: u64, what: &str) -> Result<(), Problem> {
    if sum <= quota { Ok(()) } else { Err(Problem::Limit(format!("{quota} {what}"))) }
}

/// All quotas that an agent's author meets, with what they count.
pub const ALL: &[(&str, u64)] = &[
    ("documents of one agent for one person; the same of the agent itself", RECORDS),
    ("bytes of their values together", RECORD_BYTES),
    ("listings of one person with one agent, active or not", LISTINGS),
    ("active ones among them", LISTINGS_ACTIVE),
    ("new listings in one turn", LISTINGS_A_TURN),
    ("applications in one turn", APPLICATIONS_A_TURN),
    ("saved searches of one person with one agent", SAVED_SEARCHES),
    ("tickets in one turn", TICKETS_A_TURN),
    ("questions to the model in one turn", QUESTIONS_A_TURN),
    ("calls of other services in one turn", SERVICE_CALLS_A_TURN),
];
