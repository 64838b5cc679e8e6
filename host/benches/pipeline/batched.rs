//! The floor: group commit over the naive pipeline's tables, and nothing else: no order, no flags, no sessions read, no recovery.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use sqlx::{
    ConnectOptions, Row,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};
use switchboard::agent::{
    TurnHost, Version,
    types::{Content, Message, Person, Session, Turn},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use crate::{naive::TABLES, scene};

/// The agent, run as the host runs it, without a host.
pub struct Agent {
    version: Arc<Version>,
    host: TurnHost,
}

impl Agent {
    pub async fn load(folder: &Path) -> anyhow::Result<Agent> {
        use switchboard::store::{Role, Store, StoreOptions};
        let plugins = scene::plugins(folder).await?;
        let version = plugins.current().get("support").cloned();
        let url = format!("sqlite://{}", folder.join("unused.db").display());
        let store = Store::open(&url, StoreOptions { role: Role::Tool, ..StoreOptions::default() }).await?;
        let host =
            TurnHost { person: uuid::Uuid::nil(), reads: Arc::new(store), roster: Arc::from([]), record_calls: false };
        Ok(Agent { version: version.ok_or_else(|| anyhow::anyhow!("no agent `support`"))?, host })
    }

    /// The reply to a webhook body.
    pub async fn answer(&self, payload: &str) -> anyhow::Result<String> {
        let body: Value = serde_json::from_str(payload)?;
        let message = &body["entry"][0]["changes"][0]["value"]["messages"][0];
        let turn = turn(message["text"]["body"].as_str().unwrap_or_default());
        let ended = self.version.handle(&turn, self.host.clone()).await;
        let outcome = ended.result.map_err(|stopped| anyhow::anyhow!(stopped.to_string()))?;
        Ok(json!({"to": message["from"], "type": "text", "text": {"body": format!("{:?}", outcome.replies)}})
            .to_string())
    }
}

fn turn(text: &str) -> Turn {
    Turn {
        message: Message {
            id: "1".into(),
            content: Content::Text(text.into()),
            quotes: None,
            sent_at: 0,
            extras: Vec::new(),
        },
        person: Person {
            id: "1".into(),
            name: Some("Sheena Nelson".into()),
            language: "en".into(),
            country: "RW".into(),
            currency: "RWF".into(),
            time_zone: "Africa/Kigali".into(),
            place: None,
            is_new: false,
            extras: Vec::new(),
        },
        session: Session { id: "1".into(), flow: None, history: Vec::new(), previous_agent: None, extras: Vec::new() },
        handoff: None,
        now: 0,
        seed: 1,
        features: Vec::new(),
        settings: "{}".into(),
        extras: Vec::new(),
    }
}

enum Op {
    In { wamid: String, phone: String, payload: String, answer: oneshot::Sender<()> },
    Done { id: i64, phone: String, reply: String },
}

struct Batched {
    ops: mpsc::Sender<Op>,
    waiting: std::sync::atomic::AtomicI64,
}

pub async fn serve() -> anyhow::Result<()> {
    let folder = scene::folder()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.join("batched.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "0")
        .pragma("cache_size", "-65536")
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    sqlx::raw_sql(TABLES).execute(&mut connection).await?;
    tokio::spawn(checkpoint(options.connect().await?));
    let (ops, inbox) = mpsc::channel(8192);
    let batched = Arc::new(Batched { ops, waiting: 0.into() });
    tokio::spawn(write(connection, inbox, batched.clone(), Arc::new(Agent::load(&folder).await?)));
    let router = Router::new().route("/webhook", post(webhook)).route("/waiting", get(waiting)).with_state(batched);
    let port = TcpListener::bind("127.0.0.1:0").await?;
    println!("{0} {0} -", port.local_addr()?);
    Ok(axum::serve(port, router).await?)
}

async fn webhook(State(batched): State<Arc<Batched>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    if !scene::verify(signature, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(parsed) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let message = &parsed["entry"][0]["changes"][0]["value"]["messages"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (answer, answered) = oneshot::channel();
    batched.waiting.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let payload = String::from_utf8_lossy(&body).into_owned();
    let op = Op::In { wamid: text(&message["id"]), phone: text(&message["from"]), payload, answer };
    if batched.ops.send(op).await.is_err() || answered.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

async fn waiting(State(batched): State<Arc<Batched>>) -> String {
    batched.waiting.load(std::sync::atomic::Ordering::Relaxed).to_string()
}

const SCRIPT: &str = "begin immediate;
insert into inbox (wamid, phone, payload, state, ts) select value->>0, value->>1, value->>2, 0, 0 from json_each($1)
where true on conflict do nothing returning id, wamid;
insert into session (phone, data, n, updated) select value->>1, value->>2, 1, 0 from json_each($2) where true
on conflict (phone) do update set data = excluded.data, n = n + 1;
insert into event (phone, kind, body, ts) select value->>1, 'reply', value->>2, 0 from json_each($2);
insert into outbox (phone, body, state, ts) select value->>1, value->>2, 0, 0 from json_each($2);
update inbox set state = 2 where id in (select value->>0 from json_each($2));
commit";

async fn write(
    mut connection: SqliteConnection,
    mut inbox: mpsc::Receiver<Op>,
    batched: Arc<Batched>,
    agent: Arc<Agent>,
) {
    let mut ops = Vec::new();
    while inbox.recv_many(&mut ops, 256).await > 0 {
        let (mut new, mut done, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for op in ops.drain(..) {
            match op {
                Op::In { wamid, phone, payload, answer } => {
                    new.push(json!([wamid, phone, payload]));
                    answers.push((answer, wamid, phone, payload));
                }
                Op::Done { id, phone, reply } => done.push(json!([id, phone, reply])),
            }
        }
        let query = sqlx::query(SCRIPT).bind(Value::from(new).to_string()).bind(Value::from(done.clone()).to_string());
        let rows = match query.fetch_all(&mut connection).await {
            Ok(rows) => rows,
            Err(error) => return eprintln!("batched: {error}"),
        };
        batched.waiting.fetch_sub(done.len() as i64, std::sync::atomic::Ordering::Relaxed);
        let mut ids: std::collections::HashMap<String, i64> = rows.iter().map(|row| (row.get(1), row.get(0))).collect();
        for (answer, wamid, phone, payload) in answers {
            let _ = answer.send(());
            let Some(id) = ids.remove(&wamid) else { continue };
            let (ops, agent) = (batched.ops.clone(), agent.clone());
            tokio::spawn(async move {
                if let Ok(reply) = agent.answer(&payload).await {
                    let _ = ops.send(Op::Done { id, phone, reply }).await;
                }
            });
        }
    }
}

async fn checkpoint(mut connection: SqliteConnection) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ = sqlx::query("pragma wal_checkpoint(passive)").fetch_all(&mut connection).await;
    }
}
