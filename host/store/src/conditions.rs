//! Documents that are written on a condition (`records.put-new`, `put-if`): whether it still holds is decided in the batch that commits
//! the write, under locks of the documents, with what earlier turns of the same batch write. A turn for which it does not hold is left
//! out of the batch and answered with [`SettleError::Conflict`](crate::SettleError::Conflict); the others are committed.
//!
//! A document that is not there cannot be locked, and one that another host is replacing seems not to be there: a write deletes its row and
//! makes another. So the batch removes nothing where it found nothing ([`Decided::mark`]), and the table's key refuses its row where there
//! is one after all; the batch is then tried again and finds it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use crate::{
    dialect::Pair,
    effects::{DocumentPlace, EffectKind, EffectRow},
    op::Op,
    script::{Gives, Part},
};
use switchboard_core::contract::records::Expected;

/// The documents of `{conditions}`: agent, person, collection, key. Postgres locks them in one order, so that two hosts do not wait for
/// each other; SQLite has one writer.
const DOCUMENTS: Pair = Pair {
    postgres: "select agent, person_id, collection, key, value from record where (agent, person_id, collection, key) in
    (select value->>0, value->>1, value->>2, value->>3 from each({conditions}) as c)
    order by agent, person_id, collection, key for update",
    sqlite: "select agent, person_id, collection, key, value from record where (agent, person_id, collection, key) in
    (select value->>0, value->>1, value->>2, value->>3 from each({conditions}) as c)",
};

/// [`DOCUMENTS`] on Postgres.
pub(crate) const LOCK: Part = Part::Shared(DOCUMENTS.postgres, Gives::Documents);

/// [`DOCUMENTS`] on SQLite.
pub(crate) const READ: Part = Part::Shared(DOCUMENTS.sqlite, Gives::Documents);

/// A document's write: where, the value from then on, and what must be there before.
type Written<'a> = (DocumentPlace, Option<&'a str>, Option<&'a Expected>);

fn written(row: &EffectRow) -> Option<Written<'_>> {
    let place = |owner: &str, collection: &str, name: &str| DocumentPlace {
        agent: row.agent.clone(),
        person: owner.to_owned(),
        collection: collection.to_owned(),
        key: name.to_owned(),
    };
    match &row.kind {
        EffectKind::RecordPut { owner, collection, name, value, expected, .. } => {
            Some((place(owner, collection, name), Some(value), expected.as_ref()))
        }
        EffectKind::RecordRemove { owner, collection, name, .. } => Some((place(owner, collection, name), None, None)),
        _ => None,
    }
}

fn effects(op: &Op) -> &[EffectRow] {
    match op {
        Op::Settle { written, .. } => &written.effects,
        _ => &[],
    }
}

/// The documents that these operations write on a condition, as the rows of `{conditions}`.
pub(crate) fn places(ops: &[Op]) -> Vec<Value> {
    let is_put = |row: &&EffectRow| matches!(row.kind, EffectKind::RecordPut { expected: Some(_), .. });
    let rows = ops.iter().flat_map(effects).filter(is_put);
    let places: BTreeSet<DocumentPlace> = rows.filter_map(|row| Some(written(row)?.0)).collect();
    places.iter().map(|place| json!([place.agent, place.person, place.collection, place.key])).collect()
}

/// What was decided for a batch.
#[derive(Default)]
pub(crate) struct Decided {
    /// The documents that are written on a condition and were not there.
    absent: HashSet<DocumentPlace>,
    /// For each operation, whether it is left out, since a condition of its does not hold.
    refused: Vec<bool>,
}

impl Decided {
    /// Decides for operations; `stored` are the documents of [`places`] that are there.
    pub(crate) fn of(ops: &[Op], mut stored: HashMap<DocumentPlace, String>) -> Decided {
        let conditional = ops.iter().flat_map(effects).filter_map(written).filter(|(.., expected)| expected.is_some());
        let absent = conditional.map(|(place, ..)| place).filter(|place| !stored.contains_key(place)).collect();
        Decided { absent, refused: ops.iter().map(|op| !holds(effects(op), &mut stored)).collect() }
    }

    /// Whether the nth operation is left out.
    pub(crate) fn refuses(&self, nth: usize) -> bool {
        self.refused.get(nth).copied().unwrap_or_default()
    }

    /// Marks the writes of documents that were not there.
    pub(crate) fn mark(&self, rows: &mut [EffectRow]) {
        if self.absent.is_empty() {
            return;
        }
        for row in rows {
            let is_absent = written(row).is_some_and(|(place, ..)| self.absent.contains(&place));
            if let EffectKind::RecordPut { fresh, .. } | EffectKind::RecordRemove { fresh, .. } = &mut row.kind {
                *fresh = is_absent.into();
            }
        }
    }
}

/// Whether the conditions of one turn's writes hold; then `stored` is as it is after them.
fn holds(rows: &[EffectRow], stored: &mut HashMap<DocumentPlace, String>) -> bool {
    let written: Vec<Written<'_>> = rows.iter().filter_map(written).collect();
    let is_so = |(place, _, expected): &Written<'_>| {
        expected.is_none_or(|expected| expected.is(stored.get(place).map(String::as_str)))
    };
    if !written.iter().all(is_so) {
        return false;
    }
    for (place, value, _) in written {
        match value {
            Some(value) => stored.insert(place, value.to_owned()),
            None => stored.remove(&place),
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: &str, expected: Option<Expected>) -> EffectRow {
        let (owner, collection) = (String::new(), "c".to_owned());
        let kind = EffectKind::RecordPut {
            owner,
            collection,
            name: key.to_owned(),
            value: value.to_owned(),
            expected,
            fresh: 0,
        };
        EffectRow { agent: "a".to_owned(), person: None, now: 0, kind }
    }

    #[test]
    fn turns_of_a_batch_see_what_earlier_ones_write_and_a_refused_one_writes_nothing() {
        let mut stored = HashMap::new();
        let new = |key, value| put(key, value, Some(Expected::Nothing));
        assert!(holds(&[new("k", "1")], &mut stored));
        assert!(!holds(&[put("other", "1", None), new("k", "2")], &mut stored), "somebody was first");
        assert_eq!(stored.len(), 1, "what is refused is not there");
        assert!(holds(&[put("k", "2", Some(Expected::Value("1".to_owned())))], &mut stored));
        assert!(!holds(&[put("k", "3", Some(Expected::Value("1".to_owned())))], &mut stored));
        let remove =
            EffectKind::RecordRemove { owner: String::new(), collection: "c".into(), name: "k".into(), fresh: 0 };
        assert!(holds(&[EffectRow { kind: remove, ..put("k", "", None) }], &mut stored));
        assert!(holds(&[new("k", "4")], &mut stored));
    }
}
