//! The sender, against a queue in memory and a carrier that answers from a script.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use switchboard_core::{failure::Failure, phone::Phone};
use switchboard_edge::{
    outbox::{Carrier, DispatchOptions, Dispatcher, Outbox},
    whatsapp::client::SendOutcome,
};
use switchboard_store::{Outgoing, SendResult};

use switchboard_kit::stage::until;

pub(crate) fn row(id: i64, lane_id: i64) -> Outgoing {
    Outgoing {
        id,
        lane_id,
        business: "100000000000001".to_owned(),
        phone: Phone::parse("+250788000001").ok(),
        user_id: None,
        body: json!({"type": "text", "text": {"body": format!("reply {id}")}}).to_string(),
        url: None,
        attempts: 0,
        last_message_at: i64::MAX / 2,
        opted_out: false,
    }
}

/// A queue in memory, in the place of the database.
#[derive(Clone, Default)]
pub(crate) struct Queue(pub(crate) Arc<Mutex<Table>>);

#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<i64, (Outgoing, State)>,
    begun: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    Queued(i64),
    Sending,
    Done(SendResult),
    Unknown(i64),
}

impl Queue {
    pub(crate) fn add(&self, rows: &[Outgoing]) {
        let mut queue = self.0.lock().expect("a lock");
        queue.rows.extend(rows.iter().map(|row| (row.id, (row.clone(), State::Queued(0)))));
    }

    fn state(&self, id: i64) -> State {
        self.0.lock().expect("a lock").rows[&id].1.clone()
    }
}

impl Outbox for Queue {
    async fn begin(&self, ids: Vec<i64>, _now: i64) -> anyhow::Result<Vec<i64>> {
        let mut queue = self.0.lock().expect("a lock");
        let mut marked = Vec::new();
        for id in ids {
            if let Some((_, state)) = queue.rows.get_mut(&id)
                && matches!(state, State::Queued(_) | State::Unknown(_))
            {
                *state = State::Sending;
                marked.push(id);
            }
        }
        queue.begun.extend(&marked);
        Ok(marked)
    }

    async fn finished(&self, id: i64, result: SendResult, _: i64) -> anyhow::Result<()> {
        let mut queue = self.0.lock().expect("a lock");
        let (row, state) = queue.rows.get_mut(&id).expect("a row");
        row.attempts += 1;
        *state = match result {
            SendResult::Retry { at, .. } => State::Queued(at),
            SendResult::Unknown { until, .. } => State::Unknown(until),
            done => State::Done(done),
        };
        Ok(())
    }

    async fn due(&self, now: i64, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        let queue = self.0.lock().expect("a lock");
        let mut barred = Vec::new();
        let mut due = Vec::new();
        for (row, state) in queue.rows.values() {
            let ready = matches!(state, State::Queued(at) | State::Unknown(at) if *at <= now);
            if ready && !barred.contains(&row.lane_id) {
                due.push(row.clone());
            } else if !matches!(state, State::Done(_)) {
                barred.push(row.lane_id);
            }
        }
        Ok(due)
    }
}

/// Answers from a script, by row, and notes what it was asked.
#[derive(Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<BTreeMap<i64, Vec<SendOutcome>>>>,
    sent: Arc<Mutex<Vec<i64>>>,
}

impl Carrier for Script {
    async fn send(&self, row: &Outgoing) -> SendOutcome {
        self.sent.lock().expect("a lock").push(row.id);
        tokio::task::yield_now().await;
        let mut answers = self.answers.lock().expect("a lock");
        let next = answers.get_mut(&row.id).and_then(Vec::pop);
        next.unwrap_or_else(|| SendOutcome::Sent { wamid: format!("wamid.{}", row.id) })
    }
}

pub(crate) fn quick() -> DispatchOptions {
    DispatchOptions {
        poll: Duration::from_millis(20),
        unknown_wait: Duration::from_millis(50),
        account_rest: Duration::from_millis(50),
        ..DispatchOptions::default()
    }
}

