//! One batch: its operations made into the values of one script, and the script's rows made into their answers.

use serde_json::{Value, json};

use crate::{
    backend::{Backend, Wanted},
    conditions::{self, Decided},
    effects::{self, Mark},
    error::WriteError,
    file_rows,
    ids::Ids,
    notice_rows,
    op::{Op, Part},
    options::Burst,
    outbox::{self, Outgoing, References},
    outcome::{Outcome, Sends, distribute},
    people::People,
    prepared::Prepared,
    quota,
    script::{DeliveryRow, MessageRow, ReplyRow, TemplateRow},
    settlement::{ReplyKind, Settled, Settlement},
    state::MessageState,
    stored,
    types::Ingested,
    values::Values,
};
use switchboard_core::{
    contract::types::Content,
    inbox::{self, Inbound, Item, Sender, StatusUpdate},
    phone::Phone,
    quota::Quotas,
    window,
};

/// A placeholder is answered, as what it is, if its content has not come after this time. A message that came late waits as long for others
/// of its person, which Meta delivers at the same time: they are one turn.
const PLACEHOLDER_MS: i64 = 3_000;

/// What the writer knows while it makes rows.
pub(crate) struct Known {
    pub(crate) ids: Ids,
    pub(crate) people: People,
    pub(crate) references: References,
    pub(crate) quotas: Quotas,
    pub(crate) burst: Burst,
    pub(crate) takeover_ms: i64,
}

/// Runs a batch in one transaction. On an error the transaction is still open.
pub(crate) async fn run<B: Backend>(
    backend: &mut B,
    known: &mut Known,
    ops: &mut [Op],
) -> Result<(Vec<Outcome>, Sends), WriteError> {
    let senders: Vec<&Sender> = ops.iter().flat_map(senders).collect();
    let wanted = Wanted { senders: &senders, ids: ids_wanted(ops, senders.len()) };
    backend.look_up(wanted, &mut known.people, &mut known.ids).await?;

    let conditions = conditions::places(ops);
    let decided = match conditions.is_empty() {
        true => Decided::default(),
        false => Decided::of(ops, backend.documents(conditions).await?),
    };
    let batch = known.ids.next();
    let mut values = Values::of_batch(batch, known.ids.peek());
    let gathered = ops.iter_mut().enumerate().map(|(nth, op)| match decided.refuses(nth) {
        true => Outcome::Conflict,
        false => gather(known, op, &mut values),
    });
    let mut outcomes: Vec<Outcome> = gathered.collect();
    decided.mark(&mut values.effects);
    let made = known.people.take_made();
    let beyond_memory = made.is_beyond_memory();
    values.people(made);
    effects::keep_last(&mut values.effects);
    let erases = effects::erase(&values.effects);
    let answers = backend.execute(values).await?;
    known.people.committed();
    if erases || beyond_memory {
        // They are known no more, or otherwise.
        known.people.forget();
    }
    let sends = distribute(answers, &mut outcomes);
    Ok((outcomes, sends))
}

/// How many ids these may take: for the batch, each delivery, message, reply and notice, and the lanes of so many people.
fn ids_wanted(ops: &[Op], people: usize) -> usize {
    let of = |op: &Op| match op {
        Op::Ingest(part, _) => 1 + part.delivery.items.len(),
        Op::Settle { settlement, .. } => settlement.replies.len(),
        Op::Queue { brought, .. } => brought.len(),
        Op::WindowClosed { .. } => 1,
        Op::Claim { .. }
        | Op::SendBegins { .. }
        | Op::SendEnded { .. }
        | Op::ClaimSends { .. }
        | Op::Letters { .. }
        | Op::Tokens { .. }
        | Op::Merge { .. }
        | Op::Plain(..) => 0,
    };
    1 + people + ops.iter().map(of).sum::<usize>()
}

