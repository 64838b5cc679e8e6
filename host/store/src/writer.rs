//! The writer: callers hand it operations, it takes all that wait, commits them together and answers them after the commit.
//!
//! A batch is *one* script in one transaction; if the script fails, the batch is rolled back and its operations are tried one by one, so
//! that one bad operation never fails another.
//!
//! A connection has a thread and a queue of its own. SQLite has one, since one writes at a time. A host on Postgres has two: one stores
//! deliveries, in the order in which they came, the other writes all else. What must be in order between the two, the database's locks
//! order, as between hosts.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use crate::{
    StoreError,
    backend::{Backend, Fate},
    batch::{self, Known},
    op::{Op, Statement},
    outcome,
    value::Arg,
    write_state::WriteState,
};

/// Operations in one commit, at the most: bounds how long the first of them waits.
const BATCH_MAX: usize = 256;

/// Group-commit delay: a batch of at least so many operations waits so long for more. They share what the commit costs, and under such
/// a load everybody waits for the processor anyway.
const GROUP_COMMIT_FROM: usize = 16;
const GROUP_COMMIT_DELAY: Duration = Duration::from_millis(1);

/// Bytes of bodies in one commit, about: a body has 3 MB at the most.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Operations that may wait; beyond, callers wait with them.
const QUEUE: usize = 4096;

/// How often a batch is tried that other nodes stood in the way of.
const TRIES: u32 = 4;

/// One way to the writer, and what came of its last attempts.
pub(super) struct Way<'a> {
    pub(super) ops: &'a mpsc::Sender<Op>,
    pub(super) state: &'a WriteState,
}

/// The ways to the writer.
pub(super) struct Writer {
    deliveries: (mpsc::Sender<Op>, WriteState),
    all_else: (mpsc::Sender<Op>, WriteState),
    /// This process, in leases.
    pub(super) node: String,
}

impl Writer {
    /// Starts the writer: on one connection, or on one for deliveries and a second for all else. Also gives a handle that lives as
    /// long as somebody may write.
    pub(super) fn start<B: Backend + Send>(
        node: String,
        first: (B, Known),
        second: Option<(B, Known)>,
    ) -> Result<(Writer, mpsc::WeakSender<Op>), StoreError> {
        let deliveries = start(first)?;
        let all_else = second.map_or_else(|| Ok(deliveries.clone()), start)?;
        let alive = deliveries.0.downgrade();
        Ok((Writer { deliveries, all_else, node }, alive))
    }

    /// A name for this process: the host's name and the random end of an id.
    pub(super) fn new_node(host_name: &str) -> String {
        format!("{host_name}-{}", &uuid::Uuid::now_v7().simple().to_string()[24..])
    }

    /// Hands over an operation and waits for its commit.
    pub(super) async fn ask<T>(&self, op: impl FnOnce(oneshot::Sender<T>) -> Op) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let op = op(answer);
        let (way, _) = if matches!(op, Op::Ingest(..)) { &self.deliveries } else { &self.all_else };
        way.send(op).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    /// Both ways; they are the same one on SQLite.
    pub(super) fn ways(&self) -> [Way<'_>; 2] {
        [&self.deliveries, &self.all_else].map(|(ops, state)| Way { ops, state })
    }

    /// Runs a rare statement; gives the number of rows it changed.
    pub(super) async fn plain(&self, sql: &'static str, values: Vec<Arg>) -> Result<u64, StoreError> {
        self.plain_all(vec![Statement { sql, values }]).await
    }

    /// Runs rare statements in one transaction; none is kept if the first changes no row. Gives the number of rows that the first changed.
    pub(super) async fn plain_all(&self, statements: Vec<Statement>) -> Result<u64, StoreError> {
        self.ask(|answer| Op::Plain(statements, answer)).await?
    }
}

/// Starts a thread that writes to a connection; gives the way there.
fn start<B: Backend + Send>((backend, known): (B, Known)) -> Result<(mpsc::Sender<Op>, WriteState), StoreError> {
    let (ops, inbox) = mpsc::channel(QUEUE);
    // A thread of its own: among the turns it would wait for them, and they for it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StoreError::Start)?;
    let thread = std::thread::Builder::new().name("writer".into());
    let state = WriteState::default();
    let task = Task { backend, known, state: state.clone() };
    thread.spawn(move || runtime.block_on(task.run(inbox))).map_err(StoreError::Start)?;
    Ok((ops, state))
}

/// What the writer's thread owns.
struct Task<B> {
    backend: B,
    known: Known,
    state: WriteState,
}

impl<B: Backend> Task<B> {
    async fn run(mut self, mut inbox: mpsc::Receiver<Op>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while inbox.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            if waiting.len() >= GROUP_COMMIT_FROM {
                let until = Instant::now() + GROUP_COMMIT_DELAY;
                while waiting.len() < BATCH_MAX
                    && let room = BATCH_MAX - waiting.len()
                    && let Ok(1..) = timeout_at(until, inbox.recv_many(&mut waiting, room)).await
                {}
            }
            let (plain, mut ops): (Vec<Op>, Vec<Op>) = waiting.drain(..).partition(|op| matches!(op, Op::Plain(..)));
            for op in plain {
                if let Op::Plain(statements, answer) = op {
                    let ran = self.backend.run(statements).await;
                    if let Err(failed) = &ran {
                        self.state.failed(failed, false);
                    }
                    let _ = answer.send(ran.map_err(StoreError::from));
                }
            }
            while !ops.is_empty() {
                let rest = ops.split_off(batch_of(&ops));
                self.commit(std::mem::replace(&mut ops, rest)).await;
            }
            self.backend.rests();
        }
        self.backend.close().await;
    }

    /// Commits operations together; where that fails, each alone.
    async fn commit(&mut self, mut ops: Vec<Op>) {
        let alone = ops.len() == 1;
        let has_delivery = ops.iter().any(|op| matches!(op, Op::Ingest(..)));
        let mut tries = TRIES;
        let (failed, fate) = loop {
            tries -= 1;
            let failed = match batch::run(&mut self.backend, &mut self.known, &mut ops).await {
                Ok((outcomes, sends)) => {
                    if has_delivery {
                        self.state.stored();
                    }
                    return outcome::answer(ops, outcomes, &sends);
                }
                Err(failed) => failed,
            };
            let fate = self.backend.fate(&failed);
            if fate == Fate::Lost {
                // The outcome is not known, so callers get an error; what they ask for again is idempotent.
                self.known.people.rolled_back();
                self.state.failed(&failed, has_delivery);
                return outcome::refuse(ops, failed, false);
            }
            self.backend.roll_back().await;
            self.known.people.rolled_back();
            if tries == 0 || fate != Fate::Again {
                break (failed, fate);
            }
        };
        if alone {
            if fate != Fate::Fenced {
                self.state.failed(&failed, has_delivery);
            }
            return outcome::refuse(ops, failed, fate == Fate::Fenced);
        }
        tracing::warn!(ops = ops.len(), "a batch is tried again one by one: {failed}");
        for op in ops {
            Box::pin(self.commit(vec![op])).await;
        }
    }
}

/// How many of these go into one commit.
fn batch_of(ops: &[Op]) -> usize {
    let mut bytes = 0;
    let fit = ops.iter().take_while(|op| {
        bytes += if let Op::Ingest(part, _) = op { part.delivery.body.len() } else { 0 };
        bytes <= BATCH_BYTES_MAX
    });
    fit.count().max(1)
}
