//! The writer: callers hand it operations, it takes all that wait, commits them together and answers them after the commit.
//!
//! A batch is *one* script in one transaction; if the script fails, the batch is rolled back and its operations are tried one by one, so
//! that one bad operation never fails another.
//!
//! A connection has a thread and a queue of its own. SQLite has one, since one writes at a time. A host on Postgres has two: one stores
//! deliveries, in the order in which they came, the other writes all else. What must be in order between the two, the database's locks
//! order, as between hosts.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use super::{
    SettleError, StoreError,
    batch::{self, Ids},
    claims::Claimed,
    db::{Arg, Connection},
    effects::Mark,
    people::People,
    postgres::{self, Link},
    prepared::Prepared,
    sqlite::{self, Log},
    types::{Ingested, SendResult, Settled, Settlement},
};
use switchboard_core::inbox::Delivery;

/// Operations in one commit, at the most: bounds how long the first of them waits.
const BATCH_MAX: usize = 256;

/// From so many operations on, a batch waits for company, at the most so long: what a commit costs is shared by all that are in it, and
/// under such a load everybody waits for the processor anyway.
const CROWD: usize = 16;
const COMPANY: Duration = Duration::from_millis(1);

/// Bytes of bodies in one commit, about: a body has 3 MB at the most.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Operations that may wait; beyond, callers wait with them.
const QUEUE: usize = 4096;

/// How often a batch is tried that other nodes stood in the way of.
const TRIES: u32 = 4;

/// A settled turn, its lane's next claim, and the claims of the lanes that it woke.
pub(super) type SettledRows = (Settled, Option<Claimed>, Vec<Claimed>);

/// Something to write, and where its answer goes; claims go there unread, see [`claims`](super::claims).
pub(super) enum Op {
    Ingest(Delivery, oneshot::Sender<Result<(Ingested, Vec<Claimed>), StoreError>>),
    Settle {
        settlement: Box<Settlement>,
        /// None once a batch has used it up: if that fails, it is made again.
        prepared: Option<Prepared>,
        answer: oneshot::Sender<Result<SettledRows, SettleError>>,
    },
    /// Lanes that nobody woke: due retries, leases run out.
    Claim {
        lanes: Vec<i64>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    /// Notices whose time has come, and what is written with them (rows of [`effects`](super::effects)).
    Queue {
        notices: Vec<Queued>,
        marks: Vec<Mark>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    SendBegins {
        ids: Vec<i64>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<i64>, StoreError>>,
    },
    SendEnded {
        id: i64,
        result: SendResult,
        now: i64,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Any other statement, in the batch's turn but in a transaction of its own.
    Plain(Statement, oneshot::Sender<Result<u64, StoreError>>),
}

/// A notice to put into a person's lane.
#[derive(Clone)]
pub(super) struct Queued {
    pub(super) agent: String,
    pub(super) person: uuid::Uuid,
    pub(super) business: String,
    /// The contract's content, as JSON.
    pub(super) content: String,
}

/// A statement with its values: for what is rare.
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Arg>,
}

/// The ways to the writer.
pub(super) struct Writer {
    deliveries: mpsc::Sender<Op>,
    all_else: mpsc::Sender<Op>,
    /// This process, in leases.
    pub(super) node: String,
}

impl Writer {
    /// Starts the writer on a connection, or on one for deliveries and a second for all else; also gives a handle that lives as long as
    /// somebody may write.
    pub(super) fn start(
        first: Database,
        second: Option<Database>,
    ) -> Result<(Writer, mpsc::WeakSender<Op>), StoreError> {
        // The random end of an id: short, since it stands in every lane's row.
        let node = uuid::Uuid::now_v7().simple().to_string()[20..].to_owned();
        let deliveries = first.start(&node)?;
        let all_else = second.map_or_else(|| Ok(deliveries.clone()), |second| second.start(&node))?;
        let alive = deliveries.downgrade();
        Ok((Writer { deliveries, all_else, node }, alive))
    }

    /// Hands over an operation and waits for its commit.
    pub(super) async fn ask<T>(&self, op: impl FnOnce(oneshot::Sender<T>) -> Op) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let op = op(answer);
        let way = if matches!(op, Op::Ingest(..)) { &self.deliveries } else { &self.all_else };
        way.send(op).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    /// Runs a rare statement; gives the number of rows it changed.
    pub(super) async fn plain(&self, sql: &'static str, values: Vec<Arg>) -> Result<u64, StoreError> {
        self.ask(|answer| Op::Plain(Statement { sql, values }, answer)).await?
    }
}

/// What the writer writes to.
pub(super) struct Database {
    pub(super) connection: Connection,
    pub(super) ids: Ids,
    pub(super) people: People,
    /// SQLite's.
    pub(super) log: Option<Arc<Log>>,
    /// Postgres's.
    pub(super) link: Option<Link>,
}

impl Database {
    /// Starts writing to it; gives the way there.
    fn start(self, node: &str) -> Result<mpsc::Sender<Op>, StoreError> {
        let (ops, inbox) = mpsc::channel(QUEUE);
        let Database { connection, ids, people, log, link } = self;
        let statements = sqlite::batch::Statements::default();
        let task = Task { connection, link, ids, people, log, node: node.to_owned(), statements };
        // A thread of its own: among the turns it would wait for them, and they for it.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(sqlx::Error::Io)?;
        let thread = std::thread::Builder::new().name("writer".into());
        thread.spawn(move || runtime.block_on(task.run(inbox))).map_err(sqlx::Error::Io)?;
        Ok(ops)
    }
}

/// What the writer's task owns.
pub(super) struct Task {
    pub(super) connection: Connection,
    pub(super) ids: Ids,
    pub(super) people: People,
    pub(super) node: String,
    /// SQLite's.
    pub(super) statements: sqlite::batch::Statements,
    pub(super) link: Option<Link>,
    log: Option<Arc<Log>>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Op>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while inbox.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            if waiting.len() >= CROWD {
                let until = Instant::now() + COMPANY;
                while waiting.len() < BATCH_MAX
                    && let room = BATCH_MAX - waiting.len()
                    && let Ok(1..) = timeout_at(until, inbox.recv_many(&mut waiting, room)).await
                {}
            }
            let (plain, mut ops): (Vec<Op>, Vec<Op>) = waiting.drain(..).partition(|op| matches!(op, Op::Plain(..)));
            for op in plain {
                if let Op::Plain(statement, answer) = op {
                    let _ = answer.send(self.plain(statement).await);
                }
            }
            while !ops.is_empty() {
                let rest = ops.split_off(batch_of(&ops));
                self.commit(std::mem::replace(&mut ops, rest)).await;
            }
            if let Some(log) = &self.log {
                log.written(&self.connection);
            }
        }
        self.connection.close().await;
    }