fn senders(op: &Op) -> Vec<&Sender> {
    let Op::Ingest(Part { delivery, .. }, _) = op else { return Vec::new() };
    fn known_by(item: &Item) -> Vec<&Sender> {
        match item {
            Item::Message(message) => vec![&message.sender],
            Item::Identity(change) => vec![&change.before, &change.after],
            Item::Status(_) => Vec::new(),
        }
    }
    delivery.items.iter().flat_map(known_by).collect()
}

fn gather(known: &mut Known, op: &mut Op, values: &mut Values) -> Outcome {
    match op {
        Op::Ingest(part, _) => ingest(known, part, values),
        Op::Settle { settlement, prepared, written, .. } => {
            let prepared = prepared.take().unwrap_or_else(|| Box::new(Prepared::of(settlement)));
            values.effects.extend(written.effects.iter().cloned());
            values.forgotten.extend(written.forgotten.iter().cloned());
            settle(known, settlement, *prepared, values)
        }
        Op::Claim { lanes, now, .. } => {
            values.at(*now);
            values.lanes.extend(lanes.iter());
            Outcome::Claim { claimed: Vec::new(), lanes: lanes.clone() }
        }
        Op::Queue { brought, marks, uses, now, .. } => {
            values.at(*now);
            let lanes = notice_rows::gather(brought, &mut known.ids, values);
            // They stay with the operation: a batch may have to be tried again.
            for mark in marks.iter() {
                match mark.clone() {
                    Mark::Effect(row) => values.effects.push(row),
                    Mark::Forget(row) => values.forgotten.push(row),
                }
            }
            uses.iter().for_each(|used| values.uses.add(used.clone()));
            values.lanes.extend(&lanes);
            Outcome::Claim { claimed: Vec::new(), lanes }
        }
        Op::Tokens { change, now, .. } => {
            values.at(*now);
            change.gather(*now, values);
            Outcome::Done
        }
        Op::WindowClosed { closed, now, .. } => {
            values.at(*now);
            notice_rows::close(closed, &mut known.ids, *now, values);
            Outcome::Done
        }
        Op::SendBegins { rows, now, .. } => {
            values.at(*now);
            values.begins.extend(rows.iter().map(|(id, version, probe)| json!([id, version, i64::from(*probe)])));
            Outcome::Begin(rows.iter().map(|(id, ..)| *id).collect())
        }
        Op::SendEnded { end, now, .. } => {
            values.at(*now);
            values.sends.push(outbox::result_row(end));
            values.send_lanes.push(json!([end.lane_id, end.pair_at]));
            Outcome::SendEnd { id: end.id, lane: end.lane_id }
        }
        Op::ClaimSends { lanes, now, .. } => {
            values.at(*now);
            values.send_lanes.extend(lanes.iter().map(|lane| json!([lane])));
            Outcome::SendLanes(lanes.clone())
        }
        Op::Merge { stays, goes, who, now, .. } => {
            values.at(*now);
            known.people.merge(*stays, *goes, who);
            Outcome::Done
        }
        Op::Letters { letters, now, .. } => {
            values.at(*now);
            values.letters.extend(letters.iter().cloned());
            Outcome::Letters(letters.iter().filter_map(|letter| letter[0].as_i64()).collect())
        }
        Op::Plain(..) => Outcome::Done,
    }
}

