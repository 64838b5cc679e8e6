//! The loop of the sender: take rows, mark them, send them, write what became of them.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    lanes::{Lanes, Ready},
    port::{Carrier, Options, Outbox},
};
use crate::whatsapp::{
    body::is_template,
    client::{Answer, Refusal},
};
use switchboard_core::session::LIFE_MS;
use switchboard_store::{Outgoing, SendResult};

/// Rows asked of the database at one time.
const DUE_MAX: i64 = 1000;

/// Tries of a message that Meta keeps refusing; templates have no window that would end it.
const ATTEMPTS_MAX: i64 = 20;

/// What happened elsewhere.
enum Event {
    /// A row is settled.
    Settled { lane_id: i64, id: i64, parked: bool },
    /// A row may not go now, or has gone.
    NotBegun { lane_id: i64, id: i64 },
    /// The number rests until then.
    Rest { business: String, until: i64 },
    /// A batch is marked, or could not be.
    Begun,
    /// The database answered.
    Due(Vec<Outgoing>),
}

pub(super) async fn run<O: Outbox, C: Carrier>(
    outbox: Arc<O>,
    carrier: Arc<C>,
    options: Options,
    mut queued: mpsc::UnboundedReceiver<Vec<Outgoing>>,
    mut stop: oneshot::Receiver<()>,
) {
    let (tell, mut events) = mpsc::unbounded_channel();
    let work = Arc::new(Work { outbox, carrier, options: options.clone(), tell });
    let mut lanes = Lanes::new();
    let (mut beginning, mut asking, mut stopping) = (false, false, false);
    let mut poll = tokio::time::interval(options.poll);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut deadline = Instant::now();
    loop {
        let mut wait = None;
        if !beginning && !stopping {
            let Ready { rows, wait: pace } = lanes.take((options.clock)(), &options);
            wait = pace.map(|ms| Duration::from_millis(ms.clamp(1, 60_000) as u64));
            if !rows.is_empty() {
                beginning = true;
                tokio::spawn(begin(work.clone(), rows));
            }
        }
        if stopping && lanes.in_flight() == 0 {
            return;
        }
        tokio::select! {
            Some(rows) = queued.recv(), if !stopping => lanes.put(rows, &options),
            Some(event) = events.recv() => match event {
                Event::Settled { lane_id, id, parked } => lanes.settled(lane_id, id, parked),
                Event::NotBegun { lane_id, id } => lanes.not_begun(lane_id, id),
                Event::Rest { business, until } => lanes.rest(&business, until),
                Event::Begun => beginning = false,
                Event::Due(rows) => {
                    asking = false;
                    lanes.put_due(rows, &options);
                }
            },
            _ = poll.tick(), if !asking && !stopping => {
                asking = true;
                lanes.asking((options.clock)());
                tokio::spawn(ask(work.clone()));
            }
            () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            _ = &mut stop, if !stopping => {
                stopping = true;
                deadline = Instant::now() + options.drain;
            }
            () = tokio::time::sleep_until(deadline), if stopping => {
                tracing::warn!(n_sends = lanes.in_flight(), "sends are still under way at the end; they will be unknown");
                return;
            }
        }
    }
}

struct Work<O, C> {
    outbox: Arc<O>,
    carrier: Arc<C>,
    options: Options,
    tell: mpsc::UnboundedSender<Event>,
}

impl<O, C> Work<O, C> {
    fn now(&self) -> i64 {
        (self.options.clock)()
    }

    /// The loop may be gone, after a stop that waited long enough.
    fn tell(&self, event: Event) {
        let _ = self.tell.send(event);
    }
}

async fn ask<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>) {
    let rows = work.outbox.due(work.now(), DUE_MAX).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the outbox cannot be read; it is tried again");
        Vec::new()
    });
    work.tell(Event::Due(rows));
}

