//! The values of a batch's script, as they are gathered from its operations.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    claims,
    effects::{self, EffectKind, EffectRow, ForgetRow},
    notice_script,
    outbox::{self, dead},
    people::Made,
    quota::Uses,
    quota_script,
    script::{self, Gives, Part, Row, RowKind, Shared},
    tables,
    value::Arg,
};

/// What is bound to a batch's statements.
#[derive(Default)]
pub(crate) struct Values {
    /// Identities to look up.
    pub(crate) senders: Vec<(&'static str, String)>,
    /// How many steps of ids are reserved.
    pub(crate) steps: i64,
    pub(crate) statuses: Vec<Value>,
    /// Lanes where a burst waits on, or ends: see [`BURSTS`](script::BURSTS).
    pub(crate) bursts: Vec<Value>,
    /// Persons to whom the business wrote from its own app: see [`ECHOES`](script::ECHOES).
    pub(crate) echoes: Vec<Value>,
    /// Persons who want marketing messages, or do not: see [`MARKETING`](script::MARKETING).
    pub(crate) marketing: Vec<Value>,
    /// Words that were edited: see [`EDITS`](script::EDITS).
    pub(crate) edits: Vec<Value>,
    pub(crate) effects: Vec<EffectRow>,
    /// Documents that are written on a condition: see [`conditions`](super::conditions).
    pub(crate) conditions: Vec<Value>,
    pub(crate) forgotten: Vec<ForgetRow>,
    /// Notices whose time has come: see [`notice_rows`](super::notice_rows).
    pub(crate) brought: Vec<Value>,
    /// Notices whose person has never written.
    pub(crate) parked: Vec<i64>,
    /// Notices that wait until a time.
    pub(crate) postponed: Vec<Value>,
    /// What counts against quotas.
    pub(crate) uses: Uses,
    /// Tokens that are reserved; reservations that end; what was used: see [`token_rows`](super::token_rows).
    pub(crate) reserved: Vec<Value>,
    pub(crate) settled: Vec<Uuid>,
    pub(crate) model_used: Vec<Value>,
    /// Rows of the outbox that Meta refused since the window was closed.
    pub(crate) closed: Vec<i64>,
    /// Outbox rows to begin.
    pub(crate) begins: Vec<Value>,
    /// What came of sends.
    pub(crate) sends: Vec<Value>,
    /// Lanes for this host's sender.
    pub(crate) send_lanes: Vec<Value>,
    /// Dead letters that an operator retries or discards.
    pub(crate) letters: Vec<Value>,
    pub(crate) persons: Vec<Value>,
    /// Sessions that newer ones take the place of.
    pub(crate) ended: Vec<Uuid>,
    /// Lanes to claim if they are free.
    pub(crate) lanes: Vec<i64>,
    /// Lanes that a settled turn may keep.
    pub(crate) kept: Vec<i64>,
    /// The id of the batch's first message.
    pub(crate) first_message: i64,
    pub(crate) now: i64,
    pub(crate) batch: i64,
    known: Vec<Value>,
    ends: Vec<Value>,
    pairs: Vec<Value>,
    touched: BTreeSet<Uuid>,
    cards: Vec<Value>,
    merges: Vec<Value>,
    /// The values of the rows of each kind, row after row.
    rows: [Vec<Arg>; RowKind::COUNT],
}

impl Values {
    /// Identities to look up.
    pub(crate) fn to_look_up(senders: Vec<(&'static str, String)>, steps: i64) -> Values {
        Values { senders, steps, ..Values::default() }
    }

    /// Documents to read before their conditions are decided on.
    pub(crate) fn of_conditions(conditions: Vec<Value>) -> Values {
        Values { conditions, ..Values::default() }
    }

    /// Those of a batch, with its id and that of its first message.
    pub(crate) fn of_batch(batch: i64, first_message: i64) -> Values {
        Values { batch, first_message, ..Values::default() }
    }

    /// The time of the batch is that of its latest operation.
    pub(crate) fn at(&mut self, now: i64) {
        self.now = self.now.max(now);
    }

    /// Adds a row.
    pub(crate) fn push<R: Row>(&mut self, row: R) {
        row.bind(&mut self.rows[R::KIND as usize]);
    }

    /// Adds what the batch makes and learns of people.
    pub(crate) fn people(&mut self, mut made: Made) {
        self.ends = made.ends();
        made.identities().into_iter().for_each(|row| self.push(row));
        made.persons.into_iter().for_each(|row| self.push(row));
        made.lanes.into_iter().for_each(|row| self.push(row));
        self.merges = made.merges.iter().map(|merge| json!([merge.stays, merge.goes, merge.who])).collect();
        (self.known, self.pairs, self.touched, self.cards) = (made.known, made.pairs, made.touched, made.cards);
    }

    fn has(&self, kind: RowKind) -> bool {
        !self.rows[kind as usize].is_empty()
    }

    /// The parts that look up what is wanted.
    pub(crate) fn look_ups(&self) -> Vec<Part> {
        (!self.senders.is_empty()).then_some(script::SENDERS).into_iter().collect()
    }

    /// The parts that this batch needs, in the order of a message's path.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let when = |wanted: bool, sql| wanted.then_some(Part::of(sql));
        let part = |wanted: bool, part: Part| wanted.then_some(part);
        let gives = |wanted: bool, sql, gives| wanted.then_some(Part::Shared(sql, gives));
        let rows = |kind| self.has(kind).then_some(Part::Rows(kind));
        let wants_heads = !self.lanes.is_empty() || !self.kept.is_empty();
        let before = [
            rows(RowKind::Person),
            // An identity ends before it begins anew.
            when(!self.ends.is_empty(), script::ENDS),
            rows(RowKind::Identity),
            when(!self.pairs.is_empty(), script::PAIRS),
            rows(RowKind::Lane),
            when(!self.known.is_empty(), script::KNOWN),
            rows(RowKind::Delivery),
            rows(RowKind::Message),
            when(!self.bursts.is_empty(), script::BURSTS),
            when(!self.echoes.is_empty(), script::ECHOES),
            when(!self.marketing.is_empty(), script::MARKETING),
            when(!self.edits.is_empty(), script::EDITS),
            rows(RowKind::File),
            when(!self.cards.is_empty(), script::CARDS),
            // What came before in the same batch moves too.
            when(!self.merges.is_empty(), tables::merge()),
            when(!self.touched.is_empty(), script::REFRESH),
            part(!self.statuses.is_empty(), outbox::STATUSES),
            part(!self.statuses.is_empty(), outbox::STATUS_LOG),
            rows(RowKind::Answered),
            // Before all else that a turn wrote: it is the fence.
            rows(RowKind::Release),
            // The other fence: what a day's quotas do not allow is not written.
            when(!self.uses.is_empty(), quota_script::USE),
            when(!self.reserved.is_empty(), quota_script::RESERVE),
            when(!self.settled.is_empty(), quota_script::SETTLE),
            when(!self.persons.is_empty(), script::PERSONS),
            when(!self.ended.is_empty(), script::ENDED),
            rows(RowKind::NewSession),
            rows(RowKind::Session),
            rows(RowKind::Event),
            rows(RowKind::TestEvent),
            rows(RowKind::Journal),
            // Only a template that is remembered is sent.
            rows(RowKind::Template),
            rows(RowKind::Reply),
            when(!self.kept.is_empty(), notice_script::WAKE),
        ];
        let effects = effects::statements(&self.effects).map(|sql| Some(Part::of(sql)));
        let after = [
            when(!self.brought.is_empty(), notice_script::BRING),
            when(!self.parked.is_empty(), notice_script::PARK),
            when(!self.postponed.is_empty(), notice_script::POSTPONE),
            when(!self.closed.is_empty(), notice_script::CLOSED),
            when(!self.forgotten.is_empty(), tables::forget()),
            part(!self.letters.is_empty(), dead::AUDIT_MESSAGES),
            part(!self.letters.is_empty(), dead::AUDIT_SENDS),
            part(!self.letters.is_empty(), dead::MESSAGES),
            part(!self.letters.is_empty(), dead::SENDS),
            part(!self.begins.is_empty(), outbox::BEGIN),
            part(!self.sends.is_empty(), outbox::RESULTS),
            part(!self.send_lanes.is_empty(), outbox::LANES),
            when(!self.lanes.is_empty(), script::CLAIM),
            gives(wants_heads, claims::SELECT, Gives::Claims),
            gives(self.has(RowKind::Message), script::NEW, Gives::New),
        ];
        before.into_iter().chain(effects).chain(after).flatten().collect()
    }

