//! The lane runner: each claimed lane gets one task, which answers its messages in order until none is due.

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

/// How often the database is polled for lanes that no event woke: due retries, expired leases, expired placeholders.
const POLL: Duration = Duration::from_millis(500);

/// The interval of lease renewal: a third of a lease's 15 seconds.
const RENEW: Duration = Duration::from_secs(5);

/// The most lanes claimed in one poll.
const CLAIM_MAX: i64 = 50;

/// The backoff of a turn that failed by the host's fault, by the number of attempts so far; after the last the message is dead.
const RETRY_MS: [i64; 4] = [1_000, 5_000, 30_000, 120_000];

/// Runs a task for each claimed lane, and renews its lease.
#[derive(Clone)]
pub struct LaneRunner {
    app: Arc<App>,
    outbox: Queue,
    forwards: Queue,
    running: TaskTracker,
    /// The lanes that have a task: their leases are renewed.
    leased: Arc<Mutex<HashSet<i64>>>,
}

impl LaneRunner {
    /// A runner without lanes.
    pub fn new(app: Arc<App>, outbox: Queue, forwards: Queue) -> LaneRunner {
        LaneRunner { app, outbox, forwards, running: TaskTracker::new(), leased: Arc::default() }
    }

    /// Runs these lanes until nothing is due in them; `since` is when their messages arrived, for the metrics.
    pub fn run(&self, claims: Vec<Claim>, since: Instant) {
        for claim in claims {
            let runner = self.clone();
            self.running.spawn(async move { runner.run_lane(claim, since).await });
        }
    }

    async fn run_lane(&self, claim: Claim, since: Instant) {
        let lane = claim.lane.id;
        self.leased().insert(lane);
        let mut next = self.answer(claim, since).await;
        while let Some(claim) = next {
            // Its time of arrival is wall-clock time: convert it to an `Instant`.
            let waited = self.app.clock.now() - claim.message.received_at;
            let waited = Duration::from_millis(u64::try_from(waited).unwrap_or_default());
            next = self.answer(claim, Instant::now().checked_sub(waited).unwrap_or_else(Instant::now)).await;
        }
        self.leased().remove(&lane);
    }

    fn leased(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.leased.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one message; returns the claim of the lane's next one.
    async fn answer(&self, claim: Claim, since: Instant) -> Option<Claim> {
        let settlement = match turn::answer(&self.app, &claim).await {
            Ok(settlement) => settlement,
            Err(failed) => match RETRY_MS.get(usize::try_from(claim.message.attempts).unwrap_or(usize::MAX)) {
                Some(wait) => {
                    warn!(
                        message.id = claim.message.id,
                        attempts = claim.message.attempts,
                        "a turn failed and will be retried: {failed}"
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
        let new_session = settlement.session.as_ref().filter(|session| settlement.session_before != Some(session.id));
        let new_session = new_session.map(|session| (session.agent.clone(), matches!(settlement.done, Done::Dead(_))));
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
                if let Some((agent, given_up)) = new_session {
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
                    "the turn's result is dropped, since the lane's lease was lost; the host that has it now answers"
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

    /// The handles of a person's files, if this turn deletes the person's data. They are read before, since the messages that name
    /// them are deleted with it.
    async fn files_to_forget(&self, settlement: &Settlement) -> Vec<String> {
        let forgets = settlement.effects.iter().any(|effect| matches!(effect.write, Write::Forget));
        if !forgets || self.app.files.is_none() {
            return Vec::new();
        }
        self.app.store.files_of(settlement.person_id).await.unwrap_or_else(|failed| {
            error!("the files of a person whose data is deleted could not be listed: {failed}");
            Vec::new()
        })
    }

    async fn forget(&self, handles: Vec<String>) {
        if let (Some(files), false) = (&self.app.files, handles.is_empty())
            && let Err(failed) = files.forget(&handles).await
        {
            error!("the files of a person whose data was deleted could not be deleted: {failed}");
        }
    }

    async fn postpone(&self, claim: &Claim, wait_ms: i64, reason: &str) {
        let at = self.app.clock.now() + wait_ms;
        if let Err(failed) = self.app.store.postpone(claim.lane, claim.message.id, at, reason).await {
            // The lease expires, and the poll finds the lane then.
            error!(message.id = claim.message.id, "a message could not be postponed: {failed}");
        }
    }

    /// Polls for lanes that are due and renews leases, until the task is dropped.
    pub async fn poll(self) {
        let mut renew_at = tokio::time::Instant::now() + RENEW;
        loop {
            tokio::time::sleep(POLL).await;
            let now = self.app.clock.now();
            match self.app.store.claim_due(now, CLAIM_MAX).await {
                Ok(claims) => self.run(claims, Instant::now()),
                Err(failed) => warn!("the poll for due lanes failed: {failed}"),
            }
            match self.app.store.bring_due(now).await {
                Ok(claims) => self.run(claims, Instant::now()),
                Err(failed) => warn!("due notices could not be queued: {failed}"),
            }
            if tokio::time::Instant::now() >= renew_at {
                renew_at += RENEW;
                let lanes: Vec<i64> = self.leased().iter().copied().collect();
                if let Err(failed) = self.app.store.renew(&lanes, now).await {
                    warn!("the leases could not be renewed: {failed}");
                }
            }
        }
    }

    /// Waits until every running lane has ended.
    pub async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
        info!("every running turn has ended");
    }
}