#[tokio::test]
async fn rows_go_in_order_within_their_lane_and_once() {
    let (queue, script) = (Queue::default(), Script::default());
    let rows: Vec<_> = (1..=200).map(|id| row(id, id % 7)).collect();
    queue.add(&rows);
    let options = DispatchOptions { per_second: 100_000.0, ..quick() };
    let sender = Dispatcher::start(queue.clone(), script.clone(), options);
    // Straight from the turn and from the poll: the same rows come both ways.
    sender.queue().push(rows);
    until("the last", async || (1..=200).all(|id| matches!(queue.state(id), State::Done(_)))).await;
    sender.stop().await;
    let sent = script.sent.lock().expect("a lock").clone();
    assert_eq!(sent.len(), 200);
    for lane in 0..7 {
        let of_lane: Vec<_> = sent.iter().filter(|id| *id % 7 == lane).collect();
        assert!(of_lane.is_sorted(), "{of_lane:?}");
    }
}

#[tokio::test]
async fn a_refused_row_holds_its_lane_and_goes_first() {
    let (queue, script) = (Queue::default(), Script::default());
    let refused = SendOutcome::refused(Failure::Row, "not now");
    script.answers.lock().expect("a lock").insert(1, vec![refused]);
    let rows = [row(1, 7), row(2, 7), row(3, 8)];
    queue.add(&rows);
    let sender = Dispatcher::start(queue.clone(), script.clone(), quick());
    sender.queue().push(rows.to_vec());
    until("the last", async || (1..=3).all(|id| matches!(queue.state(id), State::Done(_)))).await;
    sender.stop().await;
    let sent = script.sent.lock().expect("a lock").clone();
    let lane: Vec<_> = sent.iter().filter(|id| **id != 3).copied().collect();
    assert_eq!(lane, [1, 1, 2]);
}

#[tokio::test]
async fn an_unknown_send_waits_for_its_status() {
    let (queue, script) = (Queue::default(), Script::default());
    let unknown = SendOutcome::Unknown { error: "the connection broke".into(), outage: true };
    script.answers.lock().expect("a lock").insert(1, vec![unknown.clone()]);
    script.answers.lock().expect("a lock").insert(3, vec![unknown]);
    let rows = [row(1, 7), row(2, 7), row(3, 8)];
    queue.add(&rows);
    let options = DispatchOptions { unknown_wait: Duration::from_millis(300), ..quick() };
    let sender = Dispatcher::start(queue.clone(), script.clone(), options);
    sender.queue().push(rows.to_vec());
    until("an unknown", async || matches!(queue.state(3), State::Unknown(_))).await;
    // The status of row 3 comes; that of row 1 does not, so it is sent once more.
    queue.0.lock().expect("a lock").rows.get_mut(&3).expect("a row").1 =
        State::Done(SendResult::Sent { wamid: "wamid.status".into() });
    until("the last", async || (1..=3).all(|id| matches!(queue.state(id), State::Done(_)))).await;
    sender.stop().await;
    let sent = script.sent.lock().expect("a lock").clone();
    assert_eq!(sent.iter().filter(|id| **id == 3).count(), 1);
    assert_eq!(sent.iter().filter(|id| **id != 3).copied().collect::<Vec<_>>(), [1, 1, 2]);
}

#[tokio::test]
async fn the_last_look_stops_what_may_not_go() {
    let (queue, script) = (Queue::default(), Script::default());
    let rows = [Outgoing { opted_out: true, ..row(1, 1) }, Outgoing { last_message_at: 0, ..row(2, 2) }, row(3, 1)];
    queue.add(&rows);
    let sender = Dispatcher::start(queue.clone(), script.clone(), quick());
    sender.queue().push(rows.to_vec());
    until("the last", async || (1..=3).all(|id| matches!(queue.state(id), State::Done(_)))).await;
    sender.stop().await;
    let dead = |error: &str| State::Done(SendResult::Dead { error: error.into() });
    assert_eq!((queue.state(1), queue.state(2)), (dead("opted out"), dead("window")));
    assert_eq!(*script.sent.lock().expect("a lock"), [3]);
    assert_eq!(queue.0.lock().expect("a lock").begun, [3]);
}
