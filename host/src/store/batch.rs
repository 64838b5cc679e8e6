//! One batch: its operations made into the values of one script, and the script's rows made into their answers.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::{
    Arguments, Row,
    sqlite::{SqliteArguments, SqliteConnection, SqliteRow},
};
use uuid::Uuid;

use super::{
    SettleError, StoreError, claims, effects,
    people::Made,
    prepared::Prepared,
    script::{self, Arg, Kind, Once, Part, Script},
    types::{Ingested, Outgoing, SendResult, Settled, Settlement},
    writer::{Op, Task},
};
use crate::inbox::{self, Delivery, Item, Sender};

/// A placeholder is answered, as what it is, if its content has not come after this time.
const PLACEHOLDER_MS: i64 = 3_000;

/// The next ids. One writer gives them out, so that a batch needs no answer from the database to link its rows.
pub(super) struct Ids {
    delivery: i64,
    message: i64,
    lane: i64,
    outbox: i64,
    batch: i64,
}

impl Ids {
    pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Ids, sqlx::Error> {
        let row = sqlx::query(
            "select coalesce((select max(delivery_id) from delivery), 0), coalesce((select max(message_id) from message), 0),
                    coalesce((select max(lane_id) from lane), 0), coalesce((select max(outbox_id) from outbox), 0),
                    coalesce((select max(claimed_in) from lane), 0)",
        )
        .fetch_one(connection)
        .await?;
        Ok(Ids {
            delivery: row.try_get(0)?,
            message: row.try_get(1)?,
            lane: row.try_get(2)?,
            outbox: row.try_get(3)?,
            batch: row.try_get(4)?,
        })
    }

    pub(super) fn lane(&mut self) -> i64 {
        Ids::next(&mut self.lane)
    }

    pub(super) fn message(&mut self) -> i64 {
        Ids::next(&mut self.message)
    }

    fn next(counter: &mut i64) -> i64 {
        *counter += 1;
        *counter
    }
}

/// The script's values as they are gathered.
#[derive(Default)]
struct Values {
    known: Vec<Value>,
    merges: Vec<Value>,
    statuses: Vec<Value>,
    effects: Vec<Value>,
    forgotten: Vec<Value>,
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

    /// The parts that this batch needs, in the order of a message's path, and the number of rows of the largest.
    fn parts(&self) -> (Vec<Part>, usize) {
        let once = |wanted: bool, sql| wanted.then_some(Part::Once(sql));
        let rows = |kind| (self.count(kind) > 0).then_some(Part::Rows(kind));
        let wants_heads = !self.lanes.is_empty() || !self.kept.is_empty();
        let parts = [
            Some(script::BEGIN),
            rows(Kind::Person),
            rows(Kind::Identity),
            rows(Kind::Lane),
            once(!self.known.is_empty(), script::KNOWN),
            once(!self.merges.is_empty(), script::MERGES),
            rows(Kind::Delivery),
            rows(Kind::Message),
            once(!self.statuses.is_empty(), script::STATUSES),
            rows(Kind::Answered),
            once(!self.persons.is_empty(), script::PERSONS),
            once(!self.ended.is_empty(), script::ENDED),
            rows(Kind::NewSession),
            rows(Kind::Session),
            rows(Kind::Event),
            rows(Kind::Journal),
            rows(Kind::Reply),
            once(!self.effects.is_empty(), effects::SCRIPT),
            once(!self.forgotten.is_empty(), effects::FORGET),
            once(!self.sends.is_empty(), script::SENDS),
            rows(Kind::Release),
            once(!self.lanes.is_empty(), script::CLAIM),
            once(wants_heads, claims::SELECT),
            once(self.count(Kind::Message) > 0, script::NEW),
            Some(script::COMMIT),
        ];
        let parts: Vec<Part> = parts.into_iter().flatten().collect();
        let largest = parts.iter().map(|part| if let Part::Rows(kind) = part { self.count(*kind) } else { 0 }).max();
        (parts, largest.unwrap_or(0))
    }

    fn once(&self, once: Once, node: &str) -> Arg {
        fn json<T: serde::Serialize>(rows: &[T]) -> Arg {
            serde_json::to_string(rows).unwrap_or_default().into()
        }
        match once {
            Once::Known => json(&self.known),
            Once::Merges => json(&self.merges),
            Once::Statuses => json(&self.statuses),
            Once::Persons => json(&self.persons),
            Once::Ended => json(&self.ended),
            Once::Effects => json(&self.effects),
            Once::Forget => json(&self.forgotten),
            Once::Sends => json(&self.sends),
            Once::Lanes => json(&self.lanes),
            Once::Heads => json(&[self.lanes.as_slice(), &self.kept].concat()),
            Once::FirstMessage => self.first_message.into(),
            Once::Now => self.now.into(),
            Once::Node => node.into(),
            Once::Batch => self.batch.into(),
        }
    }

    /// All that is to be bound to a script with this much room; the rows are used up.
    fn args(&mut self, script: &Script, room: usize, node: &str) -> Vec<Arg> {
        let bound: usize = script.rows.iter().map(|kind| room * kind.values()).sum();
        let mut args = Vec::with_capacity(bound + script.once.len());
        for kind in &script.rows {
            let rows = &mut self.rows[*kind as usize];
            let room = room * kind.values();
            let taken = room.min(rows.len());
            args.extend(rows.drain(..taken));
            args.extend(std::iter::repeat_with(|| Arg::Null).take(room - taken));
        }
        args.extend(script.once.iter().map(|once| self.once(*once, node)));
        args
    }
}

