//! The one writer: callers hand it operations, it takes all that wait, commits them together and answers them after the commit.
//!
//! sqlx hands every execution to the connection's own thread, which costs about as much as the commit's flush; so a batch is
//! *one* execution of one script. If the script fails, the batch is rolled back and its operations are tried one by one, so
//! that one bad operation never fails another.

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Row,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    SettleError, StoreError, StoreOptions,
    batch::{self, Ids},
    people::People,
    prepared::Prepared,
    types::{Ingested, SendResult, Settled, Settlement},
};
use crate::inbox::Delivery;

/// Operations in one commit, at the most: bounds how long the first of them waits.
const BATCH_MAX: usize = 256;

/// Bytes of bodies in one commit, about: a body has 3 MB at the most.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Operations that may wait; beyond, callers wait with them.
const QUEUE: usize = 4096;

/// How often the write-ahead log is copied back into the database, beside the writer.
const CHECKPOINT: Duration = Duration::from_millis(100);

/// Beyond this length, in pages of 4 KiB, the writer begins the log anew: a log that never rests would grow for ever.
const WAL_FRAMES_MAX: i64 = 8192;

/// A settled turn, its lane's next claim, and the claims of the lanes that it woke.
pub(super) type SettledRows = (Settled, Option<SqliteRow>, Vec<SqliteRow>);

/// Something to write, and where its answer goes; claims go there as rows, see [`claims`](super::claims).
pub(super) enum Op {
    Ingest(Delivery, oneshot::Sender<Result<(Ingested, Vec<SqliteRow>), StoreError>>),
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
        answer: oneshot::Sender<Result<Vec<SqliteRow>, StoreError>>,
    },
    /// Notices whose time has come, and what is written with them (rows of [`effects`](super::effects)).
    Queue {
        notices: Vec<Queued>,
        marks: Vec<serde_json::Value>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<SqliteRow>, StoreError>>,
    },
    SendBegins(Vec<i64>, oneshot::Sender<Result<Vec<i64>, StoreError>>),
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
    pub(super) values: Vec<Value>,
}

/// A value of a [`Statement`].
pub(super) enum Value {
    Int(i64),
    Text(String),
}

/// The way to the writer.
pub(super) struct Writer {
    ops: mpsc::Sender<Op>,
}

impl Writer {
    pub(super) async fn start(
        mut connection: SqliteConnection,
        connect: SqliteConnectOptions,
        path: &Path,
        options: &StoreOptions,
    ) -> Result<Writer, StoreError> {
        let ids = Ids::read(&mut connection).await?;
        let people = People::load(options.bucket, &mut connection).await?;
        let (ops, inbox) = mpsc::channel(QUEUE);
        // What a crash left in the log is copied back too.
        let log = Arc::new(Log { written: AtomicBool::new(true), long: AtomicBool::new(false) });
        let checkpointer = connect.pragma("wal_autocheckpoint", "0").connect().await?;
        let database = File::open(path).map_err(sqlx::Error::Io)?;
        tokio::spawn(checkpoint(checkpointer, database, ops.downgrade(), log.clone()));
        // The random end of an id: short, since it stands in every lane's row.
        let node = uuid::Uuid::now_v7().simple().to_string()[20..].to_owned();
        let task = Task { connection, ids, people, log, node };
        // A thread of its own: among the turns it would wait for them, and they for it.
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(sqlx::Error::Io)?;
        let thread = std::thread::Builder::new().name("writer".into());
        thread.spawn(move || runtime.block_on(task.run(inbox))).map_err(sqlx::Error::Io)?;
        Ok(Writer { ops })
    }

    /// Hands over an operation and waits for its commit.
    pub(super) async fn ask<T>(&self, op: impl FnOnce(oneshot::Sender<T>) -> Op) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.ops.send(op(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    /// Runs a rare statement; gives the number of rows it changed.
    pub(super) async fn plain(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.ask(|answer| Op::Plain(Statement { sql, values }, answer)).await?
    }
}

/// What the writer and whoever copies its log back tell each other of the log.
struct Log {
    /// Something was written since it was copied back last.
    written: AtomicBool,
    /// It is long, and nearly all of it is copied back: the writer may begin it anew.
    long: AtomicBool,
}

/// What the writer's task owns.
pub(super) struct Task {
    pub(super) connection: SqliteConnection,
    pub(super) ids: Ids,
    pub(super) people: People,
    log: Arc<Log>,
    /// This process, in leases.
    pub(super) node: String,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Op>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while inbox.recv_many(&mut waiting, BATCH_MAX).await > 0 {
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
            self.log.written.store(true, Ordering::Relaxed);
            if self.log.long.swap(false, Ordering::Relaxed) {
                // Little is left to copy, so this is short; and only the writer can do it under never-ending load. The file is
                // written over, not cut: a commit that need not lengthen it is flushed faster. A reader in the way is not
                // waited for: there will be another moment.
                let anew = "pragma busy_timeout = 20; pragma wal_checkpoint(restart); pragma busy_timeout = 5000";
                let _ = sqlx::raw_sql(anew).execute(&mut self.connection).await;
            }
        }
        let _ = self.connection.close().await;
    }

    /// Commits operations together; where that fails, each alone.
    async fn commit(&mut self, mut ops: Vec<Op>) {
        let alone = ops.len() == 1;
        let failed = match batch::run(self, &mut ops).await {
            Ok(outcomes) => return batch::answer(ops, outcomes),
            Err(failed) => failed,
        };
        let _ = sqlx::query("rollback").execute(&mut self.connection).await;
        self.people.rolled_back();
        if alone {
            return batch::refuse(ops, failed);
        }
        tracing::warn!(ops = ops.len(), "a batch is tried again one by one: {failed}");
        for op in ops {
            Box::pin(self.commit(vec![op])).await;
        }
    }

    async fn plain(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let mut query = sqlx::query(statement.sql);
        for value in statement.values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
            };
        }
        Ok(query.execute(&mut self.connection).await?.rows_affected())
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

/// Copies the log back beside the writer, and asks the writer to begin the log anew once it is long. Ends with the store.
async fn checkpoint(mut connection: SqliteConnection, database: File, ops: mpsc::WeakSender<Op>, state: Arc<Log>) {
    let database = Arc::new(database);
    while ops.upgrade().is_some() {
        tokio::time::sleep(CHECKPOINT).await;
        if !state.written.swap(false, Ordering::Relaxed) {
            continue;
        }
        let (log, copied) = match sqlx::query("pragma wal_checkpoint(passive)").fetch_one(&mut connection).await {
            Ok(row) => (row.get::<i64, _>(1), row.get::<i64, _>(2)),
            Err(error) => {
                tracing::warn!("the write-ahead log could not be copied back: {error}");
                continue;
            }
        };
        // Under load the log grows meanwhile, so SQLite leaves it to whoever begins it anew to flush what was copied. That is the
        // writer, who has no time for it.
        let copy = database.clone();
        let _ = tokio::task::spawn_blocking(move || copy.sync_data()).await;
        if log > WAL_FRAMES_MAX && log - copied < WAL_FRAMES_MAX / 8 {
            state.long.store(true, Ordering::Relaxed);
        }
    }
}