fn ingest(known: &mut Known, Part { delivery, of }: &Part, values: &mut Values) -> Outcome {
    let now = delivery.received_at;
    values.at(now);
    let id = of.unwrap_or_else(|| {
        let id = known.ids.next();
        values.push(DeliveryRow {
            delivery_id: id,
            received_at: now,
            body: delivery.body.to_vec(),
            unreadable: delivery.unreadable.clone(),
        });
        id
    });
    let (mut messages, mut lanes, mut bursts) = (Vec::new(), Vec::new(), Vec::new());
    for item in &delivery.items {
        match item {
            Item::Message(message) => {
                let author = known.people.author(&message.sender, message.sent_at, tells(message), now);
                let person = author.as_ref().map(|author| author.person);
                let lane = person.map(|person| known.people.lane(person, &message.business, &mut known.ids));
                person.into_iter().for_each(|person| known.people.card(message, person));
                // An echo stands in the history, in its place.
                let is_echo = message.kind == inbox::Kind::Echo && !message.business.is_empty();
                let waits = lane.is_some() && (is_asked(message) || is_echo || delivery.forwards);
                if let (true, Some(person), Some(lane)) = (is_echo, person, lane) {
                    let at = message.sent_at.min(now);
                    // What was written before it came is not said any more; its own time is in whole seconds.
                    values.echoes.push(json!([person, lane, now, at + known.takeover_ms, message.wamid]));
                }
                if let (Some(wants), Some(person)) = (message.wants_marketing(), person) {
                    let at = message.sent_at.min(now);
                    values.marketing.push(json!([person, if wants { -at } else { at }]));
                }
                if let Some((about, words)) = message.edits() {
                    values.edits.push(json!([message.business, about, stored::write(&Content::Text(words))]));
                }
                let message_id = known.ids.next();
                let address = author.and_then(|author| author.address);
                let (content, file) = match waits && !is_echo {
                    true => file_rows::content(&known.people, message, now),
                    false => (stored::write(&message.content), None),
                };
                let row = message_row(message, message_id, (id, now), lane.zip(Some(address)), (waits, content));
                let row = match lane.filter(|_| waits && known.burst.wait_ms > 0) {
                    Some(lane) => in_burst(row, message, lane, known.burst, values),
                    None => row,
                };
                bursts.extend(lane.filter(|_| row.joins == 1));
                values.push(row);
                file.into_iter().for_each(|row| values.push(row));
                messages.push(message_id);
                lanes.extend(lane.filter(|_| waits && of.is_none()));
            }
            Item::Status(status) => values.statuses.push(status_row(
                status,
                status.reference.as_deref().and_then(|reference| known.references.row(reference)),
            )),
            Item::Identity(change) => known.people.change(change, now),
        }
    }
    values.lanes.extend(&lanes);
    let has_statuses = delivery.items.iter().any(|item| matches!(item, Item::Status(_)));
    Outcome::Ingest {
        ingested: Ingested { delivery: id, bursts, ..Ingested::default() },
        claimed: Vec::new(),
        messages,
        lanes,
        has_statuses,
    }
}

/// A message's row where bursts are answered together: it waits for more of its thought, or ends the wait of what came before it.
fn in_burst(row: MessageRow, message: &Inbound, lane: i64, burst: Burst, values: &mut Values) -> MessageRow {
    let waits =
        message.kind == inbox::Kind::Message && row.ready_at == row.received_at && (burst.waits)(&message.content);
    values.bursts.push(json!([lane, i64::from(!waits), burst.wait_ms, burst.longest_ms]));
    match waits {
        true => MessageRow { ready_at: row.received_at + burst.wait_ms, joins: 1, ..row },
        false => row,
    }
}

/// Whether a message is of its sender themselves and now, so that it says whose its number is.
fn tells(message: &Inbound) -> bool {
    matches!(message.kind, inbox::Kind::Message | inbox::Kind::Placeholder | inbox::Kind::Silent)
}

/// Whether a message asks for an answer.
fn is_asked(message: &Inbound) -> bool {
    matches!(message.kind, inbox::Kind::Message | inbox::Kind::Placeholder)
}

