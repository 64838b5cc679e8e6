//! The workers: each claimed lane is one task that answers its messages in order until none is due.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::{app::App, telemetry, turn};
use switchboard_core::effect::Write;
use switchboard_edge::outbox::Queue;
use switchboard_store::{Claim, Done, SettleError, Settlement};

/// How often lanes are looked for that nobody woke: due retries, leases run out, placeholders grown old.
const POLL: Duration = Duration::from_millis(500);

/// How often leases are renewed: a third of their 15 seconds.
const RENEW: Duration = Duration::from_secs(5);

/// Lanes taken in one look.
const CLAIM_MAX: i64 = 50;

/// How long a turn that failed by the host's fault waits, by the number of attempts so far; then it is dead.
const RETRY_MS: [i64; 4] = [1_000, 5_000, 30_000, 120_000];

/// Runs claimed lanes.
#[derive(Clone)]
pub struct Lanes {
    app: Arc<App>,
    outbox: Queue,
    forwards: Queue,
    running: TaskTracker,
    /// Lanes that have a task: those whose leases are kept alive.
    in_hand: Arc<Mutex<HashSet<i64>>>,
}

impl Lanes {
    /// No lane runs yet.
    pub fn new(app: Arc<App>, outbox: Queue, forwards: Queue) -> Lanes {
        Lanes { app, outbox, forwards, running: TaskTracker::new(), in_hand: Arc::default() }
    }

    /// Runs these lanes until each has nothing due; `since` is when their messages came, for the metrics.
    pub fn run(&self, claims: Vec<Claim>, since: Instant) {
        for claim in claims {
            let lanes = self.clone();
            self.running.spawn(async move { lanes.run_one(claim, since).await });
        }
    }

    async fn run_one(&self, claim: Claim, since: Instant) {
        let lane = claim.lane.id;
        self.in_hand().insert(lane);
        let mut next = self.answer(claim, since).await;
        while let Some(claim) = next {
            // It waited in its lane, since a time that only the wall clock knows.
            let waited = self.app.clock.now() - claim.message.received_at;
            let waited = Duration::from_millis(u64::try_from(waited).unwrap_or_default());
            next = self.answer(claim, Instant::now().checked_sub(waited).unwrap_or_else(Instant::now)).await;
        }
        self.in_hand().remove(&lane);
    }

    fn in_hand(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one message and gives the lane's next.
    async fn answer(&self, claim: Claim, since: Instant) -> Option<Claim> {
        let settlement = match turn::answer(&self.app, &claim).await {
            Ok(settlement) => settlement,
            Err(failed) => match RETRY_MS.get(usize::try_from(claim.message.attempts).unwrap_or(usize::MAX)) {
                Some(wait) => {
                    warn!(
                        message.id = claim.message.id,
                        attempts = claim.message.attempts,
                        "a turn failed and will be tried again: {failed}"
                    );
                    self.postpone(&claim, *wait, &failed.to_string()).await;
                    return None;
                }
                None => {
                    error!(message.id = claim.message.id, "a message is given up: {failed}");
                    turn::give_up(&self.app, &claim, &failed.to_string())
                }
            },
        };
        let event = settlement.event.clone();
        let begun = settlement.session.as_ref().filter(|session| settlement.session_before != Some(session.id));
        let begun = begun.map(|session| (session.agent.clone(), matches!(settlement.done, Done::Dead(_))));
        let forgotten = self.files_to_forget(&settlement).await;
        match self.app.store.settle(settlement).await {
            Ok(settled) => {
                if let (Some(files), true) = (&self.app.files, event.is_some()) {
                    files.keep(&claim.message.content);
                }
                self.forget(forgotten).await;
                if let Some(event) = event {
                    telemetry::turn(&event, since.elapsed());
                }
                if let Some((agent, given_up)) = begun {
                    telemetry::session(&agent, given_up);
                }
                let (forwards, replies) = settled.queued.into_iter().partition(|row| row.url.is_some());
                self.outbox.push(replies);
                self.forwards.push(forwards);
                self.run(settled.woken, Instant::now());
                settled.next
            }
            Err(SettleError::LostLease) => {
                warn!(
                    message.id = claim.message.id,
                    "a turn came too late: its lane's lease was lost; whoever holds it now answers"
                );
                None
            }
            Err(SettleError::Store(failed)) => {
                error!(message.id = claim.message.id, "a turn could not be stored: {failed}");
                self.postpone(&claim, RETRY_MS[0], &failed.to_string()).await;
                None
            }
        }
    }

    /// The files of a person who is forgotten in this turn: their messages name them, and end with it.
    async fn files_to_forget(&self, settlement: &Settlement) -> Vec<String> {
        let forgets = settlement.effects.iter().any(|effect| matches!(effect.write, Write::Forget));
        if !forgets || self.app.files.is_none() {
            return Vec::new();
        }
        self.app.store.files_of(settlement.person_id).await.unwrap_or_else(|failed| {
            error!("the files of a person who is forgotten could not be found: {failed}");
            Vec::new()
        })
    }

    async fn forget(&self, handles: Vec<String>) {
        if let (Some(files), false) = (&self.app.files, handles.is_empty())
            && let Err(failed) = files.forget(&handles).await
        {
            error!("the files of a person who was forgotten could not be deleted: {failed}");
        }
    }

    async fn postpone(&self, claim: &Claim, wait_ms: i64, reason: &str) {
        let at = self.app.clock.now() + wait_ms;
        if let Err(failed) = self.app.store.postpone(claim.lane, claim.message.id, at, reason).await {
            // The lease runs out by itself, and the poll finds the lane.
            error!(message.id = claim.message.id, "a message could not be put back: {failed}");
        }
    }

    /// Looks for lanes that nobody woke, and keeps leases alive, until the task is dropped.
    pub async fn poll(self) {
        let mut renew_at = tokio::time::Instant::now() + RENEW;
        loop {
            tokio::time::sleep(POLL).await;
            let now = self.app.clock.now();
            match self.app.store.claim_due(now, CLAIM_MAX).await {
                Ok(claims) => self.run(claims, Instant::now()),
                Err(failed) => warn!("the poll for waiting lanes failed: {failed}"),
            }
            match self.app.store.bring_due(now).await {
                Ok(claims) => self.run(claims, Instant::now()),
                Err(failed) => warn!("what is due could not be brought to its lanes: {failed}"),
            }
            if tokio::time::Instant::now() >= renew_at {
                renew_at += RENEW;
                let lanes: Vec<i64> = self.in_hand().iter().copied().collect();
                if let Err(failed) = self.app.store.renew(&lanes, now).await {
                    warn!("the leases could not be renewed: {failed}");
                }
            }
        }
    }

    /// Waits until every running lane has come to its end.
    pub async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
        info!("every running turn has ended");
    }
}
