//! The outbox: rows that are to be sent, as a state machine, and its statements. What senders do with it is in [`sends`](crate::sends).
//!
//! Each event names the version of the row that it is about ([`TRANSITIONS`]). What a lane has to send is in the hands of one host at a
//! time, which holds the lane's *send lease*: it begins the rows one after the other and lets the lane go when nothing of it is due.
//! Whether a row may begin is decided in the statement that begins it.

pub(crate) mod dead;
mod reference;
pub(crate) mod script;
mod states;
mod types;

use serde_json::{Value, json};

pub use dead::{DeadChange, DeadChoice, DeadEvent, DeadKind, DeadLetter};
pub(crate) use reference::References;
pub(crate) use script::{BEGIN, LANES, RESULTS, STATUS_LOG, STATUSES};
pub use states::{TRANSITIONS, Transition};
pub use types::{Begun, Noted, Outgoing, SendEnd, SendResult};

/// The pace towards one person: a burst of so many messages, then one in this time. Meta's limit for a pair of numbers.
pub const PAIR_BURST: i64 = 45;

/// See [`PAIR_BURST`]; in milliseconds.
pub const PAIR_EVERY_MS: i64 = 6_000;

/// Rows of unknown outcome are given up after this time without a status.
pub(crate) const UNKNOWN_MAX_MS: i64 = 60 * 60 * 1000;

/// Which part of the outbox is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// What goes to people.
    Person,
    /// What goes to the legacy service.
    Legacy,
}

/// A row of [`RESULTS`].
pub(crate) fn result_row(end: &SendEnd) -> Value {
    let SendEnd { id, version, .. } = end;
    match &end.result {
        SendResult::Taken { wamid } => json!([id, version, "taken", wamid, null, null, 1, 0]),
        SendResult::PutBack { at, error } => json!([id, version, "put_back", null, at, error, 0, 0]),
        SendResult::Refused { at, error } => json!([id, version, "refused", null, at, error, 1, 0]),
        SendResult::Lost { until, error, charged } => {
            json!([id, version, "lost", null, until, error, 0, i64::from(*charged)])
        }
        SendResult::Failed { error } => json!([id, version, "failed", null, null, error, 1, 0]),
    }
}

/// The statements that are made of macros, whole.
#[cfg(feature = "test-hooks")]
pub(crate) fn statements() -> Vec<String> {
    [script::statements(), dead::statements()].concat()
}
