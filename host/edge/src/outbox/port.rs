//! What the sender needs from outside: a queue, somebody who carries, and its options.

use std::{future::Future, sync::Arc, time::Duration};

use crate::whatsapp::client::{Answer, GraphClient};
use switchboard_store::{Outgoing, SendResult};

/// The queue in the database, as the sender sees it.
pub trait Outbox: Send + Sync + 'static {
    /// Marks queued rows as being sent, in one commit before the first byte goes out. Answers those that it marked.
    fn begin(&self, ids: Vec<i64>, now: i64) -> impl Future<Output = anyhow::Result<Vec<i64>>> + Send;
    /// Writes what became of a send, or that there was none.
    fn finished(&self, id: i64, result: SendResult, now: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Rows that may go now: left over, or their time has come; in order, never past an unsettled row of their lane.
    fn due(&self, now: i64, limit: i64) -> impl Future<Output = anyhow::Result<Vec<Outgoing>>> + Send;
}

/// Who carries a message to Meta.
pub trait Carrier: Send + Sync + 'static {
    /// Sends once.
    fn send(&self, row: &Outgoing) -> impl Future<Output = Answer> + Send;
}

impl Carrier for GraphClient {
    fn send(&self, row: &Outgoing) -> impl Future<Output = Answer> + Send {
        GraphClient::send(self, row)
    }
}

/// How fast, how many, how long. The defaults are Meta's limits for a number without an upgrade.
#[derive(Clone)]
pub struct Options {
    /// Messages a second from one business number.
    pub per_second: f64,
    /// Messages to one person that may go at once; borrowed from the future.
    pub pair_burst: f64,
    /// After that, one message to one person in this time.
    pub pair_every: Duration,
    /// Sends under way at one time.
    pub in_flight_max: usize,
    /// Rows held in memory; more stay in the database for a while.
    pub held_max: usize,
    /// How long a status may take to tell what became of a send.
    pub unknown_wait: Duration,
    /// How long a number rests when our token or account is refused.
    pub account_rest: Duration,
    /// How often the database is asked for due rows.
    pub poll: Duration,
    /// How long a stop waits for sends under way.
    pub drain: Duration,
    /// The time, in milliseconds since 1970.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            per_second: 80.0,
            pair_burst: 45.0,
            pair_every: Duration::from_secs(6),
            in_flight_max: 256,
            held_max: 20_000,
            unknown_wait: Duration::from_secs(60),
            account_rest: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(12),
            clock: Arc::new(now_ms),
        }
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
