//! The lane runner: each claimed lane gets one task, which answers its messages in order until none is due.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::MissedTickBehavior;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, error, info, info_span, warn};

use crate::{
    app::App,
    conflicts::{Conflicts, Contender},
    telemetry,
    turn::{self, Answered, Answers, TurnError},
    watcher::Looks,
};
use switchboard_core::{effect::Write, test_number};
use switchboard_edge::outbox::Queue;
use switchboard_store::{Claim, Done, FailureKind, SettleError, Settlement};

/// How often notices are looked through though none seems to be due: templates that were refused are told of.
const BRING: Duration = Duration::from_secs(10);

/// The interval of lease renewal: a third of a lease's 15 seconds.
const RENEW: Duration = Duration::from_secs(5);

/// The interval while there are more lanes than one poll has claimed, such as those of a host that died.
const POLL_AGAIN: Duration = Duration::from_millis(20);

/// Lanes claimed in one poll: as many as there is room for, and a few whatever is running.
const CLAIMS: std::ops::RangeInclusive<usize> = 50..=500;

/// Lanes that may run before a poll claims only the fewest.
const RUNNING_MAX: usize = 1_000;

/// The backoff of a turn that failed, or could not be stored, by the number of failures so far; after the last the message is dead.
const RETRY_MS: [i64; 4] = [1_000, 5_000, 30_000, 120_000];

/// Claims in a row that ended without a word; after so many the message is dead.
const CRASHES_MAX: i64 = 3;

/// How long a turn waits before it asks again a database that is away.
const AWAY: Duration = Duration::from_secs(1);

/// Runs a task for each claimed lane, and renews its lease.
#[derive(Clone)]
pub struct LaneRunner {
    app: Arc<App>,
    outbox: Queue,
    forwards: Queue,
    running: TaskTracker,
    leased: Leased,
    conflicts: Conflicts,
}

/// The lanes that have a task, each with how many: their leases are renewed. A lane has two for a moment when it is claimed again while
/// the task that released it is ending.
#[derive(Clone, Default)]
struct Leased(Arc<Mutex<HashMap<i64, usize>>>);

/// A task's part in [`Leased`], until it is dropped.
struct HasTask(Leased, i64);

impl Leased {
    fn lanes(&self) -> MutexGuard<'_, HashMap<i64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, lane: i64) -> HasTask {
        *self.lanes().entry(lane).or_default() += 1;
        HasTask(self.clone(), lane)
    }
}

impl Drop for HasTask {
    fn drop(&mut self) {
        let HasTask(leased, lane) = self;
        let mut lanes = leased.lanes();
        if let Some(tasks) = lanes.get_mut(lane) {
            *tasks -= 1;
            if *tasks == 0 {
                lanes.remove(lane);
            }
        }
    }
}

/// Why a turn came to no end.
enum TurnFailed {
    LostLease,
    /// It could not be stored; what that means, and why.
    Store(FailureKind, String),
    Turn(TurnError),
}

impl LaneRunner {
    /// A runner without lanes.
    pub fn new(app: Arc<App>, outbox: Queue, forwards: Queue) -> LaneRunner {
        let (running, leased, conflicts) = Default::default();
        LaneRunner { app, outbox, forwards, running, leased, conflicts }
    }

