//! The dispatcher's loop: takes rows, marks them as `sending`, sends them, and stores the results.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    pending::{Pending, Ready},
    port::{Carrier, DispatchOptions, Outbox},
};
use crate::whatsapp::{body::is_template, client::SendOutcome};
use switchboard_core::{failure::Failure, window};
use switchboard_store::{Outgoing, SendResult};

/// The most rows in one query.
const DUE_MAX: i64 = 1000;

/// The most attempts of a message that Meta keeps refusing. (Templates have no 24-hour window that would end it.)
const ATTEMPTS_MAX: i64 = 20;

/// An event from a task of the dispatcher.
enum Event {
    /// A row's result is stored. `parked`: it will be retried later.
    Settled { lane_id: i64, id: i64, parked: bool },
    /// A row could not be marked: it may not be sent now, or was sent already.
    NotBegun { lane_id: i64, id: i64 },
    /// Nothing may be sent from the business number until then.
    Rest { business: String, until: i64 },
    /// A batch was marked, or marking failed.
    Begun,
    /// The due rows from the database.
    Due(Vec<Outgoing>),
}

pub(super) async fn run<O: Outbox, C: Carrier>(
    outbox: Arc<O>,
    carrier: Arc<C>,
    options: DispatchOptions,
    mut queued: mpsc::UnboundedReceiver<Vec<Outgoing>>,
    mut stop: oneshot::Receiver<()>,
) {
    let (tell, mut events) = mpsc::unbounded_channel();
    let work = Arc::new(Work { outbox, carrier, options: options.clone(), tell });
    let mut pending = Pending::new();
    let (mut beginning, mut asking, mut stopping) = (false, false, false);
    let mut poll = tokio::time::interval(options.poll);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut deadline = Instant::now();
    loop {
        let mut wait = None;
        if !beginning && !stopping {
            let Ready { rows, wait: pace } = pending.take((options.clock)(), &options);
            wait = pace.map(|ms| Duration::from_millis(ms.clamp(1, 60_000) as u64));
            if !rows.is_empty() {
                beginning = true;
                tokio::spawn(begin(work.clone(), rows));
            }
        }
        if stopping && pending.in_flight() == 0 {
            return;
        }
        tokio::select! {
            Some(rows) = queued.recv(), if !stopping => pending.put(rows, &options),
            Some(event) = events.recv() => match event {
                Event::Settled { lane_id, id, parked } => pending.settled(lane_id, id, parked),
                Event::NotBegun { lane_id, id } => pending.not_begun(lane_id, id),
                Event::Rest { business, until } => pending.rest(&business, until),
                Event::Begun => beginning = false,
                Event::Due(rows) => {
                    asking = false;
                    pending.put_due(rows, &options);
                }
            },
            _ = poll.tick(), if !asking && !stopping => {
                asking = true;
                pending.asking((options.clock)());
                tokio::spawn(ask(work.clone()));
            }
            () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            _ = &mut stop, if !stopping => {
                stopping = true;
                deadline = Instant::now() + options.drain;
            }
            () = tokio::time::sleep_until(deadline), if stopping => {
                tracing::warn!(n_sends = pending.in_flight(), "sends are still under way at shutdown; their outcome will be unknown");
                return;
            }
        }
    }
}

struct Work<O, C> {
    outbox: Arc<O>,
    carrier: Arc<C>,
    options: DispatchOptions,
    tell: mpsc::UnboundedSender<Event>,
}

impl<O, C> Work<O, C> {
    fn now(&self) -> i64 {
        (self.options.clock)()
    }

    /// The loop may have ended, if stopping timed out.
    fn tell(&self, event: Event) {
        let _ = self.tell.send(event);
    }
}

async fn ask<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>) {
    let rows = work.outbox.due(work.now(), DUE_MAX).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the outbox cannot be read; retrying");
        Vec::new()
    });
    work.tell(Event::Due(rows));
}

