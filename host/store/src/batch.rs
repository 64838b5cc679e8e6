//! One batch: its operations made into the values of one script, and the script's rows made into their answers.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    ops::Range,
};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    SettleError, StoreError,
    claims::{self, Claimed},
    db::{Arg, Connection, Row},
    effects::{self, EffectRow, ForgetRow, Mark},
    people::Made,
    postgres,
    prepared::Prepared,
    script::{self, Kind, Once, Part},
    sqlite, stored, tables,
    types::{Ingested, Outgoing, SendResult, Settled, Settlement},
    writer::{Op, Task},
};
use switchboard_core::inbox::{self, Delivery, Item, Sender};

/// A placeholder is answered, as what it is, if its content has not come after this time.
const PLACEHOLDER_MS: i64 = 3_000;

/// Ids to be given out, in order, so that a batch needs no answer from the database to link its rows. One counter serves
/// deliveries, messages, lanes, replies and batches.
pub(super) struct Ids {
    /// SQLite has one writer: all that are left. Postgres: those that this batch reserved.
    free: VecDeque<Range<i64>>,
}

impl Ids {
    /// All ids that this database has not seen.
    pub(super) async fn read(connection: &mut Connection) -> Result<Ids, sqlx::Error> {
        let rows = connection
            .fetch(
                "select max(coalesce((select max(delivery_id) from delivery), 0), coalesce((select max(message_id) from message), 0),
                    coalesce((select max(lane_id) from lane), 0), coalesce((select max(outbox_id) from outbox), 0),
                    coalesce((select max(claimed_in) from lane), 0))",
                Vec::new(),
            )
            .await?;
        let last: i64 = rows.first().ok_or(sqlx::Error::RowNotFound)?.get(0)?;
        Ok(Ids { free: std::iter::once(last + 1..i64::MAX).collect() })
    }

    /// Those that were reserved.
    pub(super) fn reserved(free: VecDeque<Range<i64>>) -> Ids {
        Ids { free }
    }

    pub(super) fn next(&mut self) -> i64 {
        while let Some(range) = self.free.front_mut() {
            if let Some(id) = range.next() {
                return id;
            }
            self.free.pop_front();
        }
        debug_assert!(false, "a batch reserves as many as it needs");
        0
    }

    /// The one that is next.
    fn peek(&self) -> i64 {
        self.free.iter().find(|range| !range.is_empty()).map_or(0, |range| range.start)
    }
}

/// The script's values as they are gathered.
#[derive(Default)]
pub(super) struct Values {
    /// Identities to look up.
    pub(super) senders: Vec<(&'static str, String)>,
    known: Vec<Value>,
    merges: Vec<Value>,
    statuses: Vec<Value>,
    effects: Vec<EffectRow>,
    forgotten: Vec<ForgetRow>,
    sends: Vec<Value>,
    persons: Vec<Value>,
    /// Sessions that newer ones take the place of.
    ended: Vec<Uuid>,
    /// Lanes to claim if they are free.
    lanes: Vec<i64>,
    /// Lanes that a settled turn may keep.
    kept: Vec<i64>,
    rows: [Vec<Arg>; Kind::COUNT],
    /// The id of the batch's first message.
    first_message: i64,
    now: i64,
    batch: i64,
}

impl Values {
    fn row<const N: usize>(&mut self, kind: Kind, values: [Arg; N]) {
        debug_assert_eq!(N, kind.values());
        self.rows[kind as usize].extend(values);
    }

