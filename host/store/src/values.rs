//! The values of a batch's script, as they are gathered from its operations.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    claims,
    effects::{self, EffectRow, ForgetRow},
    people::Made,
    script::{self, Kind, Once, Part},
    tables,
    value::Arg,
};

/// The script's values as they are gathered.
#[derive(Default)]
pub(crate) struct Values {
    /// Identities to look up.
    pub(crate) senders: Vec<(&'static str, String)>,
    pub(crate) known: Vec<Value>,
    pub(crate) merges: Vec<Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) effects: Vec<EffectRow>,
    pub(crate) forgotten: Vec<ForgetRow>,
    pub(crate) sends: Vec<Value>,
    pub(crate) persons: Vec<Value>,
    /// Sessions that newer ones take the place of.
    pub(crate) ended: Vec<Uuid>,
    /// Lanes to claim if they are free.
    pub(crate) lanes: Vec<i64>,
    /// Lanes that a settled turn may keep.
    pub(crate) kept: Vec<i64>,
    pub(crate) rows: [Vec<Arg>; Kind::COUNT],
    /// The id of the batch's first message.
    pub(crate) first_message: i64,
    pub(crate) now: i64,
    pub(crate) batch: i64,
}

impl Values {
    pub(crate) fn row<const N: usize>(&mut self, kind: Kind, values: [Arg; N]) {
        debug_assert_eq!(N, kind.values());
        self.rows[kind as usize].extend(values);
    }

    /// What the batch makes and learns of people.
    pub(crate) fn people(&mut self, made: Made) {
        self.rows[Kind::Person as usize] = made.persons;
        self.rows[Kind::Identity as usize] = made.identities;
        self.rows[Kind::Lane as usize] = made.lanes;
        self.known = made.known;
        self.merges = made.merges;
    }

    fn count(&self, kind: Kind) -> usize {
        self.rows[kind as usize].len() / kind.values()
    }

    /// The parts that this batch needs, in the order of a message's path.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let once = |wanted: bool, sql| wanted.then_some(Part::Once(sql));
        let rows = |kind| (self.count(kind) > 0).then_some(Part::Rows(kind));
        let wants_heads = !self.lanes.is_empty() || !self.kept.is_empty();
        let before = [
            rows(Kind::Person),
            rows(Kind::Identity),
            rows(Kind::Lane),
            once(!self.known.is_empty(), script::KNOWN),
            once(!self.merges.is_empty(), script::MERGES),
            rows(Kind::Delivery),
            rows(Kind::Message),
            once(!self.statuses.is_empty(), script::STATUSES),
            rows(Kind::Answered),
            // Before all else that a turn wrote: it is the fence.
            rows(Kind::Release),
            once(!self.persons.is_empty(), script::PERSONS),
            once(!self.ended.is_empty(), script::ENDED),
            rows(Kind::NewSession),
            rows(Kind::Session),
            rows(Kind::Event),
            rows(Kind::Journal),
            rows(Kind::Reply),
        ];
        let effects = effects::statements(&self.effects).map(|sql| Some(Part::Once(sql)));
        let after = [
            once(!self.forgotten.is_empty(), tables::forget()),
            once(!self.sends.is_empty(), script::SENDS),
            once(!self.lanes.is_empty(), script::CLAIM),
            once(wants_heads, claims::SELECT),
            once(self.count(Kind::Message) > 0, script::NEW),
        ];
        before.into_iter().chain(effects).chain(after).flatten().collect()
    }

    /// The rows of a kind, used up.
    pub(crate) fn take(&mut self, kind: Kind) -> Vec<Arg> {
        std::mem::take(&mut self.rows[kind as usize])
    }

    /// The lanes that this batch touches.
    pub(crate) fn touched(&self) -> Vec<i64> {
        [self.lanes.as_slice(), &self.kept].concat()
    }

    /// The replies whose sending this batch speaks of, by reference or wamid.
    pub(crate) fn speaks_of_sends(&self) -> bool {
        !self.statuses.is_empty() || !self.sends.is_empty()
    }

    pub(crate) fn once(&self, once: Once, node: &str) -> Arg {
        fn json<T: serde::Serialize>(rows: &[T]) -> Arg {
            serde_json::to_string(rows).unwrap_or_default().into()
        }
        match once {
            Once::Senders => serde_json::to_string(&self.senders).unwrap_or_default().into(),
            Once::Known => json(&self.known),
            Once::Merges => json(&self.merges),
            Once::Statuses => json(&self.statuses),
            Once::Persons => json(&self.persons),
            Once::Ended => json(&self.ended),
            Once::Effects => json(&self.effects),
            Once::Forget => json(&self.forgotten),
            Once::Sends => json(&self.sends),
            Once::Lanes => json(&self.lanes),
            Once::Heads => json(&self.touched()),
            Once::FirstMessage => self.first_message.into(),
            Once::Now => self.now.into(),
            Once::Node => node.into(),
            Once::Batch => self.batch.into(),
        }
    }
}
