//! The two floors on Postgres: the naive pipeline, and batches by `unnest` from two writers.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use sqlx::{
    PgPool, Row,
    postgres::{PgConnection, PgPoolOptions},
};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

use super::{
    pipeline::{Sandbox, checked},
    wasm_loop::Pool,
};
use crate::child::{RECEIVED, Tally, serve};

const TABLES: &str = "
    create table inbox (id bigint generated always as identity primary key, wamid text not null unique, phone text, payload text, state int, ts bigint);
    create index inbox_new on inbox (id) where state = 0;
    create table session (phone text primary key, data text, n int, updated bigint) with (fillfactor = 50);
    create table event (id bigint generated always as identity primary key, phone text, kind text, body text, ts bigint);
    create table outbox (id bigint generated always as identity primary key, phone text, body text, state int, ts bigint);";

/// Connections, and workers, of the naive pipeline.
const CONNECTIONS: u32 = 16;
const WORKERS: usize = 8;

struct Naive {
    database: PgPool,
    sandbox: Sandbox,
    tally: Arc<Tally>,
    news: Notify,
}

/// Serves the naive pipeline until standard input ends.
pub async fn naive(address: &str) -> anyhow::Result<()> {
    let database = PgPoolOptions::new().max_connections(CONNECTIONS).connect(address).await?;
    sqlx::raw_sql(TABLES).execute(&database).await?;
    let tally = Arc::new(Tally::default());
    let naive =
        Arc::new(Naive { database, sandbox: Sandbox::new(Pool::Stock)?, tally: tally.clone(), news: Notify::new() });
    for _ in 0..WORKERS {
        let naive = naive.clone();
        tokio::spawn(async move {
            if let Err(error) = naive.work().await {
                eprintln!("the naive worker ended: {error:#}");
                std::process::exit(1);
            }
        });
    }
    serve(Router::new().route("/webhook", post(naive_hook)).with_state(naive), tally).await
}

async fn naive_hook(State(naive): State<Arc<Naive>>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
    let envelope = checked(&headers, &body)?;
    let message = envelope.message().ok_or(StatusCode::BAD_REQUEST)?;
    let insert = sqlx::query(
        "insert into inbox (wamid, phone, payload, state, ts) values ($1, $2, $3, 0, $4) on conflict do nothing",
    );
    let insert = insert
        .bind(message.id)
        .bind(message.from)
        .bind(std::str::from_utf8(&body).unwrap_or_default())
        .bind(RECEIVED.get());
    insert.execute(&naive.database).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    naive.news.notify_one();
    Ok(())
}

