//! The health report: the JSON of `GET /health` in the deployment checklist's shape, from probes of database, queues and flags.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, http::StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    app::App,
    flags::{Flags, Source},
    memory::{self, MemoryInUse},
};
use switchboard_edge::webhook::SignatureWatch;
use switchboard_sandbox::{
    agent::{Rest, Version},
    plugins::Refused,
};
use switchboard_store::{BusinessNumber, Counts, Muted, StoreError, WriteFailure};

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

/// What to do about hosts of one database that keep files in different folders.
pub fn folders_differ(folders: i64) -> String {
    format!(
        "the hosts of this database keep files in {folders} different folders: what one keeps, the others cannot send. Set FILES_DIR of all to one shared folder"
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
    memory: MemoryInUse,
    folders: i64,
}

impl Findings {
    async fn gather(app: &App) -> Findings {
        let numbers = app.store.numbers().await.unwrap_or_default();
        Findings {
            counts: app.store.counts(app.clock.now()).await,
            unstored: app.store.write_failure().await,
            memory: app.memory.in_use(),
            // While the database does not answer, that is the problem.
            folders: app.store.folders_of_hosts().await.unwrap_or_default(),
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
        if self.folders > 1 {
            problems.push(folders_differ(self.folders));
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
        let MemoryInUse { max, reserved, turns, waiting } = self.memory;
        let memory =
            json!({ "reserved_mib": reserved >> 20, "max_mib": max >> 20, "turns": turns, "waiting": waiting });
        json!({
            "database": database, "storing": storing, "queues": queues, "resting": resting, "memory": memory, "flags": flags,
        })
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

/// Agents that are out of service since they were stopped too often, and agents whose notices are muted: a sentence each.
pub(crate) async fn broken_agents(app: &App) -> (Vec<String>, Vec<String>) {
    let now = app.clock.now();
    let resting = |(version, rest): (&Version, Rest)| {
        format!(
            "agent {} ({}) is out of service here until {}: {} of {} turns were stopped",
            version.name(),
            &version.sha256()[..12],
            time(rest.until),
            rest.stops,
            rest.turns
        )
    };
    let muted = |muted: Muted| {
        format!(
            "the notices of agent {} are muted until {}: it caused {} and gave {} answers",
            muted.agent,
            time(muted.until),
            muted.notices,
            muted.answers
        )
    };
    let resting = app.plugins.current().resting(now).map(resting).collect();
    // While the database does not answer, that is the problem.
    let muted = app.store.muted(now).await.unwrap_or_default().into_iter().map(muted).collect();
    (resting, muted)
}

/// Agents that are on by their flags and neither in service, refused nor being loaded: a sentence each.
fn absent_agents(app: &App, flags: &Flags, starting: &[String]) -> Vec<String> {
    let (agents, refusals) = (app.plugins.current(), app.plugins.refusals());
    let is_absent = |(name, file): &(String, String)| {
        flags.agent_is_on(name)
            && agents.get(name).is_none()
            && !starting.contains(name)
            && !refusals.iter().any(|refused| refused.file == *file)
    };
    let sentence = |(name, file): (String, String)| {
        format!("agent `{name}` is on by its flag and not in service: there is no {file} in the plugin folder")
    };
    app.plugins.listed().into_iter().filter(is_absent).map(sentence).collect()
}

/// Why each start compiles all agents anew, if it does.
pub(crate) fn cache_trouble(app: &App) -> Option<String> {
    let trouble = app.plugins.cache_trouble()?;
    Some(format!(
        "compiled agents are not kept in the folder `cache` of DATA_DIR, each start compiles them anew: {trouble}"
    ))
}

/// Answers `GET /health`: 200 while messages can be stored (`healthy`, `degraded`, or `starting` until all agents are ready or refused),
/// 503 when they cannot.
pub async fn report(app: &App, signatures: &SignatureWatch) -> (StatusCode, Value) {
    let agents = app.plugins.current();
    let flags = app.flags.state();
    let domains: Vec<&str> =
        agents.iter().map(|version| version.name()).filter(|name| flags.flags.agent_is_on(name)).collect();
    let findings = Findings::gather(app).await;

    let starting = app.plugins.starting();
    let mut problems = findings.problems();
    if domains.is_empty() && starting.is_empty() {
        problems.push("no agent is in service and on: see `switchboard agents list`".to_owned());
    }
    problems.extend(refused_plugins(app));
    let (resting, muted) = broken_agents(app).await;
    problems.extend(resting.into_iter().chain(muted));
    problems.extend(absent_agents(app, &flags.flags, &starting));
    problems.extend(cache_trouble(app));
    problems.extend(flags.error.clone());
    problems.extend(memory::too_little(&app.memory, &agents));
    problems.extend(signatures.all_wrong(Instant::now()).map(all_wrong));
    if let Ok(Some((built, now))) = app.store.collation_change().await {
        problems.push(collation_changed(&built, &now));
    }
    let (code, status) = match (findings.can_store(), problems.is_empty()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (true, _) if !starting.is_empty() => (StatusCode::OK, "starting"),
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
        "starting": starting,
        "checks": findings.checks(flags_check),
        "problems": problems,
    });
    (code, body)
}