    /// Commits operations together; where that fails, each alone.
    async fn commit(&mut self, mut ops: Vec<Op>) {
        let alone = ops.len() == 1;
        let mut tries = TRIES;
        let failed = loop {
            tries -= 1;
            let failed = match self.attempt(&mut ops).await {
                Ok(outcomes) => return batch::answer(ops, outcomes),
                Err(failed) => failed,
            };
            if self.is_lost(&failed) {
                // Whether it was committed is not known. Nobody is told that it was: what is asked for again is known again.
                self.people.rolled_back();
                return batch::refuse(ops, failed);
            }
            let _ = self.connection.execute("rollback", Vec::new()).await;
            self.people.rolled_back();
            if tries == 0 || !postgres::is_transient(&failed) {
                break failed;
            }
        };
        if alone {
            return batch::refuse(ops, failed);
        }
        tracing::warn!(ops = ops.len(), "a batch is tried again one by one: {failed}");
        for op in ops {
            Box::pin(self.commit(vec![op])).await;
        }
    }

    async fn attempt(&mut self, ops: &mut [Op]) -> Result<Vec<batch::Outcome>, sqlx::Error> {
        if let Some(link) = &mut self.link {
            link.restore(&mut self.connection).await?;
            return postgres::in_time(batch::run(self, ops)).await;
        }
        batch::run(self, ops).await
    }

    async fn plain(&mut self, statement: Statement) -> Result<u64, StoreError> {
        if let Some(link) = &mut self.link {
            link.restore(&mut self.connection).await?;
        }
        let ran = self.connection.execute_alone(statement.sql, statement.values);
        let ran = if self.link.is_some() { postgres::in_time(ran).await } else { ran.await };
        if let Err(failed) = &ran {
            self.is_lost(failed);
        }
        Ok(ran?)
    }

    /// Whether the connection is of no more use; it is made anew then.
    fn is_lost(&mut self, failed: &sqlx::Error) -> bool {
        self.link.as_mut().is_some_and(|link| link.lost(failed))
    }
}

/// How many of these go into one commit.
fn batch_of(ops: &[Op]) -> usize {
    let mut bytes = 0;
    let fit = ops.iter().take_while(|op| {
        bytes += if let Op::Ingest(delivery, _) = op { delivery.body.len() } else { 0 };
        bytes <= BATCH_BYTES_MAX
    });
    fit.count().max(1)
}
