//! Effects: an agent's writes in a turn, buffered until the turn is committed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::{
    applications, listings, matches, records, tickets,
    types::{Notice, Template},
};

/// A write of one agent. It concerns the turn's person; an agent cannot name another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The agent that wrote: the namespace of its records, the domain of its listings.
    pub agent: String,
    /// The write.
    pub write: Write,
}

/// The writes of the contract's capabilities, and of the host itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the arguments of the contract's functions")]
pub enum Write {
    /// `records.put`; `put-new` and `put-if` with what they expect to be stored, where that does not come from an earlier write of the
    /// turn.
    RecordPut {
        owner: records::Owner,
        collection: String,
        key: String,
        value: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<records::Expected>,
    },
    /// `records.remove`.
    RecordRemove { owner: records::Owner, collection: String, key: String },
    /// `listings.create`, under an id that the capability made.
    ListingCreate { id: Uuid, draft: listings::Draft },
    /// `listings.update`.
    ListingUpdate { id: Uuid, draft: listings::Draft },
    /// `listings.set-status`.
    ListingStatus { id: Uuid, status: listings::Status },
    /// `applications.apply`.
    Apply { id: Uuid, listing: Uuid, reference: String, message: String, attributes: String },
    /// `applications.answer`.
    ApplicationAnswer { id: Uuid, status: applications::Status },
    /// `matches.propose`.
    MatchPropose { id: Uuid, listing: Uuid, status: matches::Status },
    /// `matches.answer`.
    MatchAnswer { id: Uuid, status: matches::Status },
    /// `outreach.notify`, its recipient already resolved.
    Notify { person: Uuid, kind: String, listing: Option<Uuid>, r#match: Option<Uuid>, data: String },
    /// `preferences.set`.
    Preference { name: String, value: String },
    /// `listings.report`.
    Report { listing: Uuid, reason: String },
    /// `listings.save-search`, under an id that the capability made.
    SaveSearch { id: Uuid, query: listings::Query },
    /// `listings.forget-search`.
    ForgetSearch { id: Uuid },
    /// `schedule.set` and `set-with`; without a key, a notice that waits until the person writes again.
    Timer {
        key: Option<String>,
        at: u64,
        notice: Notice,
        /// `schedule.set-with`: what goes outside the customer service window.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Template>,
        /// `schedule.set-with`: from then on it is pointless.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<u64>,
    },
    /// `schedule.cancel`.
    TimerCancel { key: String },
    /// `tickets.open`.
    Ticket { number: String, subject: String, details: String, priority: tickets::Priority },
    /// `privacy.forget`.
    Forget,
    /// The host's own: the person asked for a human, and what they write next belongs to this ticket.
    Asked { number: String },
    /// The host's own: what the person wrote is for the business's people. It belongs to this ticket, if to any, which is open again.
    Heard { ticket: Option<String>, words: String },
    /// The host's own: whether the person was satisfied with a talk that has ended.
    Rated { rating: Uuid, good: bool },
}

impl Write {
    /// Whether it counts only if a document is as the turn found it.
    pub fn is_conditional(&self) -> bool {
        matches!(self, Write::RecordPut { expected: Some(_), .. })
    }
}
