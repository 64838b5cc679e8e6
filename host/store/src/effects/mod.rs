//! Effects: what agents wrote in a turn, applied in the turn's own transaction. A capability has already checked each write; the
//! conditions in the statements hold against what happened in between, and then simply make no row.
//!
//! From a capability's [`Write`] to its statement each kind is a case of [`EffectKind`], with named fields that the statements of
//! [`script`] read by their names.

mod script;

use serde::Serialize;
use uuid::Uuid;

use script::Step;
use switchboard_core::{
    contract::{
        listings, records,
        types::{Content, Money, Notice},
    },
    effect::Write,
    text::stems,
};

use super::{
    batch::Ids,
    iso,
    people::People,
    stored,
    types::Settlement,
    words::Word,
    writer::{Op, Queued},
};

/// A listing lives this long.
pub(super) const LISTING_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A row of the script's `{effects}`: a JSON object with the fields of its kind beside `kind`, `agent`, `person` and `now`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct EffectRow {
    /// The agent that wrote it: the namespace of its records, the domain of its listings.
    pub(super) agent: String,
    /// Whose turn it was; none for what the host marks.
    pub(super) person: Option<Uuid>,
    /// In milliseconds.
    pub(super) now: i64,
    /// What it is.
    #[serde(flatten)]
    pub(super) kind: EffectKind,
}

/// What a row of `{effects}` is. Times named `at` and `expires` are ISO 8601 but in `Timer`, where they are milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum EffectKind {
    RecordPut { owner: String, collection: String, name: String, value: String },
    RecordRemove { owner: String, collection: String, name: String },
    ListingCreate(Box<ListingRow>),
    ListingUpdate(Box<ListingRow>),
    /// The words of a listing that came through SQL.
    ListingWords { id: Uuid, words: Vec<String> },
    ListingStatus { id: Uuid, status: &'static str, at: String, expires: String },
    Apply { id: Uuid, listing: Uuid, reference: String, message: String, attributes: String, at: String },
    ApplicationAnswer { id: Uuid, status: &'static str, at: String },
    MatchPropose { id: Uuid, listing: Uuid, status: &'static str, at: String },
    MatchAnswer { id: Uuid, status: &'static str },
    Preference { name: String, value: String },
    Notify { id: i64, lane: i64, business: String, content: String },
    Report { listing: Uuid, reason: String, at: String },
    SaveSearch { id: Uuid, business: String, query: String },
    ForgetSearch { id: Uuid },
    /// Without a name nothing replaces it. What waits comes once the person has written again.
    Timer { name: Option<String>, at: u64, content: String, waits: bool, business: String },
    TimerCancel { name: String },
    /// A notice was queued.
    NoticeDone { notice: i64 },
    /// A listing was compared with the saved searches.
    Matched { id: Uuid, at: String },
    /// A listing came to the end of its life.
    Expired { id: Uuid, at: String },
    Ticket { number: String, subject: String, details: String, priority: &'static str, business: String },
    /// What a forgotten person is known by goes; who said stop is remembered by hashes.
    Erase { hashes: Vec<String>, opted_out_at: Option<i64> },
}

/// The values of a listing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ListingRow {
    id: Uuid,
    r#type: String,
    title: String,
    description: Option<String>,
    category: Option<String>,
    /// Whole units of the currency.
    price: Option<f64>,
    price_max: Option<f64>,
    currency: String,
    price_unit: Option<String>,
    location: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    attributes: String,
    images: String,
    contact: &'static str,
    at: String,
    expires: String,
    words: Vec<String>,
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
            EffectKind::NoticeDone { .. } => &[Step::RemoveNotices],
            EffectKind::Matched { .. } => &[Step::MarkMatched],
            EffectKind::Expired { .. } => &[Step::MarkExpired],
            EffectKind::Ticket { .. } => &[Step::AddTickets],
            EffectKind::Erase { .. } => &[Step::RememberOptOuts, Step::EraseIdentities, Step::ErasePersons],
        }
    }
}

/// What is written beside a queued notice.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// An effect.
    Effect(EffectRow),
    /// The end of what is held about a person.
    Forget(ForgetRow),
}

