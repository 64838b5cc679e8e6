//! The webhook: verification of the subscription, and deliveries, which are stored before they are answered with 200.
//!
//! A delivery's signature is checked, its payload parsed and stored in one commit; everything else happens after the
//! answer.

mod admission;
mod content;
mod intake;
mod meta_notice;
pub mod payload;
mod sender;
mod signatures;
mod system;

pub use admission::{OurNumbers, RETRIED_MS, UnknownNumber};
pub use signatures::SignatureWatch;

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
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture};
use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::whatsapp::{LOOP_HEADER, signature};
use intake::Intake;
use signature::{Secrets, SignatureError};
use switchboard_core::{
    clock::Clock,
    inbox::{Delivery, Item},
    live::Live,
    meta_notice::MetaNotice,
    secret::Secret,
    seldom::Seldom,
};

/// The size limit of a body: 3 MB, as Meta's own.
pub const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The most bytes of bodies that are on their way or not yet verified: 64 MB.
pub const UNVERIFIED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The timeout for reading a body.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The service's name in the webhook's answers and the header `x-service`.
pub const WEBHOOK_SERVICE_NAME: &str = "switchboard";

/// The function that stores a delivery; done when it is committed.
pub type Ingest<E> = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<(), E>> + Send + Sync>;

/// The function that keeps Meta's notices about the account; done when they are committed.
pub type KeepNotices<E> = Arc<dyn Fn(Vec<MetaNotice>) -> BoxFuture<'static, Result<(), E>> + Send + Sync>;

/// The webhook's dependencies and secrets.
pub struct Edge<E> {
    /// The valid app secrets. Without one that is not blank, nothing is accepted.
    pub secrets: Live<Vec<Secret>>,
    /// The verify token for subscribing the webhook. If blank, nobody can subscribe.
    pub verify_token: Live<Secret>,
    /// Stores deliveries.
    pub ingest: Ingest<E>,
    /// Keeps Meta's notices about the account, before their delivery is stored.
    pub keep_notices: KeepNotices<E>,
    /// The clock for the time of receipt.
    pub clock: Clock,
    /// Counts right and wrong signatures, for the health report.
    pub signatures: Arc<SignatureWatch>,
    /// What becomes of deliveries for business numbers that are not ours.
    pub unknown_number: UnknownNumber,
    /// Asks which numbers are ours; not asked if unknown ones are answered.
    pub our_numbers: OurNumbers<E>,
}

impl<E: Send + 'static> Edge<E> {
    /// A webhook that answers for every business number.
    pub fn new(secrets: Vec<Secret>, verify_token: Secret, clock: Clock, ingest: Ingest<E>) -> Edge<E> {
        let (secrets, verify_token) = (Live::new(secrets), Live::new(verify_token));
        let our_numbers = Arc::new(|numbers: Vec<String>| -> BoxFuture<'static, _> {
            Box::pin(async move { Ok(numbers.into_iter().collect()) })
        });
        let keep_notices = Arc::new(|_: Vec<MetaNotice>| -> BoxFuture<'static, _> { Box::pin(async { Ok(()) }) });
        let (signatures, unknown_number) = (Arc::default(), UnknownNumber::Answer);
        Edge { secrets, verify_token, ingest, keep_notices, clock, signatures, unknown_number, our_numbers }
    }
}

/// The state of the routes.
struct Ready<E> {
    edge: Edge<E>,
    intake: Intake,
}

/// The router: serves the webhook on every path without another route, except those that end in `/health`.
pub fn router<E: Display + Send + 'static>(edge: Edge<E>) -> Router {
    let ready = Ready { edge, intake: Intake::new(UNVERIFIED_BYTES_MAX) };
    Router::new().fallback(answer::<E>).with_state(Arc::new(ready))
}

