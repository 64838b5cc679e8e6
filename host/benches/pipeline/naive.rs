//! The pipeline that one writes first: a statement for each step, a row for each transaction, one message at a time.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde_json::Value;
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{net::TcpListener, sync::Notify};

use crate::{batched::Agent, scene};

pub const TABLES: &str = "
create table inbox (id integer primary key, wamid text not null unique, phone text, payload text, state integer, ts integer);
create index inbox_new on inbox (id) where state = 0;
create table session (phone text primary key, data text, n integer, updated integer) without rowid;
create table event (id integer primary key, phone text, kind text, body text, ts integer);
create table outbox (id integer primary key, phone text, body text, state integer, ts integer);";

struct Naive {
    pool: SqlitePool,
    agent: Agent,
    new: Notify,
}

pub async fn serve() -> anyhow::Result<()> {
    let folder = scene::folder()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.join("naive.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let naive = Arc::new(Naive { pool, agent: Agent::load(&folder).await?, new: Notify::new() });
    for _ in 0..2 {
        tokio::spawn(work(naive.clone()));
    }
    let router = Router::new().route("/webhook", post(webhook)).route("/waiting", get(waiting)).with_state(naive);
    let port = TcpListener::bind("127.0.0.1:0").await?;
    println!("{0} {0} -", port.local_addr()?);
    Ok(axum::serve(port, router).await?)
}

async fn webhook(State(naive): State<Arc<Naive>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    if !scene::verify(signature, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(parsed) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let message = &parsed["entry"][0]["changes"][0]["value"]["messages"][0];
    let stored = sqlx::query(
        "insert into inbox (wamid, phone, payload, state, ts) values ($1, $2, $3, 0, 0) on conflict do nothing",
    )
    .bind(message["id"].as_str())
    .bind(message["from"].as_str())
    .bind(String::from_utf8_lossy(&body).into_owned())
    .execute(&naive.pool)
    .await;
    naive.new.notify_one();
    if stored.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn waiting(State(naive): State<Arc<Naive>>) -> String {
    let count = sqlx::query_scalar::<_, i64>("select count(*) from inbox where state < 2").fetch_one(&naive.pool).await;
    count.unwrap_or(-1).to_string()
}

async fn work(naive: Arc<Naive>) {
    loop {
        match one(&naive).await {
            Ok(true) => {}
            Ok(false) => drop(tokio::time::timeout(Duration::from_millis(50), naive.new.notified()).await),
            Err(error) => eprintln!("naive: {error}"),
        }
    }
}

async fn one(naive: &Naive) -> anyhow::Result<bool> {
    let claimed = sqlx::query(
        "update inbox set state = 1 where id = (select id from inbox where state = 0 order by id limit 1) returning id, phone, payload",
    )
    .fetch_optional(&naive.pool)
    .await?;
    let Some(row) = claimed else { return Ok(false) };
    let (id, phone, payload): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
    let reply = naive.agent.answer(&payload).await?;
    let mut transaction = naive.pool.begin().await?;
    let session = "insert into session (phone, data, n, updated) values ($1, $2, 1, 0)
        on conflict (phone) do update set data = excluded.data, n = n + 1";
    sqlx::query(session).bind(&phone).bind(&reply).execute(&mut *transaction).await?;
    let event = "insert into event (phone, kind, body, ts) values ($1, 'reply', $2, 0)";
    sqlx::query(event).bind(&phone).bind(&reply).execute(&mut *transaction).await?;
    let outbox = "insert into outbox (phone, body, state, ts) values ($1, $2, 0, 0)";
    sqlx::query(outbox).bind(&phone).bind(&reply).execute(&mut *transaction).await?;
    sqlx::query("update inbox set state = 2 where id = $1").bind(id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(true)
}
