//! The webhook: verification of the subscription, and deliveries, which are stored before they are answered with 200.
//!
//! A delivery's signature is checked, its payload parsed and stored in one commit; everything else happens after the
//! answer.

mod content;
pub mod payload;
mod sender;
mod system;

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, future::BoxFuture};
use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::whatsapp::{LOOP_HEADER, signature};
use signature::{Secrets, SignatureError};
use switchboard_core::{
    clock::Clock,
    inbox::{Delivery, Item},
};

/// The size limit of a body: 3 MB, as Meta's own.
pub const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The timeout for reading a body.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The service's name in the webhook's answers and the header `x-service`.
pub const WEBHOOK_SERVICE_NAME: &str = "switchboard";

/// The function that stores a delivery; done when it is committed.
pub type Ingest<E> = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<(), E>> + Send + Sync>;

/// The webhook's dependencies and secrets.
pub struct Edge<E> {
    /// The valid app secrets. Without one that is not blank, nothing is accepted.
    pub secrets: Vec<String>,
    /// The verify token for subscribing the webhook. If blank, nobody can subscribe.
    pub verify_token: String,
    /// Stores deliveries.
    pub ingest: Ingest<E>,
    /// The clock for the time of receipt.
    pub clock: Clock,
}

/// The state of the routes, with prepared secrets.
struct Ready<E> {
    secrets: Secrets,
    verify_token: String,
    ingest: Ingest<E>,
    clock: Clock,
}

/// The router: serves the webhook on every path without another route, except those that end in `/health`.
pub fn router<E: Display + Send + 'static>(edge: Edge<E>) -> Router {
    let Edge { secrets, verify_token, ingest, clock } = edge;
    let ready = Ready { secrets: Secrets::new(secrets), verify_token, ingest, clock };
    Router::new().fallback(answer::<E>).with_state(Arc::new(ready))
}

async fn answer<E: Display + Send + 'static>(State(edge): State<Arc<Ready<E>>>, request: Request) -> Response {
    let began = Instant::now();
    let request_id = request.headers().get("x-request-id").cloned().unwrap_or_else(new_id);
    let correlation_id = request.headers().get("x-correlation-id").unwrap_or(&request_id).clone();
    let mut response = if request.uri().path().ends_with("/health") {
        error(StatusCode::NOT_FOUND, "not_found")
    } else if request.method() == Method::GET {
        challenge(&edge, &request)
    } else if request.method() == Method::POST {
        let response = delivery(&edge, request).await;
        metrics::histogram!("switchboard_webhook_seconds").record(began.elapsed().as_secs_f64());
        metrics::counter!("switchboard_webhook_answers_total", "status" => response.status().as_str().to_owned())
            .increment(1);
        response
    } else {
        let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        response
    };
    let headers = response.headers_mut();
    headers.insert("x-request-id", request_id);
    headers.insert("x-correlation-id", correlation_id);
    headers.insert("x-service", HeaderValue::from_static(WEBHOOK_SERVICE_NAME));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// Answers Meta's verification request, sent whenever the webhook's address is set.
fn challenge<E>(edge: &Ready<E>, request: &Request) -> Response {
    let query = Query::<HashMap<String, String>>::try_from_uri(request.uri()).map(|query| query.0).unwrap_or_default();
    let said = |key: &str| query.get(key).map(String::as_str).unwrap_or_default();
    let token = said("hub.verify_token");
    let fits: bool = token.as_bytes().ct_eq(edge.verify_token.as_bytes()).into();
    if fits && !token.trim().is_empty() && said("hub.mode") == "subscribe" {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        (kind, said("hub.challenge").to_owned()).into_response()
    } else {
        error(StatusCode::FORBIDDEN, "forbidden")
    }
}

async fn delivery<E: Display>(edge: &Ready<E>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.headers.contains_key(LOOP_HEADER) {
        return error(StatusCode::LOOP_DETECTED, "forwarded_by_a_switchboard");
    }
    let claimed = match signature::from_headers(&parts.headers) {
        Ok(claimed) => claimed,
        Err(refusal) => return refused(refusal),
    };
    let body = match tokio::time::timeout(BODY_WAIT, read(&parts.headers, body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(response)) => return response,
        Err(_) => return error(StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
    };
    if let Err(refusal) = edge.secrets.check(claimed, &body) {
        return refused(refusal);
    }
    let delivery = payload::parse(body, edge.clock.now(), None);
    let has_message = delivery.items.iter().any(|item| matches!(item, Item::Message(_)));
    if let Some(why) = &delivery.unreadable {
        metrics::counter!("switchboard_webhook_unreadable_total").increment(1);
        tracing::warn!(
            why,
            bytes = delivery.body.len(),
            "a signed delivery has a part that cannot be parsed; the raw body is stored"
        );
    }
    if let Err(cause) = (edge.ingest)(delivery).await {
        tracing::error!(error = %cause, "a delivery could not be stored; Meta is told to send it again");
        return error(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable");
    }
    axum::Json(Stored {
        success: true,
        service: WEBHOOK_SERVICE_NAME,
        message: (!has_message).then_some("no_message"),
        processed: has_message.then_some(true),
    })
    .into_response()
}

/// The answer to a stored delivery, in the legacy service's format.
#[derive(Serialize)]
struct Stored {
    success: bool,
    service: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(rename = "messageProcessed", skip_serializing_if = "Option::is_none")]
    processed: Option<bool>,
}

/// Reads a body of at most [`BODY_BYTES_MAX`].
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let too_large = || error(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large");
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|n| n > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| error(StatusCode::BAD_REQUEST, "body_broken_off"))?;
        if whole.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

fn refused(refusal: SignatureError) -> Response {
    error(StatusCode::UNAUTHORIZED, &refusal.to_string())
}

fn error(status: StatusCode, word: &str) -> Response {
    (status, axum::Json(json!({ "error": word }))).into_response()
}

/// A unique request id: an id of this process and a counter.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<String> = LazyLock::new(|| uuid::Uuid::new_v4().simple().to_string());
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    HeaderValue::try_from(format!("{}-{number:x}", *PROCESS)).unwrap_or(HeaderValue::from_static("none"))
}