/// Settles rows that must not be sent, marks the others in one commit, and sends them.
async fn begin<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, rows: Vec<Outgoing>) {
    let now = work.now();
    let (refused, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| reason_not_to_send(row, now).is_some());
    for row in refused {
        let error = reason_not_to_send(&row, now).unwrap_or_default().to_owned();
        tokio::spawn(settle(work.clone(), row, SendResult::Dead { error }));
    }
    if !rows.is_empty() {
        match work.outbox.begin(rows.iter().map(|row| row.id).collect(), now).await {
            Ok(marked) => {
                for row in rows {
                    if marked.contains(&row.id) {
                        tokio::spawn(send(work.clone(), row));
                    } else {
                        // A status has settled it, or another host has it or an earlier row of the lane. The database
                        // decides when the lane goes on.
                        work.tell(Event::NotBegun { lane_id: row.lane_id, id: row.id });
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, n_rows = rows.len(), "rows cannot be marked as sending; they stay queued");
                tokio::time::sleep(work.options.poll).await;
                for row in rows {
                    work.tell(Event::Settled { lane_id: row.lane_id, id: row.id, parked: true });
                }
            }
        }
    }
    work.tell(Event::Begun);
}

/// Final check before a send: the reason not to send a row, which is opt-out or a closed 24-hour window. Forwarded
/// rows have none.
fn reason_not_to_send(row: &Outgoing, now: i64) -> Option<&'static str> {
    if row.url.is_some() {
        return None;
    }
    if row.opted_out {
        return Some("opted out");
    }
    let is_closed = !window::is_open(row.last_message_at, now);
    (is_closed && !is_template(&row.body)).then_some("window")
}

async fn send<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, row: Outgoing) {
    let began = Instant::now();
    let answer = work.carrier.send(&row).await;
    metrics::histogram!("switchboard_send_seconds").record(began.elapsed().as_secs_f64());
    let now = work.now();
    let result = match answer {
        SendOutcome::Sent { wamid } => SendResult::Sent { wamid },
        SendOutcome::Unknown { error, .. } => {
            SendResult::Unknown { until: now + work.options.unknown_wait.as_millis() as i64, error }
        }
        SendOutcome::Refused { why: Failure::Final | Failure::Window, error, .. } => SendResult::Dead { error },
        SendOutcome::Refused { why, error, .. } if row.attempts >= ATTEMPTS_MAX && why != Failure::Number => {
            SendResult::Dead { error }
        }
        SendOutcome::Refused { why, retry_after, error } => {
            let backoff = now + backoff_ms(row.attempts, row.id);
            // The row itself is fine if our account is refused, so it waits no longer than the account.
            let (at, rest) = match why {
                Failure::Rate => {
                    (backoff, Some(now + retry_after.unwrap_or(Duration::from_secs(1)).as_millis() as i64))
                }
                Failure::Number => {
                    let until = now + work.options.account_rest.as_millis() as i64;
                    (until, Some(until))
                }
                _ => (backoff, None),
            };
            if let Some(until) = rest {
                tracing::warn!(business = row.business, error, "Meta refuses this business number; sending is paused");
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

/// Exponential backoff: 1, 4, 16, 64, 256 and 1024 seconds, with jitter from the row's id.
fn backoff_ms(attempts: i64, id: i64) -> i64 {
    let wait = 1000 * 4_i64.pow(attempts.clamp(0, 5) as u32);
    wait + wait / 100 * (id.rem_euclid(10))
}

/// Stores the result, retrying until it succeeds: without it, the row would be sent again after a restart.
async fn settle<O: Outbox, C: Carrier>(work: Arc<Work<O, C>>, row: Outgoing, result: SendResult) {
    if let SendResult::Dead { error } = &result {
        tracing::warn!(outbox = row.id, error, "a message to a person will not be sent");
    }
    let parked = matches!(result, SendResult::Retry { .. } | SendResult::Unknown { .. });
    let mut pause = Duration::from_millis(100);
    while let Err(error) = work.outbox.finished(row.id, result.clone(), work.now()).await {
        tracing::error!(%error, outbox = row.id, "the result of a send cannot be stored; retrying");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
    work.tell(Event::Settled { lane_id: row.lane_id, id: row.id, parked });
}

#[cfg(test)]
mod tests {
    use super::{super::pending::tests::row, *};
    use switchboard_core::window::WINDOW_MS;

    #[test]
    fn a_closed_window_and_an_opt_out_are_reasons_not_to_send() {
        let mut row = row(1, 1);
        row.last_message_at = 1_000;
        assert_eq!(reason_not_to_send(&row, 999 + WINDOW_MS), None);
        assert_eq!(reason_not_to_send(&row, 1_000 + WINDOW_MS), Some("window"));
        row.body = r#"{"type":"template","template":{}}"#.into();
        assert_eq!(reason_not_to_send(&row, 1_000 + WINDOW_MS), None);
        row.opted_out = true;
        assert_eq!(reason_not_to_send(&row, 0), Some("opted out"));
    }

    #[test]
    fn waits_grow_fourfold_up_to_a_quarter_of_an_hour() {
        let waits: Vec<_> = (0..7).map(|attempts| backoff_ms(attempts, 0) / 1000).collect();
        assert_eq!(waits, [1, 4, 16, 64, 256, 1024, 1024]);
        assert!(backoff_ms(0, 9) < 1100);
    }
}