    /// The values of the rows of a part, row after row, used up.
    pub(crate) fn take_rows(&mut self, part: Part) -> Vec<Arg> {
        match part {
            Part::Rows(kind) => std::mem::take(&mut self.rows[kind as usize]),
            Part::Shared(..) => Vec::new(),
        }
    }

    /// The lanes that this batch touches.
    pub(crate) fn touched(&self) -> Vec<i64> {
        [self.lanes.as_slice(), &self.kept].concat()
    }

    /// Whether it changes lanes that others may change.
    pub(crate) fn changes_lanes(&self) -> bool {
        !self.lanes.is_empty() || !self.kept.is_empty() || !self.send_lanes.is_empty()
    }

    /// Whether two persons become one.
    pub(crate) fn merges_persons(&self) -> bool {
        !self.merges.is_empty()
    }

    /// Whether notices begin to wait for their persons.
    pub(crate) fn starts_to_wait(&self) -> bool {
        !self.parked.is_empty() || self.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Defer { .. }))
    }

    /// Whether it changes replies that were settled before.
    pub(crate) fn changes_replies(&self) -> bool {
        !self.statuses.is_empty() || !self.sends.is_empty() || !self.begins.is_empty()
    }

    /// A value that the whole batch shares.
    pub(crate) fn shared(&self, shared: Shared, node: &str) -> Arg {
        fn json<T: serde::Serialize>(rows: &[T]) -> Arg {
            serde_json::to_string(rows).unwrap_or_default().into()
        }
        match shared {
            Shared::Senders => json(&self.senders),
            Shared::Steps => self.steps.into(),
            Shared::Known => json(&self.known),
            Shared::Merges => json(&self.merges),
            Shared::Ends => json(&self.ends),
            Shared::Pairs => json(&self.pairs),
            Shared::Touched => json(&self.touched.iter().collect::<Vec<_>>()),
            Shared::Cards => json(&self.cards),
            Shared::Statuses => json(&self.statuses),
            Shared::Bursts => json(&self.bursts),
            Shared::Echoes => json(&self.echoes),
            Shared::Marketing => json(&self.marketing),
            Shared::Edits => json(&self.edits),
            Shared::Persons => json(&self.persons),
            Shared::Ended => json(&self.ended),
            Shared::Effects => json(&self.effects),
            Shared::Conditions => json(&self.conditions),
            Shared::Forget => json(&self.forgotten),
            Shared::Brought => json(&self.brought),
            Shared::Parked => json(&self.parked),
            Shared::Postponed => json(&self.postponed),
            Shared::Uses => json(&self.uses.rows()),
            Shared::Reserved => json(&self.reserved),
            Shared::Settled => json(&self.settled),
            Shared::ModelUsed => json(&self.model_used),
            Shared::Closed => json(&self.closed),
            Shared::Begins => json(&self.begins),
            Shared::Sends => json(&self.sends),
            Shared::SendLanes => json(&self.send_lanes),
            Shared::Letters => json(&self.letters),
            Shared::Lanes => json(&self.lanes),
            Shared::Heads => json(&self.touched()),
            Shared::FirstMessage => self.first_message.into(),
            Shared::Now => self.now.into(),
            Shared::Node => node.into(),
            Shared::Batch => self.batch.into(),
        }
    }
}
