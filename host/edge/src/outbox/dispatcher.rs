//! The dispatcher's loop: takes rows, begins them in the database, sends them, and stores what came of it.

use std::{sync::Arc, time::Duration};

use switchboard_core::{seldom::Seldom, test_number};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior},
};

use super::{
    pending::{Pending, Ready},
    port::{Carrier, DispatchOptions, Outbox},
    verdict::{NumberVerdict, Numbers, Verdict},
};
use switchboard_store::{Noted, Outgoing, SendEnd, SendResult};

/// Logs an error at most once in ten seconds, with how often it happened since.
macro_rules! seldom_error {
    ($($line:tt)+) => {{
        static TOLD: Seldom = Seldom::line();
        if let Some(times) = TOLD.hit(std::time::Instant::now()) {
            tracing::error!(times, $($line)+);
        }
    }};
}

/// How soon the database is asked again that gave no answer, at the latest.
const AGAIN: Duration = Duration::from_secs(1);

/// The most rows in one query.
const DUE_MAX: i64 = 1000;

/// What is handed to a dispatcher.
pub(super) enum Work {
    /// Rows that are committed as queued.
    Rows(Vec<Outgoing>),
    /// Lanes where something may be due now.
    Lanes(Vec<i64>),
    /// Something is due in a lane that nobody has.
    Due,
}

/// An event from a task of the dispatcher.
enum Event {
    /// A row's end is stored, or it is not to be sent. Whether its lane stays with this host.
    Ended { lane_id: i64, goes_on: bool },
    /// A row did not begin, since it is not as it was read: the database decides how its lane goes on.
    NotBegun { lane_id: i64 },
    /// A business number rests.
    Rests { business: String },
    /// A business number's rest is over.
    Recovered,
    /// A batch was begun, or could not be.
    Begun,
    /// Rows of lanes that this host has.
    Rows(Vec<Outgoing>),
    /// The due rows from the database.
    Due(Vec<Outgoing>),
    /// The number of hosts that live.
    Hosts(usize),
}

