//! The health report: the JSON of `GET /health` in the deployment checklist's shape, from probes of database, queues and flags.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, http::StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{app::App, flags::Source};
use switchboard_edge::webhook::SignatureWatch;
use switchboard_sandbox::plugins::Refused;
use switchboard_store::{BusinessNumber, Counts, StoreError, WriteFailure};

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

/// What to do about deliveries that all have a wrong signature.
fn all_wrong(count: u64) -> String {
    format!(
        "the last {count} deliveries had a wrong signature, and none a right one: if they are Meta's, set WHATSAPP_APP_SECRET to the app's secret"
    )
}

/// How long the public answer is kept: strangers may ask as often as they like.
const KEPT: Duration = Duration::from_secs(1);

/// The parts of the report that everybody may read; they tell what the service's menu tells too.
const PUBLIC: [&str; 4] = ["status", "service", "timestamp", "domains"];

/// The short report of the public port, made at most once a second.
pub struct PublicHealth {
    app: Arc<App>,
    signatures: Arc<SignatureWatch>,
    last: Mutex<Option<(Instant, StatusCode, Value)>>,
}

impl PublicHealth {
    /// A report that was not asked for yet.
    pub fn new(app: Arc<App>, signatures: Arc<SignatureWatch>) -> PublicHealth {
        PublicHealth { app, signatures, last: Mutex::new(None) }
    }

    /// Status and domains; the code is that of the whole report.
    pub async fn answer(&self) -> (StatusCode, Json<Value>) {
        let mut last = self.last.lock().await;
        if let Some((at, code, body)) = &*last
            && at.elapsed() < KEPT
        {
            return (*code, Json(body.clone()));
        }
        let (code, report) = report(&self.app, &self.signatures).await;
        let body: Value = PUBLIC.iter().map(|name| ((*name).to_owned(), report[*name].clone())).collect();
        *last = Some((Instant::now(), code, body.clone()));
        (code, Json(body))
    }
}

/// The manifest's name among the refused files.
const MANIFEST: &str = "plugins.toml";

/// What is known of the host when it reports.
struct Findings {
    counts: Result<Counts, StoreError>,
    unstored: Option<WriteFailure>,
    resting: Vec<BusinessNumber>,
}

impl Findings {
    async fn gather(app: &App) -> Findings {
        let numbers = app.store.numbers().await.unwrap_or_default();
        Findings {
            counts: app.store.counts(app.clock.now()).await,
            unstored: app.store.write_failure().await,
            resting: numbers.into_iter().filter(|number| number.rest_reason.is_some()).collect(),
        }
    }

    fn can_store(&self) -> bool {
        self.counts.is_ok() && self.unstored.is_none()
    }

    /// What is wrong with database, queues and business numbers, a sentence each.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        match &self.counts {
            Ok(counts) if counts.oldest_queued_ms > WAITING_MS_MAX => {
                problems.push(format!("a message has waited for {} s", counts.oldest_queued_ms / 1000));
            }
            Ok(_) => {}
            Err(error) => problems.push(format!("the database does not answer: {error}")),
        }
        if let Some(WriteFailure { since, error }) = &self.unstored {
            problems.push(format!("deliveries cannot be stored since {}: {error}", time(*since)));
        }
        for number in &self.resting {
            problems.push(format!(
                "nothing is sent from the number {} since {}: {}",
                number.business,
                time(number.rest_since.unwrap_or_default()),
                number.rest_reason.as_deref().unwrap_or_default()
            ));
        }
        problems
    }

    /// The checks of the report.
    fn checks(&self, flags: &str) -> Value {
        let database = match &self.counts {
            Ok(counts) if counts.oldest_queued_ms > WAITING_MS_MAX => "slow",
            Ok(_) => "ok",
            Err(_) => "down",
        };
        let queues = self.counts.as_ref().ok().map(|c| json!({
            "queued": c.queued, "held": c.held, "dead": c.dead, "outbox": c.outbox_waiting, "outbox_dead": c.outbox_dead,
            "forwards_dead": c.forwards_dead, "unreadable": c.unreadable, "oldest_reply_seconds": c.oldest_reply_ms / 1000,
            "oldest_forward_seconds": c.oldest_forward_ms / 1000, "oldest_notice_seconds": c.oldest_notice_ms / 1000,
        }));
        let storing = if self.can_store() { "ok" } else { "failing" };
        let number = |number: &BusinessNumber| json!({ "business": number.business, "reason": number.rest_reason, "since": number.rest_since.map(time) });
        let resting: Value = self.resting.iter().map(number).collect();
        json!({ "database": database, "storing": storing, "queues": queues, "resting": resting, "flags": flags })
    }
}

/// A time in milliseconds as ISO 8601, in seconds.
fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Refused components, and a refused manifest: a sentence each.
pub(crate) fn refused_plugins(app: &App) -> Vec<String> {
    let sentence = |refused: Refused| match refused.file.as_str() {
        MANIFEST => format!("{MANIFEST} is refused, the one before it is in force: {}", refused.reason),
        file => format!("{file} is refused: {}", refused.reason),
    };
    app.plugins.refusals().into_iter().map(sentence).collect()
}

/// Answers `GET /health`: 200 while messages can be stored (`healthy` or `degraded`), 503 when they cannot.
pub async fn report(app: &App, signatures: &SignatureWatch) -> (StatusCode, Value) {
    let agents = app.plugins.current();
    let flags = app.flags.state();
    let domains: Vec<&str> =
        agents.iter().map(|version| version.name()).filter(|name| flags.flags.agent_is_on(name)).collect();
    let findings = Findings::gather(app).await;

    let mut problems = findings.problems();
    if domains.is_empty() {
        problems.push("no agent is in service and on: see `switchboard agents list`".to_owned());
    }
    problems.extend(refused_plugins(app));
    problems.extend(flags.error.clone());
    problems.extend(signatures.all_wrong(Instant::now()).map(all_wrong));
    if let Ok(Some((built, now))) = app.store.collation_change().await {
        problems.push(collation_changed(&built, &now));
    }
    let (code, status) = match (findings.can_store(), problems.is_empty()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
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
        "domains": domains,
        "checks": findings.checks(flags_check),
        "problems": problems,
    });
    (code, body)
}
