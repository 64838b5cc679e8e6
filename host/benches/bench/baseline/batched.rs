//! The batched floor: one writer thread that commits all that waits (group commit), SQLite called without a detour, the log
//! copied back by another thread, the tuned sandbox. No order, flags or sessions to read: a ceiling, not a host.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, oneshot},
};

use super::{
    pipeline::{DONE, RECEIVE, SETTLE, Sandbox, TABLES, checked},
    wasm_loop::Pool,
};
use crate::child::{RECEIVED, Tally, serve};

/// Operations in one commit, at the most.
const BATCH_MAX: usize = 256;

/// Messages answered at once.
const WORKERS: usize = 2;

/// How often the log is copied back into the database.
const CHECKPOINT: Duration = Duration::from_millis(100);

enum Op {
    Receive { wamid: String, phone: String, payload: String, at: i64, stored: oneshot::Sender<()> },
    Settle { id: i64, phone: String, reply: String, at: i64 },
}

/// A stored message, to be answered.
struct Job {
    id: i64,
    phone: String,
    payload: String,
    at: i64,
}

#[derive(Clone)]
struct Pipeline {
    ops: mpsc::Sender<Op>,
    sandbox: Arc<Sandbox>,
    workers: Arc<Semaphore>,
    tally: Arc<Tally>,
}

/// Serves until standard input ends, on a file in this folder.
pub async fn run(folder: PathBuf) -> anyhow::Result<()> {
    let path = folder.join("batched.db");
    let database = open(&path)?;
    database.execute_batch(TABLES)?;
    let checkpointer = open(&path)?;
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(CHECKPOINT);
            let _ = checkpointer.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
        }
    });
    let (ops, waiting) = mpsc::channel(8192);
    let tally = Arc::new(Tally::default());
    let pipeline = Pipeline {
        ops,
        sandbox: Arc::new(Sandbox::new(Pool::Tuned)?),
        workers: Arc::new(Semaphore::new(WORKERS)),
        tally: tally.clone(),
    };
    let (writer, runtime) = (pipeline.clone(), Handle::current());
    std::thread::spawn(move || {
        let _in_runtime = runtime.enter();
        if let Err(error) = writer.write(&database, waiting) {
            eprintln!("the batched writer ended: {error:#}");
            std::process::exit(1);
        }
    });
    serve(Router::new().route("/webhook", post(hook)).with_state(pipeline), tally).await
}

fn open(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -65536)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

async fn hook(State(pipeline): State<Pipeline>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
    let envelope = checked(&headers, &body)?;
    let message = envelope.message().ok_or(StatusCode::BAD_REQUEST)?;
    let (stored, answered) = oneshot::channel();
    let op = Op::Receive {
        wamid: message.id.to_owned(),
        phone: message.from.to_owned(),
        payload: std::str::from_utf8(&body).unwrap_or_default().to_owned(),
        at: RECEIVED.get(),
        stored,
    };
    pipeline.ops.send(op).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    answered.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

impl Pipeline {
    fn write(&self, database: &Connection, mut waiting: mpsc::Receiver<Op>) -> anyhow::Result<()> {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while waiting.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            let (mut stored, mut settled) = (Vec::new(), Vec::new());
            database.prepare_cached("begin immediate")?.execute([])?;
            for op in batch.drain(..) {
                match op {
                    Op::Receive { wamid, phone, payload, at, stored: answer } => {
                        let mut insert = database.prepare_cached(RECEIVE)?;
                        let id: Option<i64> =
                            insert.query_row(params![wamid, phone, payload, at], |row| row.get(0)).optional()?;
                        stored.push((answer, id.map(|id| Job { id, phone, payload, at })));
                    }
                    Op::Settle { id, phone, reply, at } => {
                        for statement in SETTLE {
                            database.prepare_cached(statement)?.execute(params![phone, reply, at])?;
                        }
                        database.prepare_cached(DONE)?.execute([id])?;
                        settled.push(at);
                    }
                }
            }
            database.prepare_cached("commit")?.execute([])?;
            for (answer, job) in stored {
                let _ = answer.send(());
                if let Some(job) = job {
                    tokio::spawn(self.clone().answer(job));
                }
            }
            for at in settled {
                self.tally.settled(at);
            }
        }
        Ok(())
    }

    async fn answer(self, job: Job) {
        // Never closed.
        let permit = self.workers.acquire().await;
        match self.sandbox.answer(&job.payload).await {
            Ok(reply) => {
                drop(permit);
                let _ = self.ops.send(Op::Settle { id: job.id, phone: job.phone, reply, at: job.at }).await;
            }
            Err(error) => eprintln!("a message was not answered: {error:#}"),
        }
    }
}