/// What an operation wrote, to find its rows by.
pub(super) enum Outcome {
    Ingest { ingested: Ingested, claimed: Vec<SqliteRow>, messages: Vec<i64>, lanes: Vec<i64> },
    Settle { settled: Box<Settled>, next: Option<SqliteRow>, claimed: Vec<SqliteRow>, lane: i64, woken: Vec<i64> },
    Claim { claimed: Vec<SqliteRow>, lanes: Vec<i64> },
    Begin(Vec<i64>),
    Done,
}

/// Runs a batch in one transaction. On an error the transaction is still open.
pub(super) async fn run(task: &mut Task, ops: &mut [Op]) -> Result<Vec<Outcome>, sqlx::Error> {
    let senders: Vec<&Sender> = ops.iter().flat_map(senders).collect();
    task.people.look_up(&mut task.connection, &senders).await?;
    let notified: Vec<Uuid> = ops.iter().flat_map(effects::notified).collect();
    task.people.look_up_lanes(&mut task.connection, &notified).await?;

    let batch = Ids::next(&mut task.ids.batch);
    let mut values = Values { batch, first_message: task.ids.message + 1, ..Values::default() };
    let mut outcomes: Vec<Outcome> = ops.iter_mut().map(|op| gather(task, op, &mut values)).collect();
    values.people(task.people.take_made());
    let rows = execute(task, values).await?;
    task.people.committed();
    distribute(rows, &mut outcomes)?;
    Ok(outcomes)
}

async fn execute(task: &mut Task, mut values: Values) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let Task { connection, node, .. } = task;
    let (parts, largest) = values.parts();
    if largest <= script::ROOM_MAX {
        let room = script::room(largest);
        let script = Script::new(&parts, room);
        let args = values.args(&script, room, node);
        return fetch(connection, script.sql, args).await;
    }
    // A body with hundreds of messages: part by part, as often as each takes.
    let mut rows = Vec::new();
    for part in parts {
        loop {
            let room = if let Part::Rows(kind) = part { script::room(values.count(kind)) } else { 0 };
            let script = Script::new(&[part], room);
            let args = values.args(&script, room, node);
            rows.extend(fetch(connection, script.sql, args).await?);
            if !matches!(part, Part::Rows(kind) if values.count(kind) > 0) {
                break;
            }
        }
    }
    Ok(rows)
}

async fn fetch(connection: &mut SqliteConnection, text: String, args: Vec<Arg>) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(args.len(), 0);
    for arg in args {
        match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::Blob(value) => arguments.add(value),
            Arg::Null => arguments.add(None::<i64>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    sqlx::query_with(sqlx::AssertSqlSafe(text), arguments).fetch_all(connection).await
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
            values.effects.append(marks);
            values.lanes.extend(&lanes);
            Outcome::Claim { claimed: Vec::new(), lanes }
        }
        Op::SendBegins(ids, _) => {
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
    let id = Ids::next(&mut task.ids.delivery);
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
                    inbox::Kind::Message | inbox::Kind::Placeholder | inbox::Kind::Silent => "message",
                };
                let answers = matches!(message.kind, inbox::Kind::Message | inbox::Kind::Placeholder) && lane.is_some();
                let state = if answers { "queued" } else { "stored" };
                let ready_at = if message.kind == inbox::Kind::Placeholder { now + PLACEHOLDER_MS } else { now };
                let message_id = task.ids.message();
                let content = serde_json::to_string(&message.content).unwrap_or_default();
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
                lanes.extend(lane.filter(|_| answers));
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
        let id = Ids::next(&mut task.ids.outbox);
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
            ],
        );
        Outgoing {
            id,
            lane_id: s.lane.id,
            business: s.business.clone(),
            phone: s.phone.clone(),
            user_id: s.user_id.clone(),
            body: reply.body.clone(),
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
fn distribute(rows: Vec<SqliteRow>, outcomes: &mut [Outcome]) -> Result<(), sqlx::Error> {
    let mut claims: HashMap<i64, SqliteRow> = HashMap::new();
    let (mut new, mut begun) = (HashSet::new(), HashSet::new());
    for row in rows {
        match row.try_get::<&str, _>(0)? {
            "claim" => {
                claims.insert(row.try_get(1)?, row);
            }
            "new" => new.extend(serde_json::from_str::<Vec<i64>>(row.try_get(1)?).unwrap_or_default()),
            _ => {
                begun.insert(row.try_get::<i64, _>(1)?);
            }
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
            (Op::SendBegins(_, answer), Outcome::Begin(ids)) => drop(answer.send(Ok(ids))),
            (Op::SendEnded { answer, .. }, _) => drop(answer.send(Ok(()))),
            _ => {}
        }
    }
}

/// Tells the callers of a batch of one why it failed.
pub(super) fn refuse(ops: Vec<Op>, error: sqlx::Error) {
    // The fence of the script: see RELEASE there.
    let fenced = error.to_string().contains("lane.epoch");
    let error = StoreError::from(error);
    for op in ops {
        match op {
            Op::Ingest(_, answer) => drop(answer.send(Err(error.clone()))),
            Op::Settle { answer, .. } if fenced => drop(answer.send(Err(SettleError::LostLease))),
            Op::Settle { answer, .. } => drop(answer.send(Err(error.clone().into()))),
            Op::Claim { answer, .. } | Op::Queue { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendBegins(_, answer) => drop(answer.send(Err(error.clone()))),
            Op::SendEnded { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::Plain(_, answer) => drop(answer.send(Err(error.clone()))),
        }
    }
}