/// A row of the script's `{forget}`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ForgetRow {
    /// Who asked to be forgotten.
    pub(super) person: Uuid,
    /// In milliseconds.
    pub(super) now: i64,
}

/// Whether these end what somebody is known by.
pub(super) fn erase(effects: &[EffectRow]) -> bool {
    effects.iter().any(|effect| matches!(effect.kind, EffectKind::Erase { .. }))
}

/// The statements that these effects need, in the order of execution.
pub(super) fn statements(effects: &[EffectRow]) -> impl Iterator<Item = &'static str> {
    let wants = |step: &&Step| effects.iter().any(|effect| effect.kind.steps().contains(step));
    Step::ALL.iter().filter(wants).map(|step| step.sql())
}

/// The persons whom an operation notifies.
pub(super) fn notified(op: &Op) -> Vec<Uuid> {
    let settlement = match op {
        Op::Settle { settlement, .. } => settlement,
        Op::Queue { notices, .. } => return notices.iter().map(|notice| notice.person).collect(),
        _ => return Vec::new(),
    };
    let person = |write: &Write| match write {
        Write::Notify { person, .. } => Some(*person),
        _ => None,
    };
    settlement.effects.iter().filter_map(|effect| person(&effect.write)).collect()
}

/// Adds notices whose time has come; gives the lanes that they go to.
pub(super) fn queue(
    people: &mut People,
    ids: &mut Ids,
    notices: &[Queued],
    now: i64,
    rows: &mut Vec<EffectRow>,
) -> Vec<i64> {
    let lanes = notices.iter().map(|notice| {
        let Queued { agent, person, business, content } = notice.clone();
        let lane = people.lane(person, &business, ids);
        let kind = EffectKind::Notify { id: ids.next(), lane, business, content };
        rows.push(EffectRow { agent, person: Some(person), now, kind });
        lane
    });
    lanes.collect()
}

/// A notice as the content of a message.
pub(super) fn content(notice: Notice) -> String {
    stored::write(&Content::Notice(notice))
}

/// Adds a settlement's effects to the script's values; gives the lanes that its notices go to.
pub(super) fn gather(
    people: &mut People,
    ids: &mut Ids,
    settlement: &Settlement,
    rows: &mut Vec<EffectRow>,
    forgotten: &mut Vec<ForgetRow>,
) -> Vec<i64> {
    let mut woken = Vec::new();
    let now = settlement.now;
    for effect in &settlement.effects {
        let lane = |person: Uuid, ids: &mut Ids| {
            let lane = people.lane(person, &settlement.business, ids);
            woken.push(lane);
            lane
        };
        match of_write(&effect.write, settlement, ids, lane) {
            Some(kind) => {
                let (agent, person) = (effect.agent.clone(), Some(settlement.person_id));
                rows.push(EffectRow { agent, person, now, kind });
            }
            None => forgotten.push(ForgetRow { person: settlement.person_id, now }),
        }
    }
    woken
}

