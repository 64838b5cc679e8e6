//! A fake Gemini server with scripted answers, for conversations and tests with a model.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

/// A scripted answer.
#[derive(Clone, Debug)]
pub enum Says {
    /// A status and a body.
    Json(StatusCode, Value),
    /// A raw body.
    Raw(&'static str),
    /// A body that is cut off.
    Cut,
    /// A JSON answer after so many milliseconds.
    Late(u64, Value),
    /// No answer at all.
    Nothing,
}

impl Says {
    /// An answer with these content parts.
    pub fn parts(parts: Value) -> Says {
        Says::Json(
            StatusCode::OK,
            json!({
                "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }],
                "usageMetadata": { "promptTokenCount": 20, "candidatesTokenCount": 10, "totalTokenCount": 30 },
                "modelVersion": "gemini-3.5-flash-lite",
            }),
        )
    }

    /// The same answer, but late.
    pub fn after(self, ms: u64) -> Says {
        match self {
            Says::Json(_, value) => Says::Late(ms, value),
            other => other,
        }
    }

    /// A text answer.
    pub fn text(text: &str) -> Says {
        Says::parts(json!([{ "text": text }]))
    }

    /// A tool call.
    pub fn call(name: &str, args: Value) -> Says {
        Says::parts(json!([{ "functionCall": { "name": name, "args": args }, "thoughtSignature": "c2lnbg==" }]))
    }

    /// An error; `400` is not retried.
    pub fn failure(status: StatusCode) -> Says {
        Says::Json(
            status,
            json!({ "error": { "code": status.as_u16(), "message": "not now", "status": "UNAVAILABLE" } }),
        )
    }
}

/// A request as received.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path and query.
    pub uri: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; null where it is no JSON.
    pub body: Value,
}

#[derive(Default)]
struct Script {
    asked: Vec<Asked>,
    says: VecDeque<Says>,
    /// Whether the last answer is repeated.
    repeats: bool,
    /// The number of requests without a scripted answer.
    unanswered: usize,
}

/// A running server. It ends with its runtime.
#[derive(Clone)]
pub struct ModelServer {
    /// Its base URL.
    pub url: String,
    script: Arc<Mutex<Script>>,
}

impl ModelServer {
    /// Starts a server that gives these answers in order, and repeats the last one.
    pub async fn repeating(says: Vec<Says>) -> std::io::Result<ModelServer> {
        ModelServer::start(Script { says: says.into(), repeats: true, ..Script::default() }).await
    }

    /// Starts a server that gives each answer added by [`tell`](ModelServer::tell) once, and an error when it has
    /// none.
    pub async fn told() -> std::io::Result<ModelServer> {
        ModelServer::start(Script::default()).await
    }

    async fn start(script: Script) -> std::io::Result<ModelServer> {
        let script = Arc::new(Mutex::new(script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(post(answer).get(describe)).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(ModelServer { url, script })
    }

    /// Adds an answer.
    pub fn tell(&self, says: Says) {
        lock(&self.script).says.push_back(says);
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.script).asked.clone()
    }

    /// The number of unused answers, and of requests without an answer, since the last call.
    pub fn unmatched(&self) -> (usize, usize) {
        let mut script = lock(&self.script);
        let left = script.says.drain(..).count();
        (left, std::mem::take(&mut script.unanswered))
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Describes the model. Any key is accepted, unless it contains `wrong`.
async fn describe(headers: HeaderMap) -> StatusCode {
    let key = headers.get("x-goog-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    if key.is_empty() || key.contains("wrong") { StatusCode::FORBIDDEN } else { StatusCode::OK }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let says = {
        let mut script = lock(&script);
        let body = serde_json::from_slice(&body).unwrap_or_default();
        script.asked.push(Asked { uri: uri.to_string(), headers, body });
        let says = match script.repeats && script.says.len() == 1 {
            true => script.says.front().cloned(),
            false => script.says.pop_front(),
        };
        script.unanswered += usize::from(says.is_none());
        says.unwrap_or_else(|| Says::failure(StatusCode::BAD_REQUEST))
    };
    match says {
        Says::Json(status, value) => (status, Json(value)).into_response(),
        Says::Raw(text) => text.into_response(),
        Says::Cut => {
            let parts = futures_util::stream::iter([Ok("{\"candidates\": ["), Err(std::io::Error::other("cut"))]);
            Body::from_stream(parts).into_response()
        }
        Says::Late(ms, value) => {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            Json(value).into_response()
        }
        Says::Nothing => std::future::pending().await,
    }
}
