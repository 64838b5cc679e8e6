//! The health report: the JSON of `GET /health` in the deployment checklist's shape, from probes of database, queues and flags.

mod take;

pub(crate) use take::read_lately;
pub use take::take_snapshot;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, http::StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    app::App,
    flags::Source,
    memory::MemoryInUse,
    problem::{Problem, RestingNumber, Snapshot, WAITING_MS_MAX, evaluate, iso},
};

/// The service's name in the report, as the checklist expects it.
pub const HEALTH_SERVICE_NAME: &str = "wa-webhook-unified";

/// How long the public answer is kept: strangers may ask as often as they like.
const KEPT: Duration = Duration::from_secs(1);

/// The parts of the report that everybody may read; they tell what the service's menu tells too.
const PUBLIC: [&str; 4] = ["status", "service", "timestamp", "domains"];

/// The short report of the public port, made at most once a second.
pub struct PublicHealth {
    app: Arc<App>,
    last: Mutex<Option<(Instant, StatusCode, Value)>>,
}

impl PublicHealth {
    /// A report that was not asked for yet.
    pub fn new(app: Arc<App>) -> PublicHealth {
        PublicHealth { app, last: Mutex::new(None) }
    }

    /// Status and domains; the code is that of the whole report.
    pub async fn answer(&self) -> (StatusCode, Json<Value>) {
        let mut last = self.last.lock().await;
        if let Some((at, code, body)) = &*last
            && at.elapsed() < KEPT
        {
            return (*code, Json(body.clone()));
        }
        let (code, report) = report(&self.app).await;
        let body: Value = PUBLIC.iter().map(|name| ((*name).to_owned(), report[*name].clone())).collect();
        *last = Some((Instant::now(), code, body.clone()));
        (code, Json(body))
    }
}

/// The checks of the report.
fn checks(snapshot: &Snapshot, memory: MemoryInUse, flags: &str, refused_calls: &BTreeMap<String, u64>) -> Value {
    let is_there = snapshot.database_away.is_none();
    let database = match () {
        () if !is_there => "down",
        () if snapshot.counts.oldest_queued_ms > WAITING_MS_MAX => "slow",
        () => "ok",
    };
    let c = &snapshot.counts;
    let queues = is_there.then(|| json!({
        "queued": c.queued, "held": c.held, "dead": c.dead, "outbox": c.outbox_waiting, "outbox_dead": c.outbox_dead,
        "forwards_dead": c.forwards_dead, "unreadable": c.unreadable, "oldest_reply_seconds": c.oldest_reply_ms / 1000,
        "oldest_forward_seconds": c.oldest_forward_ms / 1000, "oldest_notice_seconds": c.oldest_notice_ms / 1000,
    }));
    let storing = if can_store(snapshot) { "ok" } else { "failing" };
    let number = |number: &RestingNumber| json!({ "business": number.business, "reason": number.reason, "since": iso(number.since) });
    let resting: Value = snapshot.resting.iter().map(number).collect();
    let MemoryInUse { max, reserved, turns, waiting } = memory;
    let memory = json!({ "reserved_mib": reserved >> 20, "max_mib": max >> 20, "turns": turns, "waiting": waiting });
    json!({
        "database": database, "storing": storing, "queues": queues, "resting": resting, "memory": memory, "flags": flags,
        "refused_calls": refused_calls,
    })
}

fn can_store(snapshot: &Snapshot) -> bool {
    snapshot.database_away.is_none() && snapshot.unstored.is_none()
}

/// Answers `GET /health`: 200 while messages can be stored (`healthy`, `degraded`, or `starting` until all agents are ready or refused),
/// 503 when they cannot.
pub async fn report(app: &App) -> (StatusCode, Value) {
    let flags = app.flags.state();
    let snapshot = take_snapshot(app).await;
    let mut problems = evaluate(&snapshot);
    problems.retain(|problem| problem.kind.degrades);
    let (code, status) = match (can_store(&snapshot), problems.is_empty()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (true, _) if !snapshot.starting.is_empty() => (StatusCode::OK, "starting"),
        (true, false) => (StatusCode::OK, "degraded"),
        (true, true) => (StatusCode::OK, "healthy"),
    };
    let document = &flags.flags.document;
    let flags_check = match (&flags.error, flags.flags.source) {
        (Some(_), _) => "last good",
        (None, Source::Environment | Source::Default) => "none yet",
        (None, Source::Row | Source::LastGood) => "ok",
    };
    let body = json!({
        "status": status,
        "service": HEALTH_SERVICE_NAME,
        "version": env!("CARGO_PKG_VERSION"),
        "timestamp": jiff::Timestamp::now().to_string(),
        "features": &document.features,
        "rollout": { "enabled": document.unified_service_enabled, "percent": document.unified_service_rollout_percent },
        "domains": &snapshot.agents,
        "starting": &snapshot.starting,
        "checks": checks(&snapshot, app.memory.in_use(), flags_check, &app.vitals.refused_calls()),
        "problems": problems.iter().map(Problem::sentence).collect::<Vec<_>>(),
        "problem_details": problems.iter().map(Problem::json).collect::<Vec<_>>(),
    });
    (code, body)
}