    /// What the batch makes and learns of people.
    fn people(&mut self, made: Made) {
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
    pub(super) fn parts(&self) -> Vec<Part> {
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
    pub(super) fn take(&mut self, kind: Kind) -> Vec<Arg> {
        std::mem::take(&mut self.rows[kind as usize])
    }

    /// The lanes that this batch touches.
    pub(super) fn touched(&self) -> Vec<i64> {
        [self.lanes.as_slice(), &self.kept].concat()
    }

    /// The replies whose sending this batch speaks of, by reference or wamid.
    pub(super) fn speaks_of_sends(&self) -> bool {
        !self.statuses.is_empty() || !self.sends.is_empty()
    }

    pub(super) fn once(&self, once: Once, node: &str) -> Arg {
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

/// What an operation wrote, to find its rows by.
pub(super) enum Outcome {
    Ingest { ingested: Ingested, claimed: Vec<Claimed>, messages: Vec<i64>, lanes: Vec<i64> },
    Settle { settled: Box<Settled>, next: Option<Claimed>, claimed: Vec<Claimed>, lane: i64, woken: Vec<i64> },
    Claim { claimed: Vec<Claimed>, lanes: Vec<i64> },
    Begin(Vec<i64>),
    Done,
}

/// Runs a batch in one transaction. On an error the transaction is still open.
pub(super) async fn run(task: &mut Task, ops: &mut [Op]) -> Result<Vec<Outcome>, sqlx::Error> {
    let senders: Vec<&Sender> = ops.iter().flat_map(senders).collect();
    let notified: Vec<Uuid> = ops.iter().flat_map(effects::notified).collect();
    let mut values = Values::default();
    match task.connection {
        Connection::Sqlite(_) => sqlite::batch::look_up(task, &senders, &mut values)?,
        Connection::Postgres { .. } => {
            let wanted = ids_wanted(ops, senders.len() + notified.len());
            postgres::batch::begin(task, wanted, &senders, &mut values).await?;
        }
    }
    task.people.look_up_lanes(&mut task.connection, &notified).await?;

    values.batch = task.ids.next();
    values.first_message = task.ids.peek();
    let mut outcomes: Vec<Outcome> = ops.iter_mut().map(|op| gather(task, op, &mut values)).collect();
    values.people(task.people.take_made());
    let erases = effects::erase(&values.effects);
    let rows = match task.connection {
        Connection::Sqlite(_) => sqlite::batch::execute(task, values)?,
        Connection::Postgres { .. } => postgres::batch::execute(task, values).await?,
    };
    task.people.committed();
    if erases {
        // They are known no more.
        task.people.forget();
    }
    distribute(rows, &mut outcomes)?;
    Ok(outcomes)
}

/// How many ids these may take: for the batch, each delivery, message, reply and notice, and the lanes of so many people.
fn ids_wanted(ops: &[Op], people: usize) -> usize {
    let of = |op: &Op| match op {
        Op::Ingest(delivery, _) => 1 + delivery.items.len(),
        Op::Settle { settlement, .. } => settlement.replies.len() + settlement.effects.len(),
        Op::Queue { notices, .. } => notices.len(),
        Op::Claim { .. } | Op::SendBegins { .. } | Op::SendEnded { .. } | Op::Plain(..) => 0,
    };
    1 + people + ops.iter().map(of).sum::<usize>()
}

fn senders(op: &Op) -> Vec<&Sender> {
    let Op::Ingest(delivery, _) = op else { return Vec::new() };
    fn known_by(item: &Item) -> Vec<&Sender> {
        match item {
            Item::Message(message) => vec![&message.sender],
            Item::Identity(change) => vec![&change.before, &change.after],
            Item::Status(_) => Vec::new(),
        }
    }
    delivery.items.iter().flat_map(known_by).collect()
}

fn gather(task: &mut Task, op: &mut Op, values: &mut Values) -> Outcome {
    match op {
        Op::Ingest(delivery, _) => ingest(task, delivery, values),
        Op::Settle { settlement, prepared, .. } => {
            let prepared = prepared.take().unwrap_or_else(|| Prepared::of(settlement));
            settle(task, settlement, prepared, values)
        }
        Op::Claim { lanes, now, .. } => {
            values.now = values.now.max(*now);
            values.lanes.extend(lanes.iter());
            Outcome::Claim { claimed: Vec::new(), lanes: lanes.clone() }
        }
        Op::Queue { notices, marks, now, .. } => {
            values.now = values.now.max(*now);
            let lanes = effects::queue(&mut task.people, &mut task.ids, notices, *now, &mut values.effects);
            // They stay with the operation: a batch may have to be tried again.
            for mark in marks.iter() {
                match mark.clone() {
                    Mark::Effect(row) => values.effects.push(row),
                    Mark::Forget(row) => values.forgotten.push(row),
                }
            }
            values.lanes.extend(&lanes);
            Outcome::Claim { claimed: Vec::new(), lanes }
        }
        Op::SendBegins { ids, now, .. } => {
            values.now = values.now.max(*now);
            values.sends.extend(ids.iter().map(|id| json!([id, "begin"])));
            Outcome::Begin(ids.clone())
        }
        Op::SendEnded { id, result, now, .. } => {
            values.now = values.now.max(*now);
            values.sends.push(match result {
                SendResult::Sent { wamid } => json!([id, "sent", wamid]),
                SendResult::Retry { at, error } => json!([id, "retry", null, at, error]),
                SendResult::Unknown { until, error } => json!([id, "unknown", null, until, error]),
                SendResult::Dead { error } => json!([id, "dead", null, null, error]),
            });
            Outcome::Done
        }
        Op::Plain(..) => Outcome::Done,
    }
}

fn ingest(task: &mut Task, delivery: &Delivery, values: &mut Values) -> Outcome {
    let id = task.ids.next();
    let now = delivery.received_at;
    values.now = values.now.max(now);
    let unreadable = delivery.unreadable.as_deref();
    values.row(Kind::Delivery, [id.into(), now.into(), delivery.body.to_vec().into(), unreadable.into()]);
    let (mut messages, mut lanes) = (Vec::new(), Vec::new());
    for item in &delivery.items {
        match item {
            Item::Message(message) => {
                let person = task.people.person(&message.sender, now);
                let lane = person.map(|person| task.people.lane(person, &message.business, &mut task.ids));
                let space = match message.kind {
                    inbox::Kind::Echo | inbox::Kind::Standby | inbox::Kind::History => message.kind.as_str(),
                    inbox::Kind::Status => "status",
                    inbox::Kind::Message | inbox::Kind::Placeholder | inbox::Kind::Silent => "message",
                };
                let is_asked = matches!(message.kind, inbox::Kind::Message | inbox::Kind::Placeholder);
                let waits = (is_asked || delivery.forwards) && lane.is_some();
                let state = if waits { "queued" } else { "stored" };
                let ready_at = if message.kind == inbox::Kind::Placeholder { now + PLACEHOLDER_MS } else { now };
                let message_id = task.ids.next();
                let content = stored::write(&message.content);
                values.row(
                    Kind::Message,
                    [
                        message_id.into(),
                        id.into(),
                        lane.into(),
                        message.business.as_str().into(),
                        message.wamid.as_str().into(),
                        space.into(),
                        message.kind.as_str().into(),
                        state.into(),
                        content.into(),
                        message.quotes.as_deref().into(),
                        message.sent_at.into(),
                        now.into(),
                        ready_at.into(),
                    ],
                );
                messages.push(message_id);
                lanes.extend(lane.filter(|_| waits));
            }
            Item::Status(status) => {
                let reference = status.reference.as_deref().filter(|text| text.parse::<i64>().is_ok());
                let error = status.error.as_ref().map(|(code, words)| format!("{code} {words}"));
                values.statuses.push(json!([
                    status.business,
                    status.wamid,
                    status.status,
                    status.recipient.as_deref().unwrap_or(""),
                    reference,
                    status.at,
                    progress(&status.status),
                    error,
                    status.billable
                ]));
            }
            Item::Identity(change) => task.people.change(change),
        }
    }
    values.lanes.extend(&lanes);
    Outcome::Ingest { ingested: Ingested::default(), claimed: Vec::new(), messages, lanes }
}

/// How far a status says that a message came; it only ever grows.
fn progress(status: &str) -> i64 {
    match status {
        "sent" => 10,
        "failed" => 20,
        "delivered" => 30,
        "read" => 40,
        "played" => 50,
        _ => 5,
    }
}

fn settle(task: &mut Task, s: &Settlement, prepared: Prepared, values: &mut Values) -> Outcome {
    values.now = values.now.max(s.now);
    for (kind, row) in prepared.rows {
        debug_assert_eq!(row.len(), kind.values());
        values.rows[kind as usize].extend(row);
    }
    values.persons.extend(prepared.person);
    values.ended.extend(prepared.ended);
    let queued = s.replies.iter().map(|reply| {
        let id = task.ids.next();
        // The sender has it in hand; the poll takes it up only if that comes to nothing.
        let run_at = s.now + super::outbox::IN_HAND_MS;
        values.row(
            Kind::Reply,
            [
                id.into(),
                s.lane.id.into(),
                s.message_id.into(),
                reply.agent.as_str().into(),
                reply.body.as_str().into(),
                run_at.into(),
                s.now.into(),
                reply.url.as_deref().into(),
            ],
        );
        Outgoing {
            id,
            lane_id: s.lane.id,
            business: s.business.clone(),
            phone: s.phone.clone(),
            user_id: s.user_id.clone(),
            body: reply.body.clone(),
            url: reply.url.clone(),
            attempts: 0,
            last_message_at: s.session.as_ref().map_or(s.now, |session| session.last_message_at),
            opted_out: false,
        }
    });
    let queued = queued.collect();
    let woken: Vec<i64> =
        effects::gather(&mut task.people, &mut task.ids, s, &mut values.effects, &mut values.forgotten);
    values.kept.push(s.lane.id);
    values.lanes.extend(&woken);
    let settled = Box::new(Settled { queued, ..Settled::default() });
    Outcome::Settle { settled, next: None, claimed: Vec::new(), lane: s.lane.id, woken }
}

/// Gives each caller its rows. Claims are read by whoever asked: the writer is one, they are many.
fn distribute(rows: Vec<Row>, outcomes: &mut [Outcome]) -> Result<(), sqlx::Error> {
    let mut claims: HashMap<i64, Claimed> = HashMap::new();
    let (mut new, mut begun) = (HashSet::new(), HashSet::new());
    for row in rows {
        match row.get::<String>(0)?.as_str() {
            "claims" => {
                if let Some(json) = row.get::<Option<String>>(1)? {
                    claims.extend(claims::by_lane(&json)?);
                }
            }
            "new" => {
                let ids: Option<String> = row.get(1)?;
                new.extend(ids.and_then(|ids| serde_json::from_str::<Vec<i64>>(&ids).ok()).unwrap_or_default());
            }
            "begun" => {
                begun.insert(row.get::<i64>(1)?);
            }
            _ => {}
        }
    }
    // A settled turn goes on with its lane before anybody else is given it.
    for outcome in outcomes.iter_mut() {
        if let Outcome::Settle { next, claimed, lane, woken, .. } = outcome {
            *next = claims.remove(lane);
            claimed.extend(woken.iter().filter_map(|lane| claims.remove(lane)));
        }
    }
    for outcome in outcomes.iter_mut() {
        match outcome {
            Outcome::Ingest { ingested, claimed, messages, lanes } => {
                ingested.new = messages.iter().filter(|id| new.contains(id)).count();
                ingested.known = messages.len() - ingested.new;
                claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane)));
            }
            Outcome::Claim { claimed, lanes } => claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane))),
            Outcome::Begin(ids) => ids.retain(|id| begun.contains(id)),
            Outcome::Settle { .. } | Outcome::Done => {}
        }
    }
    Ok(())
}

