//! One batch: its operations made into the values of one script, and the script's rows made into their answers.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::{Row, sqlite::SqliteConnection};

use super::{
    SettleError, StoreError, claims, effects, iso,
    script::Parts,
    types::{Claim, Done, Ingested, Outgoing, SendResult, Settled, Settlement},
    writer::{Op, Task},
};
use crate::{
    inbox::{Delivery, Item, Kind, Sender},
    session::LIFE_MS,
};

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
        self.lane += 1;
        self.lane
    }

    fn next(counter: &mut i64) -> i64 {
        *counter += 1;
        *counter
    }
}

/// The script's values as they are gathered.
#[derive(Default)]
struct Values {
    blob: Vec<u8>,
    deliveries: Vec<Value>,
    messages: Vec<Value>,
    statuses: Vec<Value>,
    settlements: Vec<Value>,
    sessions: Vec<Value>,
    replies: Vec<Value>,
    effects: Vec<Value>,
    sends: Vec<Value>,
    lanes: Vec<Value>,
    now: i64,
}

impl Values {
    /// Puts bytes into the blob; SQL counts from one.
    fn put(&mut self, bytes: &[u8]) -> (usize, usize) {
        let offset = self.blob.len() + 1;
        self.blob.extend_from_slice(bytes);
        (offset, bytes.len())
    }
}

/// What an operation wrote, to find its rows by.
pub(super) enum Outcome {
    Ingest { ingested: Ingested, messages: Vec<i64>, lanes: Vec<i64> },
    Settle { settled: Box<Settled>, lane: i64, woken: Vec<i64> },
    Claim { claims: Vec<Claim>, lanes: Vec<i64> },
    Begin(Vec<i64>),
    Done,
}