pub(super) async fn run<O: Outbox, C: Carrier>(
    outbox: Arc<O>,
    carrier: Arc<C>,
    mut options: DispatchOptions,
    mut work: mpsc::UnboundedReceiver<Work>,
    mut stop: oneshot::Receiver<()>,
) {
    let (tell, mut events) = mpsc::unbounded_channel();
    let tasks = Arc::new(Tasks { outbox, carrier, numbers: Numbers::default(), options: options.clone(), tell });
    let claim = |lanes| drop(tokio::spawn(tasks.clone().claim(lanes)));
    let per_second = options.per_second;
    let mut pending = Pending::default();
    let (mut beginning, mut asking, mut stopping) = (false, false, false);
    let (mut poll, mut renew) = (every(options.poll), every(options.renew));
    let mut deadline = Instant::now();
    loop {
        let mut wait = None;
        if !beginning && !stopping {
            let Ready { rows, wait: pace } = pending.take(tasks.now(), &options);
            wait = pace.map(|ms| Duration::from_millis(ms.clamp(1, 60_000) as u64));
            if !rows.is_empty() {
                beginning = true;
                let now = tasks.now();
                let paced = |row: Outgoing| Outgoing { pair_at: pending.pair_after(row.lane_id, now, &options), ..row };
                tokio::spawn(tasks.clone().begin(rows.into_iter().map(paced).collect()));
            }
        }
        if stopping && pending.in_flight() == 0 {
            return;
        }
        tokio::select! {
            Some(work) = work.recv(), if !stopping => match work {
                Work::Rows(rows) => pending.put(rows),
                Work::Lanes(lanes) => claim(lanes),
                Work::Due => poll.reset_immediately(),
            },
            Some(event) = events.recv() => match event {
                Event::Ended { lane_id, goes_on } => {
                    if pending.ended(lane_id, goes_on) {
                        claim(vec![lane_id]);
                    }
                }
                Event::NotBegun { lane_id } => {
                    pending.ended(lane_id, false);
                    claim(vec![lane_id]);
                }
                Event::Rests { business } => claim(pending.drop_number(&business)),
                Event::Recovered => poll.reset_immediately(),
                Event::Begun => beginning = false,
                Event::Rows(rows) => pending.put(rows),
                Event::Due(rows) => {
                    asking = false;
                    // There may be more than one query brings.
                    if rows.len() as i64 >= DUE_MAX {
                        poll.reset_immediately();
                    }
                    pending.put(rows);
                }
                Event::Hosts(hosts) => options.per_second = per_second / hosts.max(1) as f64,
            },
            _ = poll.tick(), if !asking && !stopping => {
                let room = options.held_max.saturating_sub(pending.held());
                if room > 0 {
                    asking = true;
                    tokio::spawn(tasks.clone().ask(DUE_MAX.min(room as i64)));
                }
            }
            _ = renew.tick() => drop(tokio::spawn(tasks.clone().renew(pending.lanes()))),
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

fn every(interval: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(interval);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// What the tasks of a dispatcher share.
struct Tasks<O, C> {
    outbox: Arc<O>,
    carrier: Arc<C>,
    numbers: Numbers,
    options: DispatchOptions,
    tell: mpsc::UnboundedSender<Event>,
}

impl<O: Outbox, C: Carrier> Tasks<O, C> {
    fn now(&self) -> i64 {
        (self.options.clock)()
    }

    /// The loop may have ended, if stopping timed out.
    fn tell(&self, event: Event) {
        let _ = self.tell.send(event);
    }

    /// Asks for lanes that nobody has.
    async fn ask(self: Arc<Self>, limit: i64) {
        let now = self.now();
        let rows = self.outbox.due(now, limit, self.options.next_probe(now, now)).await.unwrap_or_else(|error| {
            seldom_error!(%error, "the outbox cannot be read; retrying");
            Vec::new()
        });
        self.tell(Event::Due(rows));
    }

    /// Asks for the first rows of lanes that this host may have.
    async fn claim(self: Arc<Self>, lanes: Vec<i64>) {
        if lanes.is_empty() {
            return;
        }
        // Again and again: a lane that was claimed and not read would wait for its lease to run out.
        loop {
            match self.outbox.claim(lanes.clone(), self.now()).await {
                Ok(rows) => return self.tell(Event::Rows(rows)),
                Err(error) => seldom_error!(%error, "lanes with something to send cannot be claimed; retrying"),
            }
            if self.tell.is_closed() {
                return;
            }
            tokio::time::sleep(self.options.poll.min(AGAIN)).await;
        }
    }

    async fn renew(self: Arc<Self>, lanes: Vec<i64>) {
        match self.outbox.renew(lanes, self.now()).await {
            Ok(hosts) => self.tell(Event::Hosts(hosts)),
            Err(error) => tracing::warn!(%error, "the send leases could not be renewed"),
        }
    }

    /// Begins rows in one commit, and sends those that were begun.
    async fn begin(self: Arc<Self>, rows: Vec<Outgoing>) {
        let read = rows.iter().map(|row| (row.id, row.version, row.probe)).collect();
        match self.outbox.begin(read, self.now()).await {
            Ok(begun) => {
                for row in rows {
                    if begun.sending.contains(&row.id) {
                        // Each change of a row makes its next version.
                        tokio::spawn(self.clone().send(Outgoing { version: row.version + 1, ..row }));
                    } else if begun.barred.contains(&row.id) {
                        tracing::info!(
                            outbox = row.id,
                            "a message is not sent: the person has opted out, or the 24-hour window is closed"
                        );
                        count(&row, "barred");
                        tokio::spawn(self.clone().barred(row));
                    } else {
                        self.tell(Event::NotBegun { lane_id: row.lane_id });
                    }
                }
            }
            Err(error) => {
                seldom_error!(%error, n_rows = rows.len(), "rows cannot be marked as sending; they stay queued");
                tokio::time::sleep(self.options.poll.min(AGAIN)).await;
                for row in rows {
                    self.tell(Event::NotBegun { lane_id: row.lane_id });
                }
            }
        }
        self.tell(Event::Begun);
    }

    async fn barred(self: Arc<Self>, row: Outgoing) {
        self.window_closed(row.id).await;
        self.tell(Event::NotBegun { lane_id: row.lane_id });
    }

    /// What a row said waits for its person, if it was the window that closed.
    async fn window_closed(&self, id: i64) {
        if let Err(error) = self.outbox.window_closed(id, self.now()).await {
            tracing::error!(%error, outbox = id, "what could not be sent outside the 24-hour window could not be kept for later");
        }
    }

    async fn send(self: Arc<Self>, row: Outgoing) {
        let (began, began_at) = (Instant::now(), self.now());
        let outcome = self.carrier.send(&row).await;
        if !test_number::is_test(&row.business) {
            metrics::histogram!("switchboard_send_seconds").record(began.elapsed().as_secs_f64());
        }
        let Verdict { result, number, is_window_closed } =
            self.numbers.judge(&row, outcome, began_at, self.now(), &self.options);
        let word = match &result {
            SendResult::Taken { .. } => "sent",
            SendResult::Refused { .. } | SendResult::PutBack { .. } => "retry",
            SendResult::Lost { .. } => "unknown",
            SendResult::Failed { .. } => "dead",
        };
        count(&row, word);
        if let NumberVerdict::Rests(until, why) = &number {
            self.rest(&row.business, *until, why).await;
        }
        self.settle(&row, result).await;
        if is_window_closed {
            self.window_closed(row.id).await;
        }
        if number == NumberVerdict::Took {
            match self.outbox.took(&row.business, self.now()).await {
                Ok(true) => {
                    tracing::info!(business = row.business, "Meta takes messages from this business number again");
                    self.tell(Event::Recovered);
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "it could not be noted that a business number's messages are taken")
                }
            }
        }
    }

    /// Lets a business number rest, for all hosts. Before the row is put back: otherwise it would go again at once.
    async fn rest(&self, business: &str, until: i64, why: &str) {
        tracing::warn!(business, "Meta takes nothing from this business number; it rests, and is probed: {why}");
        if let Err(error) = self.outbox.rest(business, until, why, self.now()).await {
            tracing::error!(%error, business, "it could not be noted that a business number rests");
        }
        self.tell(Event::Rests { business: business.to_owned() });
    }

    /// Stores what came of a send, retrying until it succeeds: without it, the row would be sent again.
    async fn settle(&self, row: &Outgoing, result: SendResult) {
        if let SendResult::Failed { error } = &result {
            tracing::warn!(outbox = row.id, error, "a message to a person will not be sent");
        }
        let end = SendEnd { id: row.id, version: row.version, lane_id: row.lane_id, pair_at: row.pair_at, result };
        let mut pause = Duration::from_millis(100);
        let Noted { fits, goes_on } = loop {
            match self.outbox.finished(end.clone(), self.now()).await {
                Ok(noted) => break noted,
                Err(error) => {
                    seldom_error!(%error, outbox = row.id, "the result of a send cannot be stored; retrying");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(10));
                }
            }
        };
        if !fits {
            metrics::counter!("switchboard_outbox_misfits_total").increment(1);
            tracing::warn!(outbox = row.id, result = ?end.result, "the result of a send was dropped: its row has changed meanwhile, by a status or at another host");
        }
        self.tell(Event::Ended { lane_id: row.lane_id, goes_on });
    }
}

/// Counts what came of a send. Those of test numbers are in no figure.
fn count(row: &Outgoing, result: &'static str) {
    if !test_number::is_test(&row.business) {
        metrics::counter!("switchboard_sends_total", "result" => result).increment(1);
    }
}
