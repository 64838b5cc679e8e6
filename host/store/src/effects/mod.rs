//! Effects: what agents wrote in a turn, applied in the turn's own transaction. A capability has already checked each write; the
//! conditions in the statements hold against what happened in between, and then simply make no row.
//!
//! From a capability's [`Write`] to its statement each kind is a case of [`EffectKind`], with named fields that the statements of
//! [`script`] read by their names.

mod script;

use std::collections::HashSet;

use serde::Serialize;
use uuid::Uuid;

use script::Step;
use switchboard_core::contract::records::Expected;

/// A listing lives this long.
pub(crate) const LISTING_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A row of the script's `{effects}`: a JSON object with the fields of its kind beside `kind`, `agent`, `person` and `now`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EffectRow {
    /// The agent that wrote it: the namespace of its records, the domain of its listings.
    pub(crate) agent: String,
    /// Whose turn it was; none for what the host marks.
    pub(crate) person: Option<Uuid>,
    /// In milliseconds.
    pub(crate) now: i64,
    /// What it is.
    #[serde(flatten)]
    pub(crate) kind: EffectKind,
}

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DocumentPlace {
    pub(crate) agent: String,
    /// Empty for the agent's own.
    pub(crate) person: String,
    pub(crate) collection: String,
    pub(crate) key: String,
}

/// What a row of `{effects}` is. Times named `at` and `expires` are ISO 8601 but in `Timer`, where they are milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum EffectKind {
    RecordPut {
        owner: String,
        collection: String,
        name: String,
        value: String,
        /// What must be stored then. It is checked before the statements run: see [`conditions`](crate::conditions).
        #[serde(skip)]
        expected: Option<Expected>,
        /// 1 where the batch found no document there, and a condition relies on that: nothing is removed, so that the table's key
        /// refuses what another host has written meanwhile.
        fresh: u8,
    },
    RecordRemove {
        owner: String,
        collection: String,
        name: String,
        /// As that of a put.
        fresh: u8,
    },
    ListingCreate(Box<ListingRow>),
    ListingUpdate(Box<ListingRow>),
    /// The words of a listing that came through SQL.
    ListingWords {
        id: Uuid,
        words: Vec<String>,
    },
    ListingStatus {
        id: Uuid,
        status: &'static str,
        at: String,
        expires: String,
    },
    Apply {
        id: Uuid,
        listing: Uuid,
        reference: String,
        message: String,
        attributes: String,
        at: String,
    },
    ApplicationAnswer {
        id: Uuid,
        status: &'static str,
        at: String,
    },
    MatchPropose {
        id: Uuid,
        listing: Uuid,
        status: &'static str,
        at: String,
    },
    MatchAnswer {
        id: Uuid,
        status: &'static str,
    },
    Preference {
        name: String,
        value: String,
    },
    /// A notice for a person; the lane is chosen when it is brought.
    Notify {
        to: Uuid,
        content: String,
        depth: u32,
    },
    Report {
        listing: Uuid,
        reason: String,
        at: String,
    },
    SaveSearch {
        id: Uuid,
        business: String,
        query: String,
    },
    ForgetSearch {
        id: Uuid,
    },
    Timer {
        name: String,
        at: u64,
        content: String,
        business: String,
        /// The contract's template, as JSON: it goes outside the window.
        template: Option<String>,
        /// From then on it is pointless.
        until: Option<u64>,
        depth: u32,
    },
    /// A notice that came into this lane, whose window is closed: it waits until the person has written again.
    Defer {
        lane: i64,
        content: String,
        template: Option<String>,
        until: Option<u64>,
        depth: u32,
    },
    TimerCancel {
        name: String,
    },
    /// Anyone who waits for an answer to a notice was told that its person cannot be reached.
    Told {
        notice: i64,
    },
    /// The person was told of a listing that a saved search of theirs fits; others are yet to be.
    SearchTold {
        listing: Uuid,
    },
    /// A listing was compared with the saved searches.
    Matched {
        id: Uuid,
        at: String,
    },
    /// A listing came to the end of its life.
    Expired {
        id: Uuid,
        at: String,
    },
    Ticket {
        number: String,
        subject: String,
        details: String,
        priority: &'static str,
        business: String,
        /// The message in whose turn it was opened.
        message: i64,
    },
    /// The person asked for a human: what they write next belongs to the ticket.
    Asked {
        number: String,
    },
    /// What the person wrote is for the business's people, and belongs to a ticket, if to any.
    Heard {
        ticket: Option<String>,
        words: String,
        message: i64,
    },
    /// Whether the person was satisfied: 1 or 0.
    Rated {
        rating: Uuid,
        good: u8,
    },
    /// What a forgotten person is known by goes; who said stop is remembered by hashes.
    Erase {
        hashes: Vec<String>,
        opted_out_at: Option<i64>,
    },
    /// A human act, for the audit.
    Act {
        who: String,
        way: &'static str,
        act: &'static str,
        subject: String,
        before: Option<String>,
        after: Option<String>,
    },
}

