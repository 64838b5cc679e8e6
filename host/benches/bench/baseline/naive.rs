//! The naive pipeline: one statement per step, one row per transaction, a claim by `update … returning`, one connection of
//! sqlx, and the sandbox as wasmtime's pool comes. What one would write first.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use super::{
    pipeline::{DONE, RECEIVE, SETTLE, Sandbox, TABLES, checked, database},
    wasm_loop::Pool,
};
use crate::{
    child::{RECEIVED, Tally, serve},
    guest,
};

/// Messages answered at once.
const WORKERS: usize = 2;

const CLAIM: &str = "update inbox set state = 1 where id = (select id from inbox where state = 0 order by id limit 1) \
    returning id, phone, payload, ts";

struct Pipeline {
    database: SqlitePool,
    sandbox: Sandbox,
    tally: Arc<Tally>,
    news: Notify,
}

/// Serves until standard input ends.
pub async fn run(full: bool) -> anyhow::Result<()> {
    let synchronous = if full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let path = guest::scratch(if full { "naive-full" } else { "naive-normal" })?.join("naive.db");
    let options = SqlitePoolOptions::new().max_connections(1);
    let pool = options.connect_with(database(&path, synchronous)).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let tally = Arc::new(Tally::default());
    let pipeline = Arc::new(Pipeline {
        database: pool,
        sandbox: Sandbox::new(Pool::Stock)?,
        tally: tally.clone(),
        news: Notify::new(),
    });
    for _ in 0..WORKERS {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            if let Err(error) = pipeline.work().await {
                eprintln!("the naive worker ended: {error:#}");
                std::process::exit(1);
            }
        });
    }
    serve(Router::new().route("/webhook", post(hook)).with_state(pipeline), tally).await
}

async fn hook(State(pipeline): State<Arc<Pipeline>>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
    let envelope = checked(&headers, &body)?;
    let message = envelope.message().ok_or(StatusCode::BAD_REQUEST)?;
    let insert = sqlx::query(RECEIVE)
        .bind(message.id)
        .bind(message.from)
        .bind(std::str::from_utf8(&body).unwrap_or_default())
        .bind(RECEIVED.get());
    let new = insert.fetch_optional(&pipeline.database).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if new.is_some() {
        pipeline.news.notify_one();
    }
    Ok(())
}

impl Pipeline {
    async fn work(&self) -> anyhow::Result<()> {
        loop {
            let Some(row) = sqlx::query(CLAIM).fetch_optional(&self.database).await? else {
                let _ = tokio::time::timeout(Duration::from_millis(50), self.news.notified()).await;
                continue;
            };
            let (id, phone, payload, at): (i64, String, String, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let reply = self.sandbox.answer(&payload).await?;
            let mut transaction = self.database.begin().await?;
            for statement in SETTLE {
                sqlx::query(statement).bind(&phone).bind(&reply).bind(at).execute(&mut *transaction).await?;
            }
            sqlx::query(DONE).bind(id).execute(&mut *transaction).await?;
            transaction.commit().await?;
            self.tally.settled(at);
        }
    }
}