/// Runs a batch in one transaction. On an error the transaction is still open.
pub(super) async fn run(task: &mut Task, ops: &[Op]) -> Result<Vec<Outcome>, sqlx::Error> {
    task.people.rows.clear();
    let senders: Vec<&Sender> = ops.iter().flat_map(senders).collect();
    task.people.look_up(&mut task.connection, &senders).await?;
    let notified: Vec<uuid::Uuid> = ops.iter().flat_map(effects::notified).collect();
    if !notified.is_empty() {
        task.people.look_up_lanes(&mut task.connection, &notified).await?;
    }

    let batch = Ids::next(&mut task.ids.batch);
    let mut values = Values::default();
    let mut outcomes: Vec<Outcome> = ops.iter().map(|op| gather(task, op, &mut values)).collect();
    let parts = Parts {
        people: !task.people.rows.is_empty(),
        ingest: !values.deliveries.is_empty(),
        statuses: !values.statuses.is_empty(),
        settle: !values.settlements.is_empty(),
        effects: !values.effects.is_empty(),
        sends: !values.sends.is_empty(),
        claims: values.lanes.iter().any(|lane| lane[0] == "lane"),
    };
    let text = |rows: &[Value]| serde_json::to_string(rows).unwrap_or_default();
    let rows = sqlx::query(sqlx::AssertSqlSafe(parts.script()))
        .bind(std::mem::take(&mut values.blob))
        .bind(text(&values.deliveries))
        .bind(text(&values.messages))
        .bind(text(&values.statuses))
        .bind(text(&task.people.rows))
        .bind(text(&values.settlements))
        .bind(text(&values.sessions))
        .bind(text(&values.replies))
        .bind(text(&values.effects))
        .bind(text(&values.sends))
        .bind(text(&values.lanes))
        .bind(values.now)
        .bind(&task.node)
        .bind(batch)
        .fetch_all(&mut task.connection)
        .await?;
    distribute(&rows, &mut outcomes)?;
    Ok(outcomes)
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

fn gather(task: &mut Task, op: &Op, values: &mut Values) -> Outcome {
    match op {
        Op::Ingest(delivery, _) => ingest(task, delivery, values),
        Op::Settle(settlement, _) => settle(task, settlement, values),
        Op::Claim { lanes, now, .. } => {
            values.now = values.now.max(*now);
            values.lanes.extend(lanes.iter().map(|lane| json!(["lane", lane])));
            Outcome::Claim { claims: Vec::new(), lanes: lanes.clone() }
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
    let (offset, length) = values.put(&delivery.body);
    values.deliveries.push(json!([id, now, offset, length, delivery.unreadable]));
    let (mut messages, mut lanes) = (Vec::new(), Vec::new());
    for item in &delivery.items {
        match item {
            Item::Message(message) => {
                let person = task.people.person(&message.sender);
                let lane = person.map(|person| task.people.lane(person, &message.business, &mut task.ids));
                let space = match message.kind {
                    Kind::Echo | Kind::Standby | Kind::History => message.kind.as_str(),
                    Kind::Message | Kind::Placeholder | Kind::Silent => "message",
                };
                let answers = matches!(message.kind, Kind::Message | Kind::Placeholder) && lane.is_some();
                let state = if answers { "queued" } else { "stored" };
                let ready_at = if message.kind == Kind::Placeholder { now + PLACEHOLDER_MS } else { now };
                let message_id = Ids::next(&mut task.ids.message);
                let content = serde_json::to_vec(&message.content).unwrap_or_default();
                let (at, size) = values.put(&content);
                values.messages.push(json!([
                    message_id,
                    id,
                    lane,
                    message.business,
                    message.wamid,
                    space,
                    message.kind.as_str(),
                    state,
                    at,
                    size,
                    message.quotes,
                    message.sent_at,
                    now,
                    ready_at
                ]));
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
    values.lanes.extend(lanes.iter().map(|lane| json!(["lane", lane])));
    Outcome::Ingest { ingested: Ingested::default(), messages, lanes }
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

fn settle(task: &mut Task, settlement: &Settlement, values: &mut Values) -> Outcome {
    let s = settlement;
    values.now = values.now.max(s.now);
    let (state, error) = match &s.done {
        Done::Answered => ("answered", None),
        Done::Held => ("held", None),
        Done::Dead(reason) => ("dead", Some(reason)),
    };
    let phone = s.phone.as_ref().map(|phone| phone.e164());
    let place = s.person.place.as_ref();
    let point = place.and_then(|place| place.point);
    let changes_person = s.person.language.is_some() || s.person.opted_out.is_some() || place.is_some();
    let event = s.event.as_ref();
    let (payload, response, tools) = match event {
        Some(event) => (
            values.put(event.payload.as_bytes()),
            values.put(event.response.as_bytes()),
            values.put(event.tool_calls.as_bytes()),
        ),
        None => ((0, 0), (0, 0), (0, 0)),
    };
    let journal = s.journal.as_ref().map_or((0, 0), |journal| values.put(journal));
    values.settlements.push(json!([
        s.message_id,
        state,
        error,
        s.lane.id,
        s.lane.epoch,
        s.now,
        s.person_id,
        s.person.language,
        point.map(|p| p.latitude),
        point.map(|p| p.longitude),
        place.and_then(|place| place.name.as_deref()),
        s.person.opted_out.map(i64::from),
        i64::from(changes_person),
        event.map(|e| &e.correlation_id),
        phone,
        event.map(|e| &e.agent),
        event.map(|e| &e.intent),
        event.map(|e| &e.flow),
        payload.0,
        payload.1,
        response.0,
        response.1,
        tools.0,
        tools.1,
        event.map(|e| e.duration_ms),
        iso(s.now),
        journal.0,
        journal.1,
        s.kind,
    ]));
    if let Some(session) = &s.session {
        let flow = session.flow.as_ref();
        let data = values.put(flow.map_or("{}", |flow| flow.data.as_str()).as_bytes());
        let history = values.put(&serde_json::to_vec(&session.history).unwrap_or_default());
        let offered = session.offered.as_ref().and_then(|offered| serde_json::to_string(offered).ok());
        values.sessions.push(json!([
            session.id,
            phone,
            s.person_id,
            s.business,
            session.agent,
            flow.map(|flow| &flow.flow),
            flow.map(|flow| &flow.step),
            offered,
            iso(session.last_message_at),
            iso(s.now),
            iso(session.last_message_at + LIFE_MS),
            data.0,
            data.1,
            history.0,
            history.1,
            iso(session.created_at)
        ]));
    }
    let queued = s.replies.iter().map(|reply| {
        let id = Ids::next(&mut task.ids.outbox);
        let (offset, length) = values.put(reply.body.as_bytes());
        // The sender has it in hand; the poll takes it up only if that comes to nothing.
        let run_at = s.now + super::outbox::IN_HAND_MS;
        values.replies.push(json!([id, s.lane.id, s.message_id, reply.agent, offset, length, run_at, s.now]));
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
    let woken: Vec<i64> = effects::gather(task_ids(task), s, &mut values.effects);
    values.lanes.push(json!(["kept", s.lane.id]));
    values.lanes.extend(woken.iter().map(|lane| json!(["lane", lane])));
    Outcome::Settle { settled: Box::new(Settled { queued, ..Settled::default() }), lane: s.lane.id, woken }
}

/// What effects need of the writer: its people, and ids for the messages that notices become.
fn task_ids(task: &mut Task) -> effects::Making<'_> {
    let Task { people, ids, .. } = task;
    effects::Making { people, ids }
}

impl Ids {
    /// The id of a message that the host itself queues.
    pub(super) fn message(&mut self) -> i64 {
        Ids::next(&mut self.message)
    }
}

fn distribute(rows: &[sqlx::sqlite::SqliteRow], outcomes: &mut [Outcome]) -> Result<(), sqlx::Error> {
    let mut claims: HashMap<i64, Claim> = HashMap::new();
    let (mut new, mut begun) = (HashSet::new(), HashSet::new());
    for row in rows {
        match row.try_get::<&str, _>(0)? {
            "claim" => {
                let claim = claims::read(row)?;
                claims.insert(claim.lane.id, claim);
            }
            "begun" => {
                begun.insert(row.try_get::<i64, _>(1)?);
            }
            _ => {
                new.insert(row.try_get::<i64, _>(1)?);
            }
        }
    }
    // A settled turn goes on with its lane before anybody else is given it.
    for outcome in outcomes.iter_mut() {
        if let Outcome::Settle { settled, lane, woken } = outcome {
            settled.next = claims.remove(lane);
            settled.woken = woken.iter().filter_map(|lane| claims.remove(lane)).collect();
        }
    }
    for outcome in outcomes.iter_mut() {
        match outcome {
            Outcome::Ingest { ingested, messages, lanes } => {
                ingested.new = messages.iter().filter(|id| new.contains(id)).count();
                ingested.known = messages.len() - ingested.new;
                ingested.claimed = lanes.iter().filter_map(|lane| claims.remove(lane)).collect();
            }
            Outcome::Claim { claims: taken, lanes } => {
                taken.extend(lanes.iter().filter_map(|lane| claims.remove(lane)))
            }
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
            (Op::Ingest(_, answer), Outcome::Ingest { ingested, .. }) => drop(answer.send(Ok(ingested))),
            (Op::Settle(_, answer), Outcome::Settle { settled, .. }) => drop(answer.send(Ok(*settled))),
            (Op::Claim { answer, .. }, Outcome::Claim { claims, .. }) => drop(answer.send(Ok(claims))),
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
            Op::Settle(_, answer) if fenced => drop(answer.send(Err(SettleError::LostLease))),
            Op::Settle(_, answer) => drop(answer.send(Err(error.clone().into()))),
            Op::Claim { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendBegins(_, answer) => drop(answer.send(Err(error.clone()))),
            Op::SendEnded { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::Plain(_, answer) => drop(answer.send(Err(error.clone()))),
        }
    }
}
