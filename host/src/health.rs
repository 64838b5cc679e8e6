//! The health report: the JSON of `GET /health` in the deployment checklist's shape, from probes of database, queues and flags.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{app::App, flags::Source};

/// The service's name in the report, as the checklist expects it.
pub const HEALTH_SERVICE_NAME: &str = "wa-webhook-unified";

/// The longest time that a message may wait before the report says `slow`, in milliseconds.
const WAITING_MS_MAX: i64 = 60_000;

/// What to do about indexes that were built with another version of the database's collation.
pub fn collation_changed(built: &str, now: &str) -> String {
    format!(
        "the database's collation changed from version {built} to {now}, as it does with the server's system: indexes of texts in your own tables may be wrong. Run `reindex database` and then `alter database … refresh collation version`"
    )
}

/// Answers `GET /health`: 200 while messages can be stored (`healthy` or `degraded`), 503 when they cannot.
pub async fn report(app: &App) -> (StatusCode, Value) {
    let agents = app.plugins.current();
    let flags = app.flags.state();
    let domains: Vec<&str> =
        agents.iter().map(|version| version.name()).filter(|name| flags.flags.agent_is_on(name)).collect();
    let counts = app.store.counts(app.clock.now()).await;

    let mut problems = Vec::new();
    if domains.is_empty() {
        problems.push("no agent is in service and on: see `switchboard agents list`".to_owned());
    }
    if let Some(error) = &flags.error {
        problems.push(error.clone());
    }
    if let Ok(Some((built, now))) = app.store.collation_change().await {
        problems.push(collation_changed(&built, &now));
    }
    let database = match &counts {
        Ok(counts) if counts.oldest_queued_ms > WAITING_MS_MAX => {
            problems.push(format!("a message has waited for {} s", counts.oldest_queued_ms / 1000));
            "slow"
        }
        Ok(_) => "ok",
        Err(error) => {
            problems.push(format!("the database does not answer: {error}"));
            "down"
        }
    };
    let (code, status) = match (&counts, problems.is_empty()) {
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (Ok(_), false) => (StatusCode::OK, "degraded"),
        (Ok(_), true) => (StatusCode::OK, "healthy"),
    };
    let document = &flags.flags.document;
    let features = &document.features;
    let queues = counts.ok().map(|c| json!({"queued": c.queued, "held": c.held, "dead": c.dead, "outbox": c.outbox_waiting, "outbox_dead": c.outbox_dead, "unreadable": c.unreadable}));
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
        "features": features,
        "rollout": { "enabled": document.unified_service_enabled, "percent": document.unified_service_rollout_percent },
        "domains": domains,
        "checks": {"database": database, "queues": queues, "flags": flags_check},
        "problems": problems,
    });
    (code, body)
}