/// Answers the callers of a batch that was committed. A caller that has gone away is not missed.
pub(super) fn answer(ops: Vec<Op>, outcomes: Vec<Outcome>) {
    for pair in ops.into_iter().zip(outcomes) {
        match pair {
            (Op::Ingest(_, answer), Outcome::Ingest { ingested, claimed, .. }) => {
                drop(answer.send(Ok((ingested, claimed))))
            }
            (Op::Settle { answer, .. }, Outcome::Settle { settled, next, claimed, .. }) => {
                drop(answer.send(Ok((*settled, next, claimed))))
            }
            (Op::Claim { answer, .. } | Op::Queue { answer, .. }, Outcome::Claim { claimed, .. }) => {
                drop(answer.send(Ok(claimed)));
            }
            (Op::SendBegins { answer, .. }, Outcome::Begin(ids)) => drop(answer.send(Ok(ids))),
            (Op::SendEnded { answer, .. }, _) => drop(answer.send(Ok(()))),
            _ => {}
        }
    }
}

/// Tells the callers of a batch of one why it failed.
pub(super) fn refuse(ops: Vec<Op>, error: sqlx::Error) {
    // The fence of the script: see RELEASE there.
    let fenced = postgres::batch::fenced(&error) || error.to_string().contains("lane.epoch");
    let error = StoreError::from(error);
    for op in ops {
        match op {
            Op::Ingest(_, answer) => drop(answer.send(Err(error.clone()))),
            Op::Settle { answer, .. } if fenced => drop(answer.send(Err(SettleError::LostLease))),
            Op::Settle { answer, .. } => drop(answer.send(Err(error.clone().into()))),
            Op::Claim { answer, .. } | Op::Queue { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendBegins { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendEnded { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::Plain(_, answer) => drop(answer.send(Err(error.clone()))),
        }
    }
}
