//! The dispatcher's interfaces: the queue ([`Outbox`]), the transport ([`Carrier`]) and its options.

use std::{future::Future, sync::Arc, time::Duration};

use super::pace::Pace;
use crate::whatsapp::client::{GraphClient, SendOutcome};
use switchboard_store::{Begun, Noted, Outgoing, PAIR_BURST, PAIR_EVERY_MS, SendEnd};

/// The queue in the database.
pub trait Outbox: Send + Sync + 'static {
    /// Begins rows, given by id, version and whether they are probes, in one commit before the first byte is sent.
    fn begin(&self, rows: Vec<(i64, i64, bool)>, now: i64) -> impl Future<Output = anyhow::Result<Begun>> + Send;
    /// Stores the end of a send.
    fn finished(&self, end: SendEnd, now: i64) -> impl Future<Output = anyhow::Result<Noted>> + Send;
    /// Takes the send leases of those of these lanes that have something due, lets go of the others, and reads the first row of each lane
    /// taken.
    fn claim(&self, lanes: Vec<i64>, now: i64) -> impl Future<Output = anyhow::Result<Vec<Outgoing>>> + Send;
    /// Takes the send leases of lanes that nobody has, the longest due first; the first row of each. A number that rests is probed with
    /// one row, and with the next not before `probe_at`.
    fn due(&self, now: i64, limit: i64, probe_at: i64) -> impl Future<Output = anyhow::Result<Vec<Outgoing>>> + Send;
    /// Keeps the send leases of these lanes alive. Gives the number of hosts that live.
    fn renew(&self, lanes: Vec<i64>, now: i64) -> impl Future<Output = anyhow::Result<usize>> + Send;
    /// Lets a business number rest until a time.
    fn rest(&self, business: &str, until: i64, why: &str, now: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// The customer service window is closed for a row: what it said waits, or a template asks the person to write.
    fn window_closed(&self, id: i64, now: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Notes that something was taken from a business number, which ends its rest. Gives whether it rested.
    fn took(&self, business: &str, now: i64) -> impl Future<Output = anyhow::Result<bool>> + Send;
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
    /// Messages a second from one business number, over all hosts.
    pub per_second: f64,
    /// The pace towards one person; none for the legacy service. It must be that of the store.
    pub pair: Option<Pace>,
    /// Whether a number rests when the other side is in trouble. The legacy service is no number.
    pub numbers_rest: bool,
    /// The most concurrent sends.
    pub in_flight_max: usize,
    /// The most rows in memory; others stay in the database.
    pub held_max: usize,
    /// How long to wait for a status after a send with an unknown outcome.
    pub unknown_wait: Duration,
    /// The least time between the beginnings of two probes of a number that rests; a random part of half as much is added.
    pub probe_every: Duration,
    /// The interval of queries for due rows.
    pub poll: Duration,
    /// The interval at which leases are renewed: a sixth of their life.
    pub renew: Duration,
    /// How long a stop waits for sends under way.
    pub drain: Duration,
    /// The time, in milliseconds since 1970.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl DispatchOptions {
    /// When the next probe of a number may begin after one that began then; `seed` makes each host's moment another.
    pub(super) fn next_probe(&self, began: i64, seed: i64) -> i64 {
        let every = self.probe_every.as_millis() as i64;
        began + every + seed.rem_euclid((every / 2).max(1))
    }
}

impl Default for DispatchOptions {
    fn default() -> DispatchOptions {
        DispatchOptions {
            per_second: 80.0,
            pair: Some(Pace { burst: PAIR_BURST as f64, every_ms: PAIR_EVERY_MS as f64 }),
            numbers_rest: true,
            in_flight_max: 256,
            held_max: 20_000,
            unknown_wait: Duration::from_secs(60),
            probe_every: Duration::from_secs(5),
            poll: Duration::from_secs(1),
            renew: Duration::from_secs(5),
            drain: Duration::from_secs(12),
            clock: Arc::new(now_ms),
        }
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
