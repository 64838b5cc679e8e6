//! The dispatcher's interfaces: the queue ([`Outbox`]), the transport ([`Carrier`]) and its options.

use std::{future::Future, sync::Arc, time::Duration};

use crate::whatsapp::client::{GraphClient, SendOutcome};
use switchboard_store::{Outgoing, SendResult};

/// The queue in the database.
pub trait Outbox: Send + Sync + 'static {
    /// Marks queued rows as `sending`, in one commit before the first byte is sent. Returns the rows that it marked.
    fn begin(&self, ids: Vec<i64>, now: i64) -> impl Future<Output = anyhow::Result<Vec<i64>>> + Send;
    /// Stores the result of a send.
    fn finished(&self, id: i64, result: SendResult, now: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Queries due rows, in order, never past an unsettled row of their lane.
    fn due(&self, now: i64, limit: i64) -> impl Future<Output = anyhow::Result<Vec<Outgoing>>> + Send;
}

/// The transport of a row: the Graph API or the legacy service.
pub trait Carrier: Send + Sync + 'static {
    /// Sends a row once.
    fn send(&self, row: &Outgoing) -> impl Future<Output = SendOutcome> + Send;
}

impl Carrier for GraphClient {
    fn send(&self, row: &Outgoing) -> impl Future<Output = SendOutcome> + Send {
        GraphClient::send(self, row)
    }
}

/// Rate limits and timeouts of a dispatcher. The defaults are Meta's limits for a number without an upgrade.
#[derive(Clone)]
pub struct DispatchOptions {
    /// Messages a second from one business number.
    pub per_second: f64,
    /// The burst size of messages to one person.
    pub pair_burst: f64,
    /// After a burst, one message to one person in this time.
    pub pair_every: Duration,
    /// The most concurrent sends.
    pub in_flight_max: usize,
    /// The most rows in memory; others stay in the database.
    pub held_max: usize,
    /// How long to wait for a status after a send with an unknown outcome.
    pub unknown_wait: Duration,
    /// How long nothing is sent from a number after Meta refused our token or account.
    pub account_rest: Duration,
    /// The interval of queries for due rows.
    pub poll: Duration,
    /// How long a stop waits for sends under way.
    pub drain: Duration,
    /// The time, in milliseconds since 1970.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Default for DispatchOptions {
    fn default() -> DispatchOptions {
        DispatchOptions {
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