/// The row that a write becomes; none where the person is forgotten. `lane` gives a person's lane.
fn of_write(
    write: &Write,
    settlement: &Settlement,
    ids: &mut Ids,
    lane: impl FnOnce(Uuid, &mut Ids) -> i64,
) -> Option<EffectKind> {
    let at = || iso(settlement.now);
    let expires = || iso(settlement.now + LISTING_MS);
    let business = || settlement.business.clone();
    let listing = |id, draft| Box::new(ListingRow::of(id, draft, &settlement.currency, at(), expires()));
    let owner = |owner: &records::Owner| match owner {
        records::Owner::Person => settlement.person_id.to_string(),
        records::Owner::Agent => String::new(),
    };
    Some(match write.clone() {
        Write::RecordPut { owner: of, collection, key, value } => {
            EffectKind::RecordPut { owner: owner(&of), collection, name: key, value }
        }
        Write::RecordRemove { owner: of, collection, key } => {
            EffectKind::RecordRemove { owner: owner(&of), collection, name: key }
        }
        Write::ListingCreate { id, draft } => EffectKind::ListingCreate(listing(id, &draft)),
        Write::ListingUpdate { id, draft } => EffectKind::ListingUpdate(listing(id, &draft)),
        Write::ListingStatus { id, status } => {
            EffectKind::ListingStatus { id, status: status.word(), at: at(), expires: expires() }
        }
        Write::Apply { id, listing, reference, message, attributes } => {
            EffectKind::Apply { id, listing, reference, message, attributes, at: at() }
        }
        Write::ApplicationAnswer { id, status } => {
            EffectKind::ApplicationAnswer { id, status: status.word(), at: at() }
        }
        Write::MatchPropose { id, listing, status } => {
            EffectKind::MatchPropose { id, listing, status: status.word(), at: at() }
        }
        Write::MatchAnswer { id, status } => EffectKind::MatchAnswer { id, status: status.word() },
        Write::Preference { name, value } => EffectKind::Preference { name, value },
        Write::Notify { person, kind, listing, r#match, data } => {
            let lane = lane(person, ids);
            let text = |id: Option<Uuid>| id.map(|id| id.to_string());
            let content = content(Notice { kind, listing: text(listing), match_: text(r#match), data });
            EffectKind::Notify { id: ids.next(), lane, business: business(), content }
        }
        Write::Report { listing, reason } => EffectKind::Report { listing, reason, at: at() },
        Write::SaveSearch { id, query } => {
            EffectKind::SaveSearch { id, business: business(), query: stored::write(&query) }
        }
        Write::ForgetSearch { id } => EffectKind::ForgetSearch { id },
        Write::Timer { key, at, notice } => {
            let waits = key.is_none();
            EffectKind::Timer { name: key, at, content: content(notice), waits, business: business() }
        }
        Write::TimerCancel { key } => EffectKind::TimerCancel { name: key },
        Write::Ticket { number, subject, details, priority } => {
            EffectKind::Ticket { number, subject, details, priority: priority.word(), business: business() }
        }
        Write::Forget => return None,
    })
}

impl ListingRow {
    /// The values of a draft. `currency` is that of listings that name no price.
    pub(super) fn of(id: Uuid, draft: &listings::Draft, currency: &str, at: String, expires: String) -> ListingRow {
        let units = |money: &Option<Money>| money.as_ref().map(|money| money.hundredths as f64 / 100.0);
        let price = draft.price.as_ref().or(draft.price_max.as_ref());
        let place = draft.place.as_ref();
        let point = place.and_then(|place| place.point);
        ListingRow {
            id,
            r#type: draft.kind.clone(),
            title: draft.title.clone(),
            description: draft.description.clone(),
            category: draft.category.clone(),
            price: units(&draft.price),
            price_max: units(&draft.price_max),
            currency: price.map_or(currency, |money| &money.currency).to_owned(),
            price_unit: draft.price_unit.clone(),
            location: place.and_then(|place| place.name.clone().or_else(|| place.address.clone())),
            lat: point.map(|point| point.latitude),
            lng: point.map(|point| point.longitude),
            attributes: draft.attributes.clone(),
            images: stored::write(&draft.images),
            contact: draft.contact.word(),
            at,
            expires,
            words: words(draft),
        }
    }
}

/// The stems that a listing is found by.
pub(super) fn words(draft: &listings::Draft) -> Vec<String> {
    let place = draft.place.as_ref();
    let place = place.and_then(|place| place.name.as_deref().or(place.address.as_deref()));
    let said = [Some(draft.title.as_str()), draft.category.as_deref(), draft.description.as_deref(), place];
    stems(&said.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;
