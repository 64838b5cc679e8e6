//! The watcher: asks the database, for all tasks of this host, whether anything has changed, is due or has expired. Everything else waits
//! for what it finds, so that an idle host asks one question a few times a second.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::warn;

use switchboard_core::{clock::Clock, seldom::Seldom};
use switchboard_edge::outbox::Queue;
use switchboard_store::{Look, Store};

/// How often it looks. A change of the flags is promised to be in force within half a second.
const EVERY: Duration = Duration::from_millis(400);

/// What the watcher sees, look after look.
#[derive(Clone)]
pub struct Looks(watch::Receiver<Look>);

impl Looks {
    /// Waits for the next look; none if the watcher has ended. Looks that came while nobody waited are one.
    pub async fn next(&mut self) -> Option<Look> {
        self.0.changed().await.ok()?;
        Some(*self.0.borrow_and_update())
    }

    /// Waits for a look whose version is not this one; gives its version, or none if the watcher has ended.
    pub async fn other_version(&mut self, seen: Option<i64>) -> Option<i64> {
        loop {
            let version = self.next().await?.version;
            if seen != Some(version) {
                return Some(version);
            }
        }
    }

    /// The last look.
    pub fn last(&self) -> Look {
        *self.0.borrow()
    }
}

/// The watcher of a host.
pub struct Watcher {
    store: Store,
    clock: Clock,
    found: watch::Sender<Look>,
}

impl Watcher {
    /// A watcher that has not looked yet.
    pub fn new(store: Store, clock: Clock) -> Watcher {
        Watcher { store, clock, found: watch::Sender::new(Look::default()) }
    }

    /// What it sees.
    pub fn looks(&self) -> Looks {
        Looks(self.found.subscribe())
    }

    /// Looks until the task is dropped, and wakes the senders where something is due.
    pub async fn watch(self, sender: Queue, forwarder: Queue) {
        loop {
            let now = self.clock.now();
            match self.store.look(now).await {
                Ok(look) => {
                    if look.expired
                        && let Err(error) = self.store.expire_sends(now).await
                    {
                        warn!(%error, "sends of hosts that are gone could not be noted");
                    }
                    if look.sends {
                        sender.look();
                    }
                    if look.forwards {
                        forwarder.look();
                    }
                    self.found.send_replace(look);
                }
                Err(error) => {
                    static TOLD: Seldom = Seldom::line();
                    if let Some(times) = TOLD.hit(Instant::now()) {
                        warn!(times, %error, "the database could not be asked for changes; retrying");
                    }
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}
