//! What a batch makes and learns of people.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::script::{IdentityRow, LaneRow, PersonRow};

/// Kind and key of an identity: see [`Phone::key`](switchboard_core::phone::Phone::key).
pub(super) type Name = (&'static str, String);

/// Whose an identity is.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) person: Uuid,
    /// As Meta wrote it last.
    pub(super) value: String,
    /// The key of the other name of the same WhatsApp account: of a number the user id, of a user id the number.
    pub(super) pair: Option<String>,
    /// When that was said, by Meta's time, in milliseconds; 0: never.
    pub(super) paired_at: i64,
    /// Since when it is theirs, by Meta's time, in milliseconds.
    pub(super) since: i64,
    /// The person in its row: another than `person` from a merge to the end of its batch.
    pub(super) row: Uuid,
}

/// Rows and values for the script.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) persons: Vec<PersonRow>,
    pub(crate) lanes: Vec<LaneRow>,
    /// What is newly known of persons: see [`KNOWN`](crate::script::KNOWN).
    pub(crate) known: Vec<Value>,
    /// Names of one account that were learnt: see [`PAIRS`](crate::script::PAIRS).
    pub(crate) pairs: Vec<Value>,
    /// Persons whose identities are others than before: see [`REFRESH`](crate::script::REFRESH).
    pub(crate) touched: BTreeSet<Uuid>,
    /// Who is one: see [`merge`](crate::tables::merge).
    pub(crate) merges: Vec<Merge>,
    /// Cards with numbers of their own: see [`CARDS`](crate::script::CARDS).
    pub(crate) cards: Vec<Value>,
    /// In order, so that two hosts that change the same ones wait for each other.
    slots: BTreeMap<Name, Slot>,
}

/// One person goes into another.
pub(crate) struct Merge {
    pub(crate) stays: Uuid,
    pub(crate) goes: Uuid,
    /// The operator, or `meta`.
    pub(crate) who: String,
}

/// What becomes of an identity in this batch.
#[derive(Default)]
struct Slot {
    /// The row that ends: its person, when, why.
    ended: Option<(Uuid, i64, &'static str)>,
    /// The row that is made.
    begun: Option<Held>,
}

impl Made {
    pub(super) fn is_empty(&self) -> bool {
        let Made { persons, lanes, known, pairs, touched, merges, cards, slots } = self;
        let lists = persons.is_empty() && lanes.is_empty() && known.is_empty() && pairs.is_empty() && cards.is_empty();
        lists && touched.is_empty() && merges.is_empty() && slots.is_empty()
    }

    /// Whether the memory of people does not say what the batch did.
    pub(crate) fn is_beyond_memory(&self) -> bool {
        !self.merges.is_empty() || !self.cards.is_empty()
    }

    pub(super) fn begin(&mut self, name: &Name, held: Held) {
        self.slots.entry(name.clone()).or_default().begun = Some(held);
    }

    /// An identity ends. One that this batch made was never stored.
    pub(super) fn end(&mut self, name: &Name, row: Uuid, at: i64, why: &'static str) {
        let slot = self.slots.entry(name.clone()).or_default();
        if slot.begun.take().is_none() {
            slot.ended.get_or_insert((row, at, why));
        }
    }

    pub(super) fn pair(&mut self, name: &Name, held: &Held) {
        match self.slots.get_mut(name).and_then(|slot| slot.begun.as_mut()) {
            Some(begun) => *begun = held.clone(),
            None => self.pairs.push(json!([name.0, name.1, held.row, held.pair, held.paired_at])),
        }
    }

    pub(super) fn merge(&mut self, stays: Uuid, goes: Uuid, who: &str) {
        for slot in self.slots.values_mut() {
            if let Some(begun) = slot.begun.as_mut().filter(|begun| begun.person == goes) {
                (begun.person, begun.row) = (stays, stays);
            }
        }
        for merge in self.merges.iter_mut().filter(|merge| merge.stays == goes) {
            merge.stays = stays;
        }
        self.merges.push(Merge { stays, goes, who: who.to_owned() });
        self.touched.extend([stays, goes]);
    }

    /// Values of [`ENDS`](crate::script::ENDS).
    pub(crate) fn ends(&self) -> Vec<Value> {
        let ended = self.slots.iter().filter_map(|((kind, key), slot)| Some((kind, key, slot.ended.as_ref()?)));
        ended.map(|(kind, key, (row, at, why))| json!([kind, key, row, at, why])).collect()
    }

    /// The rows of identities that begin.
    pub(crate) fn identities(&mut self) -> Vec<IdentityRow> {
        let slots = std::mem::take(&mut self.slots);
        let begun = slots.into_iter().filter_map(|((kind, _), slot)| Some((kind, slot.begun?)));
        let row = |(kind, held): (&'static str, Held)| IdentityRow {
            kind,
            value: held.value,
            person_id: held.person,
            pair: held.pair,
            paired_at: held.paired_at,
            since: held.since,
        };
        begun.map(row).collect()
    }
}