impl Naive {
    async fn work(&self) -> anyhow::Result<()> {
        loop {
            let claim = sqlx::query(
                "update inbox set state = 1 where id = (select id from inbox where state = 0 order by id limit 1 for update skip locked)
                 returning id, phone, payload, ts",
            );
            let Some(row) = claim.fetch_optional(&self.database).await? else {
                let _ = tokio::time::timeout(Duration::from_millis(50), self.news.notified()).await;
                continue;
            };
            let (id, phone, payload, at): (i64, String, String, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let reply = self.sandbox.answer(&payload).await?;
            let mut transaction = self.database.begin().await?;
            for statement in [
                "insert into session (phone, data, n, updated) values ($1, $2, 1, $3)
                 on conflict (phone) do update set data = excluded.data, n = session.n + 1, updated = excluded.updated",
                "insert into event (phone, kind, body, ts) values ($1, 'reply', $2, $3)",
                "insert into outbox (phone, body, state, ts) values ($1, $2, 0, $3)",
            ] {
                sqlx::query(statement).bind(&phone).bind(&reply).bind(at).execute(&mut *transaction).await?;
            }
            sqlx::query("update inbox set state = 2 where id = $1").bind(id).execute(&mut *transaction).await?;
            transaction.commit().await?;
            self.tally.settled(at);
        }
    }
}

/// Operations in one commit, at the most.
const BATCH_MAX: usize = 256;

struct Receive {
    wamid: String,
    phone: String,
    payload: String,
    at: i64,
    stored: oneshot::Sender<()>,
}

struct Settle {
    id: i64,
    phone: String,
    reply: String,
    at: i64,
}

#[derive(Clone)]
struct Batched {
    receives: mpsc::Sender<Receive>,
    settles: mpsc::Sender<Settle>,
    sandbox: Arc<Sandbox>,
    workers: Arc<Mutex<()>>,
}

/// Serves the batched floor until standard input ends: one writer receives, one settles.
pub async fn batched(address: &str) -> anyhow::Result<()> {
    use sqlx::Connection;
    let mut receiver = PgConnection::connect(address).await?;
    let mut settler = PgConnection::connect(address).await?;
    sqlx::raw_sql(TABLES).execute(&mut receiver).await?;
    let (receives, mut received) = mpsc::channel::<Receive>(8192);
    let (settles, mut settled) = mpsc::channel::<Settle>(8192);
    let tally = Arc::new(Tally::default());
    let batched = Batched { receives, settles, sandbox: Arc::new(Sandbox::new(Pool::Tuned)?), workers: Arc::default() };
    let answers = batched.clone();
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while received.recv_many(&mut batch, BATCH_MAX).await > 0 {
            let column = |of: &dyn Fn(&Receive) -> String| batch.iter().map(of).collect::<Vec<_>>();
            let rows = sqlx::query(
                "insert into inbox (wamid, phone, payload, state, ts) select a, b, c, 1, d from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
                 as r (a, b, c, d) on conflict do nothing returning id, wamid",
            );
            let rows = rows
                .bind(column(&|op| op.wamid.clone()))
                .bind(column(&|op| op.phone.clone()))
                .bind(column(&|op| op.payload.clone()));
            let rows = rows
                .bind(batch.iter().map(|op| op.at).collect::<Vec<_>>())
                .fetch_all(&mut receiver)
                .await
                .expect("received");
            let ids: HashMap<String, i64> = rows.iter().map(|row| (row.get(1), row.get(0))).collect();
            for op in batch.drain(..) {
                let _ = op.stored.send(());
                if let Some(id) = ids.get(&op.wamid) {
                    tokio::spawn(answers.clone().answer(*id, op.phone, op.payload, op.at));
                }
            }
        }
    });
    let told = tally.clone();
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while settled.recv_many(&mut batch, BATCH_MAX).await > 0 {
            // A row may be met once in a statement: the last of each phone.
            let last: HashMap<&str, &Settle> = batch.iter().map(|op| (op.phone.as_str(), op)).collect();
            let phones: Vec<&str> = batch.iter().map(|op| op.phone.as_str()).collect();
            let replies: Vec<&str> = batch.iter().map(|op| op.reply.as_str()).collect();
            let times: Vec<i64> = batch.iter().map(|op| op.at).collect();
            let mut transaction = settler.begin().await.expect("begun");
            sqlx::query(
                "insert into session (phone, data, n, updated) select a, b, 1, c from unnest($1::text[], $2::text[], $3::bigint[]) as r (a, b, c)
                 on conflict (phone) do update set data = excluded.data, n = session.n + 1, updated = excluded.updated",
            )
            .bind(last.values().map(|op| op.phone.as_str()).collect::<Vec<_>>())
            .bind(last.values().map(|op| op.reply.as_str()).collect::<Vec<_>>())
            .bind(last.values().map(|op| op.at).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await
            .expect("settled");
            for statement in [
                "insert into event (phone, kind, body, ts) select a, 'reply', b, c from unnest($1::text[], $2::text[], $3::bigint[]) as r (a, b, c)",
                "insert into outbox (phone, body, state, ts) select a, b, 0, c from unnest($1::text[], $2::text[], $3::bigint[]) as r (a, b, c)",
            ] {
                sqlx::query(statement)
                    .bind(&phones)
                    .bind(&replies)
                    .bind(&times)
                    .execute(&mut *transaction)
                    .await
                    .expect("settled");
            }
            let ids: Vec<i64> = batch.iter().map(|op| op.id).collect();
            sqlx::query("update inbox set state = 2 where id = any($1)")
                .bind(ids)
                .execute(&mut *transaction)
                .await
                .expect("settled");
            transaction.commit().await.expect("committed");
            for op in batch.drain(..) {
                told.settled(op.at);
            }
        }
    });
    serve(Router::new().route("/webhook", post(batched_hook)).with_state(batched), tally).await
}

async fn batched_hook(State(batched): State<Batched>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
    let envelope = checked(&headers, &body)?;
    let message = envelope.message().ok_or(StatusCode::BAD_REQUEST)?;
    let (stored, answered) = oneshot::channel();
    let op = Receive {
        wamid: message.id.to_owned(),
        phone: message.from.to_owned(),
        payload: std::str::from_utf8(&body).unwrap_or_default().to_owned(),
        at: RECEIVED.get(),
        stored,
    };
    batched.receives.send(op).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    answered.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

impl Batched {
    async fn answer(self, id: i64, phone: String, payload: String, at: i64) {
        let reply = {
            let _one_at_a_time = self.workers.lock().await;
            self.sandbox.answer(&payload).await
        };
        match reply {
            Ok(reply) => drop(self.settles.send(Settle { id, phone, reply, at }).await),
            Err(error) => eprintln!("a message was not answered: {error:#}"),
        }
    }
}