/// Keeps, of several changes of one row, the last. A statement changes each of its rows once: of several changes at once Postgres would
/// take any.
pub(crate) fn keep_last(rows: &mut Vec<EffectRow>) {
    let mut seen = HashSet::new();
    let mut kept = std::mem::take(rows);
    kept.reverse();
    // What another agent or person asks of the same row is refused by the statement, and must not stand in for what is allowed.
    let mut is_last =
        |row: &EffectRow, id| seen.insert((std::mem::discriminant(&row.kind), id, row.agent.clone(), row.person));
    kept.retain(|row| row.kind.changed().is_none_or(|id| is_last(row, id)));
    kept.reverse();
    *rows = kept;
}

impl EffectKind {
    /// The row that it changes, of those kinds that only change one.
    fn changed(&self) -> Option<Uuid> {
        match self {
            EffectKind::ListingUpdate(listing) => Some(listing.id),
            EffectKind::ListingStatus { id, .. }
            | EffectKind::ApplicationAnswer { id, .. }
            | EffectKind::MatchAnswer { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// The values of a listing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListingRow {
    pub(crate) id: Uuid,
    pub(crate) r#type: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) category: Option<String>,
    /// Whole units of the currency.
    pub(crate) price: Option<f64>,
    pub(crate) price_max: Option<f64>,
    pub(crate) currency: String,
    pub(crate) price_unit: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) lat: Option<f64>,
    pub(crate) lng: Option<f64>,
    pub(crate) attributes: String,
    pub(crate) images: String,
    pub(crate) contact: &'static str,
    pub(crate) at: String,
    pub(crate) expires: String,
    pub(crate) words: Vec<String>,
}

impl EffectKind {
    /// The steps that apply it.
    fn steps(&self) -> &'static [Step] {
        match self {
            EffectKind::RecordPut { .. } => &[Step::RemoveRecords, Step::PutRecords],
            EffectKind::RecordRemove { .. } => &[Step::RemoveRecords],
            EffectKind::ListingCreate(_) => &[Step::CreateListings, Step::AddListingWords],
            EffectKind::ListingUpdate(_) => &[Step::UpdateListings, Step::ClearListingWords, Step::AddListingWords],
            EffectKind::ListingWords { .. } => &[Step::ClearListingWords, Step::AddListingWords],
            EffectKind::ListingStatus { .. } => &[Step::SetListingStatus],
            EffectKind::Apply { .. } => &[Step::AddApplications],
            EffectKind::ApplicationAnswer { .. } => &[Step::AnswerApplications],
            EffectKind::MatchPropose { .. } => &[Step::ProposeMatches],
            EffectKind::MatchAnswer { .. } => &[Step::AnswerMatches],
            EffectKind::Preference { .. } => &[Step::SetPreferences],
            EffectKind::Notify { .. } => &[Step::QueueNotices],
            EffectKind::Report { .. } => &[Step::AddReports],
            EffectKind::SaveSearch { .. } => &[Step::SaveSearches],
            EffectKind::ForgetSearch { .. } => &[Step::RemoveSearches],
            EffectKind::Timer { .. } => &[Step::RemoveTimers, Step::SetTimers],
            EffectKind::TimerCancel { .. } => &[Step::RemoveTimers],
            EffectKind::Defer { .. } => &[Step::DeferNotices],
            EffectKind::Told { .. } => &[Step::MarkTold],
            EffectKind::SearchTold { .. } => &[Step::MarkSearchTold],
            EffectKind::Matched { .. } => &[Step::MarkMatched],
            EffectKind::Expired { .. } => &[Step::MarkExpired],
            EffectKind::Ticket { .. } => &[Step::AddTickets],
            EffectKind::Asked { .. } => &[Step::NoteAsked],
            EffectKind::Heard { .. } => &[Step::HearForStaff],
            EffectKind::Rated { .. } => &[Step::Rate],
            EffectKind::Erase { .. } => &[Step::RememberOptOuts, Step::EraseIdentities, Step::ErasePersons],
            EffectKind::Act { .. } => &[Step::RecordActs],
        }
    }
}

/// What is written beside a queued notice.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// An effect.
    Effect(EffectRow),
    /// The end of what is held about a person.
    Forget(ForgetRow),
}

/// A row of the script's `{forget}`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ForgetRow {
    /// Who asked to be forgotten.
    pub(crate) person: Uuid,
    /// In milliseconds.
    pub(crate) now: i64,
}

/// Whether these end what somebody is known by.
pub(crate) fn erase(effects: &[EffectRow]) -> bool {
    effects.iter().any(|effect| matches!(effect.kind, EffectKind::Erase { .. }))
}

/// The statements that these effects need, in the order of execution.
pub(crate) fn statements(effects: &[EffectRow]) -> impl Iterator<Item = &'static str> {
    let wants = |step: &&Step| effects.iter().any(|effect| effect.kind.steps().contains(step));
    Step::ALL.iter().filter(wants).map(|step| step.sql())
}

#[cfg(test)]
mod tests;