/// Settles rows that must not go, marks the others in one commit, and sends them.
async fn begin<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, rows: Vec<Outgoing>) {
    let now = work.now();
    let (barred, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| bar(row, now).is_some());
    for row in barred {
        let error = bar(&row, now).unwrap_or_default().to_owned();
        tokio::spawn(settle(work.clone(), row, SendResult::Dead { error }));
    }
    if !rows.is_empty() {
        match work.outbox.begin(rows.iter().map(|row| row.id).collect(), now).await {
            Ok(marked) => {
                for row in rows {
                    if marked.contains(&row.id) {
                        tokio::spawn(send(work.clone(), row));
                    } else {
                        // A status settled it, or another node has it or one before it. The database knows, and lets nothing of
                        // this lane go before its time.
                        work.tell(Event::NotBegun { lane_id: row.lane_id, id: row.id });
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, n_rows = rows.len(), "rows cannot be marked as being sent; they stay queued");
                tokio::time::sleep(work.options.poll).await;
                for row in rows {
                    work.tell(Event::Settled { lane_id: row.lane_id, id: row.id, parked: true });
                }
            }
        }
    }
    work.tell(Event::Begun);
}

/// The last look before a send.
fn bar(row: &Outgoing, now: i64) -> Option<&'static str> {
    if row.url.is_some() {
        return None;
    }
    if row.opted_out {
        return Some("opted out");
    }
    let late = now - row.last_message_at > LIFE_MS;
    (late && !is_template(&row.body)).then_some("window")
}

async fn send<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, row: Outgoing) {
    let began = Instant::now();
    let answer = work.carrier.send(&row).await;
    metrics::histogram!("switchboard_send_seconds").record(began.elapsed().as_secs_f64());
    let now = work.now();
    let result = match answer {
        Answer::Sent { wamid } => SendResult::Sent { wamid },
        Answer::Unknown { error } => {
            SendResult::Unknown { until: now + work.options.unknown_wait.as_millis() as i64, error }
        }
        Answer::Rejected { error } => SendResult::Dead { error },
        Answer::Refused { why, error } if row.attempts >= ATTEMPTS_MAX && why != Refusal::Account => {
            SendResult::Dead { error }
        }
        Answer::Refused { why, error } => {
            let backoff = now + backoff_ms(row.attempts, row.id);
            // Nothing is wrong with a row that our account is refused for, so it waits no longer than the account.
            let (at, rest) = match why {
                Refusal::Now | Refusal::Pair => (backoff, None),
                Refusal::Number => (backoff, Some(now + 1000)),
                Refusal::Account => {
                    let until = now + work.options.account_rest.as_millis() as i64;
                    (until, Some(until))
                }
            };
            if let Some(until) = rest {
                tracing::warn!(business = row.business, error, "Meta refuses this business number; it rests");
                work.tell(Event::Rest { business: row.business.clone(), until });
            }
            SendResult::Retry { at, error }
        }
    };
    let word = match &result {
        SendResult::Sent { .. } => "sent",
        SendResult::Retry { .. } => "retry",
        SendResult::Unknown { .. } => "unknown",
        SendResult::Dead { .. } => "dead",
    };
    metrics::counter!("switchboard_sends_total", "result" => word).increment(1);
    settle(work, row, result).await;
}

/// 1, 4, 16, 64, 256 and 1024 seconds, a little apart for each row.
fn backoff_ms(attempts: i64, id: i64) -> i64 {
    let wait = 1000 * 4_i64.pow(attempts.clamp(0, 5) as u32);
    wait + wait / 100 * (id.rem_euclid(10))
}

/// Writes the result, for as long as it takes: without it, the row would be sent again after a restart.
async fn settle<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, row: Outgoing, result: SendResult) {
    if let SendResult::Dead { error } = &result {
        tracing::warn!(outbox = row.id, error, "a message to a person will not be sent");
    }
    let parked = matches!(result, SendResult::Retry { .. } | SendResult::Unknown { .. });
    let mut pause = Duration::from_millis(100);
    while let Err(error) = work.outbox.finished(row.id, result.clone(), work.now()).await {
        tracing::error!(%error, outbox = row.id, "the result of a send cannot be written; it is tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
    work.tell(Event::Settled { lane_id: row.lane_id, id: row.id, parked });
}

#[cfg(test)]
mod tests {
    use super::{super::lanes::tests::row, *};

    #[test]
    fn the_last_look_knows_the_window_and_the_opt_out() {
        let mut row = row(1, 1);
        row.last_message_at = 1_000;
        assert_eq!(bar(&row, 1_000 + LIFE_MS), None);
        assert_eq!(bar(&row, 1_001 + LIFE_MS), Some("window"));
        row.body = r#"{"type":"template","template":{}}"#.into();
        assert_eq!(bar(&row, 1_001 + LIFE_MS), None);
        row.opted_out = true;
        assert_eq!(bar(&row, 0), Some("opted out"));
    }

    #[test]
    fn waits_grow_fourfold_up_to_a_quarter_of_an_hour() {
        let waits: Vec<_> = (0..7).map(|attempts| backoff_ms(attempts, 0) / 1000).collect();
        assert_eq!(waits, [1, 4, 16, 64, 256, 1024, 1024]);
        assert!(backoff_ms(0, 9) < 1100);
    }
}