fn message_row(
    message: &Inbound,
    message_id: i64,
    (delivery_id, now): (i64, i64),
    lane: Option<(i64, Option<String>)>,
    (waits, content): (bool, String),
) -> MessageRow {
    let (lane_id, sender) = lane.map_or((None, None), |(lane, sender)| (Some(lane), sender));
    let space = match message.kind {
        inbox::Kind::Echo | inbox::Kind::Standby | inbox::Kind::History | inbox::Kind::Notice => message.kind.as_str(),
        inbox::Kind::Status => "status",
        inbox::Kind::Message | inbox::Kind::Placeholder | inbox::Kind::Silent => "message",
    };
    let waits_for_others = match message.kind {
        inbox::Kind::Placeholder => true,
        inbox::Kind::Message => window::is_late(message.sent_at, now),
        _ => false,
    };
    MessageRow {
        message_id,
        delivery_id,
        lane_id,
        business: message.business.clone(),
        wamid: message.wamid.clone(),
        space,
        kind: message.kind.as_str(),
        state: if waits { MessageState::Queued } else { MessageState::Stored },
        content,
        quotes: message.quotes.clone(),
        sender,
        sent_at: message.sent_at,
        received_at: now,
        ready_at: if waits_for_others { now + PLACEHOLDER_MS } else { now },
        joins: 0,
        extras: (!message.extras.is_empty()).then(|| stored::write(&message.extras)),
    }
}

/// A row of [`STATUSES`](outbox::STATUSES), with the outbox row that it refers to.
fn status_row(status: &StatusUpdate, reference: Option<i64>) -> Value {
    let error = status.error.as_ref().map(|(code, words)| format!("{code} {words}"));
    json!([
        status.business,
        status.wamid,
        status.status,
        status.recipient.as_deref().unwrap_or(""),
        reference,
        status.at,
        progress(&status.status),
        error,
        status.billable,
        status.failure.map(|failure| failure.as_str()),
        // Meta writes some numbers in another form than the one we sent to.
        status.recipient.as_deref().and_then(|recipient| Phone::parse(recipient).ok()).map(|phone| phone.key()),
        status.category
    ])
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

fn settle(known: &mut Known, s: &Settlement, prepared: Prepared, values: &mut Values) -> Outcome {
    values.at(s.now);
    prepared.answered.into_iter().for_each(|row| values.push(row));
    values.push(prepared.release);
    prepared.session.into_iter().for_each(|row| values.push(row));
    prepared.new_session.into_iter().for_each(|row| values.push(row));
    prepared.event.into_iter().for_each(|row| values.push(row));
    prepared.test_event.into_iter().for_each(|row| values.push(row));
    prepared.journal.into_iter().for_each(|row| values.push(row));
    values.persons.extend(prepared.person);
    values.ended.extend(prepared.ended);
    let queued = s.replies.iter().map(|reply| {
        let id = known.ids.next();
        if reply.kind == ReplyKind::Template {
            let (person_id, business) = (s.person_id, s.business.clone());
            values.push(TemplateRow { person_id, business, sent_at: s.now, outbox_id: id });
        }
        values.push(ReplyRow {
            outbox_id: id,
            lane_id: s.lane.id,
            message_id: s.message_id,
            agent: reply.agent.clone(),
            body: reply.body.clone(),
            run_at: s.now,
            created_at: s.now,
            url: reply.url.clone(),
            kind: if reply.url.is_some() { "forward" } else { reply.kind.as_str() },
            recipient: s.address.as_ref().map(|address| address.as_str().to_owned()),
        });
        Outgoing {
            id,
            version: 0,
            reference: known.references.of(id),
            lane_id: s.lane.id,
            business: s.business.clone(),
            to: s.address.clone(),
            body: reply.body.clone(),
            url: reply.url.clone(),
            attempts: 0,
            losses: 0,
            due_at: s.now,
            pair_at: 0,
            probe: false,
        }
    });
    let queued = queued.collect();
    quota::of_notices(s, known.quotas).into_iter().for_each(|used| values.uses.add(used));
    values.kept.push(s.lane.id);
    let settled = Box::new(Settled { queued, ..Settled::default() });
    Outcome::Settle { settled, next: None, lane: s.lane.id }
}