async fn answer<E: Display + Send + 'static>(State(ready): State<Arc<Ready<E>>>, request: Request) -> Response {
    let began = Instant::now();
    let request_id = request.headers().get("x-request-id").cloned().unwrap_or_else(new_id);
    let correlation_id = request.headers().get("x-correlation-id").unwrap_or(&request_id).clone();
    let mut response = if request.uri().path().ends_with("/health") {
        error(StatusCode::NOT_FOUND, "not_found")
    } else if request.method() == Method::GET {
        challenge(&ready.edge, &request)
    } else if request.method() == Method::POST {
        let response = delivery(&ready, request).await;
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
fn challenge<E>(edge: &Edge<E>, request: &Request) -> Response {
    let query = Query::<HashMap<String, String>>::try_from_uri(request.uri()).map(|query| query.0).unwrap_or_default();
    let said = |key: &str| query.get(key).map(String::as_str).unwrap_or_default();
    let token = said("hub.verify_token");
    let fits: bool = token.as_bytes().ct_eq(edge.verify_token.get().as_bytes()).into();
    if fits && !token.trim().is_empty() && said("hub.mode") == "subscribe" {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        (kind, said("hub.challenge").to_owned()).into_response()
    } else {
        error(StatusCode::FORBIDDEN, "forbidden")
    }
}

async fn delivery<E: Display>(ready: &Ready<E>, request: Request) -> Response {
    let edge = &ready.edge;
    let (parts, body) = request.into_parts();
    if parts.headers.contains_key(LOOP_HEADER) {
        return error(StatusCode::LOOP_DETECTED, "forwarded_by_a_switchboard");
    }
    let body = match verified(ready, &parts.headers, body).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let (mut delivery, notices) = payload::parse_all(body, edge.clock.now(), None);
    match admit(edge, &mut delivery).await {
        Ok(true) => {}
        Ok(false) => return error(StatusCode::FORBIDDEN, "unknown_business_number"),
        Err(cause) => return not_stored(&cause),
    }
    let has_message = delivery.items.iter().any(|item| matches!(item, Item::Message(_)));
    if let Some(why) = &delivery.unreadable {
        metrics::counter!("switchboard_webhook_unreadable_total").increment(1);
        tracing::warn!(
            why,
            bytes = delivery.body.len(),
            "a signed delivery has a part that cannot be parsed; the raw body is stored"
        );
    }
    if !notices.is_empty()
        && let Err(cause) = (edge.keep_notices)(notices).await
    {
        return not_stored(&cause);
    }
    if let Err(cause) = (edge.ingest)(delivery).await {
        return not_stored(&cause);
    }
    axum::Json(Stored {
        success: true,
        service: WEBHOOK_SERVICE_NAME,
        message: (!has_message).then_some("no_message"),
        processed: has_message.then_some(true),
    })
    .into_response()
}

fn not_stored(cause: &impl Display) -> Response {
    static TOLD: Seldom = Seldom::line();
    if let Some(times) = TOLD.hit(Instant::now()) {
        tracing::error!(times, error = %cause, "a delivery could not be stored; Meta is told to send it again");
    }
    error(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable")
}

/// Reads a body and verifies its signature; until that is done, its bytes count as a stranger's.
async fn verified<E>(ready: &Ready<E>, headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let claimed = signature::from_headers(headers).map_err(|refusal| refused(ready, refusal))?;
    let held = ready.intake.begin();
    let too_many = || given_up(StatusCode::SERVICE_UNAVAILABLE, "too_many_bytes");
    let body = tokio::select! {
        biased;
        () = held.given_up.notified() => return Err(too_many()),
        read = tokio::time::timeout(BODY_WAIT, read(headers, body, |bytes| held.grow(bytes))) => match read {
            Ok(Ok(body)) => body,
            Ok(Err(Unread::GivenUp)) => return Err(too_many()),
            Ok(Err(Unread::Refused(response))) => return Err(response),
            Err(_) => return Err(given_up(StatusCode::REQUEST_TIMEOUT, "body_too_slow")),
        },
    };
    // Keyed anew each time, since they may have been replaced: it costs as much as two blocks of the body.
    let secrets = Secrets::new(ready.edge.secrets.get().iter());
    secrets.check(claimed, &body).map_err(|refusal| {
        ready.edge.signatures.refused(&body, ready.edge.clock.now());
        refused(ready, refusal)
    })?;
    ready.edge.signatures.right();
    Ok(body)
}

/// Marks what is not to be answered; gives whether the delivery is taken at all.
async fn admit<E>(edge: &Edge<E>, delivery: &mut Delivery) -> Result<bool, E> {
    let numbers = admission::numbers(delivery);
    let ours = match edge.unknown_number {
        UnknownNumber::Answer => None,
        UnknownNumber::Store | UnknownNumber::Refuse => Some((edge.our_numbers)(numbers.clone()).await?),
    };
    let is_ours = |number: &str| ours.as_ref().is_none_or(|ours| number.is_empty() || ours.contains(number));
    let none_is = !numbers.is_empty() && !numbers.iter().any(|number| is_ours(number));
    let taken = edge.unknown_number != UnknownNumber::Refuse || !none_is;
    let unanswered = admission::silence(delivery, is_ours);
    for (reason, count) in [("unknown_number", unanswered.unknown_number), ("too_old", unanswered.too_old)] {
        if count > 0 {
            metrics::counter!("switchboard_webhook_unanswered_total", "reason" => reason).increment(count);
            tracing::info!(reason, count, "signed items are not answered");
        }
    }
    Ok(taken)
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

/// Why a body is not there.
enum Unread {
    /// Other bodies needed the room.
    GivenUp,
    /// It is too large, or broke off.
    Refused(Response),
}

/// Reads a body of at most [`BODY_BYTES_MAX`]; `grow` takes room for bytes that came.
async fn read(headers: &HeaderMap, body: Body, grow: impl Fn(usize) -> bool) -> Result<Bytes, Unread> {
    let too_large = || Unread::Refused(error(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|n| n > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Refused(error(StatusCode::BAD_REQUEST, "body_broken_off")))?;
        if whole.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        // Room is taken for what is allocated, not for what is announced: that costs a stranger nothing.
        let wanted = whole.len() + chunk.len();
        if wanted > whole.capacity() {
            let larger = wanted.next_power_of_two().min(BODY_BYTES_MAX);
            if !grow(larger - whole.capacity()) {
                return Err(Unread::GivenUp);
            }
            whole.reserve_exact(larger - whole.len());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}

fn refused<E>(ready: &Ready<E>, refusal: SignatureError) -> Response {
    if refusal == SignatureError::Invalid {
        ready.edge.signatures.wrong(Instant::now());
    }
    error(StatusCode::UNAUTHORIZED, &refusal.to_string())
}

/// The answer to a body that was not read to its end. The connection is closed: the rest of the body would be read otherwise.
fn given_up(status: StatusCode, why: &'static str) -> Response {
    metrics::counter!("switchboard_bodies_given_up_total", "reason" => why).increment(1);
    let mut response = error(status, why);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
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