    /// Looks after lanes whose messages wait for more of their thought, once they may be due. The watcher finds them too, a little later.
    pub fn run_later(&self, lanes: Vec<i64>) {
        if lanes.is_empty() {
            return;
        }
        let (runner, wait) = (self.clone(), u64::try_from(self.app.store.burst_wait_ms()).unwrap_or_default());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            match runner.app.store.claim(lanes, runner.app.clock.now()).await {
                Ok(claims) => runner.run(claims, Instant::now()),
                Err(failed) => warn!("lanes whose wait has ended could not be claimed: {failed}"),
            }
        });
    }

    /// Runs these lanes until nothing is due in them; `since` is when their messages arrived, for the metrics.
    pub fn run(&self, claims: Vec<Claim>, since: Instant) {
        for claim in claims {
            let runner = self.clone();
            // From now on its lease is renewed, also while its turn waits for memory.
            let has_task = self.leased.begin(claim.lane.id);
            self.running.spawn(async move {
                runner.run_lane(claim, since).await;
                drop(has_task);
            });
        }
    }

    async fn run_lane(&self, claim: Claim, since: Instant) {
        let mut next = self.traced(claim, since).await;
        while let Some(claim) = next {
            // When it was due is wall-clock time: convert it to an `Instant`.
            let waited = self.app.clock.now() - claim.due_at();
            let waited = Duration::from_millis(u64::try_from(waited).unwrap_or_default());
            next = self.traced(claim, Instant::now().checked_sub(waited).unwrap_or_else(Instant::now)).await;
        }
    }

    /// Answers one message; every line that is logged meanwhile says which.
    async fn traced(&self, claim: Claim, since: Instant) -> Option<Claim> {
        let id = claim.message.id;
        let span = info_span!("turn", message.id = id, turn = %format_args!("turn-{id}"), host = self.app.store.node());
        self.answer(claim, since).instrument(span).await
    }

    /// Answers one message; returns the claim of the lane's next one.
    async fn answer(&self, claim: Claim, since: Instant) -> Option<Claim> {
        if claim.message.crashes >= CRASHES_MAX {
            let reason =
                format!("its turn came to no end {CRASHES_MAX} times: each time the host was gone, or took too long");
            return self.give_up(&claim, turn::give_up(&self.app, &claim, &reason), &reason, since).await;
        }
        let (kind, failed, settlement) = match self.run_and_settle(&claim, since).await {
            Ok(next) => return next,
            Err(TurnFailed::LostLease) => return lost_lease(),
            Err(TurnFailed::Store(kind, reason)) => {
                let settlement = turn::give_up_barely(&self.app, &claim, &reason);
                (kind, reason, settlement)
            }
            Err(TurnFailed::Turn(failed)) => {
                let reason = failed.to_string();
                let settlement = turn::give_up(&self.app, &claim, &reason);
                (failed.kind(), reason, settlement)
            }
        };
        let wait = RETRY_MS.get(usize::try_from(claim.message.failures).unwrap_or(usize::MAX));
        if let (false, Some(wait)) = (kind == FailureKind::Refused, wait) {
            warn!(failures = claim.message.failures, "a turn failed and will be retried: {failed}");
            self.postpone(&claim, *wait, &failed).await;
            return None;
        }
        self.give_up(&claim, settlement, &failed, since).await
    }

    /// Runs a turn and has it committed; again where another turn changed a document that it writes on a condition.
    async fn run_and_settle(&self, claim: &Claim, since: Instant) -> Result<Option<Claim>, TurnFailed> {
        let (answers, mut contender) = (Arc::new(Answers::default()), Contender::default());
        loop {
            // Its memory is in use until it is stored.
            let Answered { settlement, memory } = self.turn(claim, &answers).await.map_err(TurnFailed::Turn)?;
            let agent = settlement.effects.iter().find(|effect| effect.write.is_conditional());
            let agent = agent.map(|effect| effect.agent.clone()).unwrap_or_default();
            match self.settle(settlement, since).await {
                Ok(next) => return Ok(next),
                Err(SettleError::LostLease) => return Err(TurnFailed::LostLease),
                Err(SettleError::Store(failed)) => {
                    let reason = format!("the turn could not be stored: {failed}");
                    return Err(TurnFailed::Store(failed.kind(), reason));
                }
                Err(failed @ SettleError::Conflict) => {
                    drop(memory);
                    if !self.conflicts.run_again(&mut contender, &agent).await {
                        return Err(TurnFailed::Store(FailureKind::Other, failed.to_string()));
                    }
                    answers.begin_again();
                }
            }
        }
    }

    /// Runs a turn. While the database is away it waits: that costs the message no attempt.
    async fn turn(&self, claim: &Claim, answers: &Arc<Answers>) -> Result<Answered, TurnError> {
        loop {
            match turn::answer_keeping(&self.app, claim, answers).await {
                Err(failed) if failed.kind() == FailureKind::Unavailable => wait(&failed).await,
                done => return done,
            }
        }
    }

    /// Marks a message as dead: by this settlement, or, if the database refuses it, by one that writes as little as can be.
    async fn give_up(&self, claim: &Claim, first: Settlement, reason: &str, since: Instant) -> Option<Claim> {
        error!("a message is given up: {reason}");
        let barely = turn::give_up_barely(&self.app, claim, reason);
        let silently = Settlement { replies: Vec::new(), ..barely.clone() };
        for settlement in [first, barely, silently] {
            match self.settle(settlement, since).await {
                Ok(next) => return next,
                Err(SettleError::LostLease) => return lost_lease(),
                Err(failed @ (SettleError::Store(_) | SettleError::Conflict)) => {
                    error!("a message that is given up could not be stored: {failed}");
                }
            }
        }
        self.postpone(claim, RETRY_MS[RETRY_MS.len() - 1], reason).await;
        None
    }

    /// Has a turn committed, and hands on what came of it; returns the claim of the lane's next message. While the database is away
    /// it waits: whether the commit took place is then found out by the epoch, and the agents do not run again.
    async fn settle(&self, settlement: Settlement, since: Instant) -> Result<Option<Claim>, SettleError> {
        let settlement = Arc::new(settlement);
        let new_session = settlement.session.as_ref().filter(|session| settlement.session_before != Some(session.id));
        let forgotten = self.files_to_forget(&settlement).await;
        let settled = loop {
            match self.app.store.settle(settlement.clone()).await {
                Err(SettleError::Store(failed)) if failed.kind() == FailureKind::Unavailable => {
                    wait(&failed).await;
                }
                settled => break settled?,
            }
        };
        self.forget(forgotten).await;
        let counts = !test_number::is_test(&settlement.business);
        if let Some(event) = settlement.event.as_ref().filter(|_| counts) {
            telemetry::turn(event, since.elapsed());
        }
        log_turn(&settlement, since);
        if let Some(session) = new_session.filter(|_| counts) {
            telemetry::session(&session.agent, matches!(settlement.done, Done::Dead(_)));
        }
        let (forwards, replies) = settled.queued.into_iter().partition(|row| row.url.is_some());
        self.outbox.push(replies);
        self.forwards.push(forwards);
        self.run(settled.woken, Instant::now());
        Ok(settled.next)
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
            error!("a message could not be postponed: {failed}");
        }
    }

    /// Claims lanes that are due, brings notices and renews leases, until the task is dropped. Renewing waits for no claim.
    pub async fn poll(self, looks: Looks) {
        tokio::select! {
            () = self.follow(looks) => {}
            () = self.renew() => {}
        }
    }

    /// Renews the leases of the lanes that have a task.
    async fn renew(&self) {
        let mut ticks = tokio::time::interval(RENEW);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let lanes: Vec<i64> = self.leased.lanes().keys().copied().collect();
            if let Err(failed) = self.app.store.renew(&lanes, self.app.clock.now()).await {
                warn!("the leases could not be renewed: {failed}");
            }
        }
    }

    /// Claims lanes that are due, and brings notices.
    async fn follow(&self, mut looks: Looks) {
        let mut bring_at = tokio::time::Instant::now();
        while let Some(look) = looks.next().await {
            let now = self.app.clock.now();
            if look.turns {
                self.claim(now).await;
            }
            if look.notices || tokio::time::Instant::now() >= bring_at {
                bring_at = tokio::time::Instant::now() + BRING;
                match self.app.store.bring_due(now).await {
                    Ok(claims) => self.run(claims, Instant::now()),
                    Err(failed) => warn!("due notices could not be queued: {failed}"),
                }
            }
        }
    }

    /// Claims lanes that are due, look after look while there is room for all that one brings.
    async fn claim(&self, now: i64) {
        loop {
            let limit = RUNNING_MAX.saturating_sub(self.running.len()).clamp(*CLAIMS.start(), *CLAIMS.end());
            match self.app.store.claim_due(now, limit as i64).await {
                Ok(claims) => {
                    let n_claims = claims.len();
                    self.run(claims, Instant::now());
                    // With the fewest, nothing is gained by haste: too many run already.
                    if limit == *CLAIMS.start() || n_claims < limit {
                        return;
                    }
                }
                Err(failed) => return warn!("due lanes could not be claimed: {failed}"),
            }
            tokio::time::sleep(POLL_AGAIN).await;
        }
    }

    /// Waits until every running lane has ended.
    pub async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
        info!("every running turn has ended");
    }
}

/// The line of a turn. It has no number and no words.
fn log_turn(settlement: &Settlement, since: Instant) {
    let event = settlement.event.as_ref();
    let answer = match (&settlement.done, settlement.why) {
        (Done::Dead(_), _) => "given up",
        (Done::Held, _) => "held",
        (_, Some(why)) => why.as_str(),
        _ if settlement.replies.iter().any(|reply| reply.url.is_some()) => "forwarded",
        _ if event.is_some_and(|event| event.failed) => "apology",
        _ => "answered",
    };
    info!(
        agent.name = event.map(|event| event.agent.as_str()),
        agent.version = event.and_then(|event| event.version.as_deref()),
        reason = event.map(|event| event.intent.as_str()),
        replies = settlement.replies.len(),
        ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        "turn: {answer}"
    );
}

/// Waits for a database that is away.
async fn wait(failed: &(dyn std::fmt::Display + Sync)) {
    warn!("a turn waits for the database: {failed}");
    tokio::time::sleep(AWAY).await;
}

/// The result of a turn is of no use any more.
fn lost_lease() -> Option<Claim> {
    warn!("the turn's result is dropped, since the lane's lease was lost; the host that has it now answers");
    None
}
