//! The gauges of `/metrics` that are computed when they are scraped, from the same snapshot as the health report.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use metrics::{Label, gauge};

use crate::{
    app::App,
    health::take_snapshot,
    metric,
    problem::{Snapshot, differing, evaluate, kinds, used_percent, warning_label},
    telemetry,
};
use switchboard_core::{
    meta_notice::{FIELDS, standing},
    plan::{SERVICE_ROLLOUT, agent_rollout},
};

/// How often billed messages are counted.
const BILLED: Duration = Duration::from_secs(60);

/// A day, in milliseconds: billed messages are counted over the last one.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// State between scrapes: the series that were set last, and when billed messages were counted.
#[derive(Default)]
pub(crate) struct ScrapeState {
    series: HashMap<&'static str, HashSet<Labels>>,
    billed: Option<Instant>,
}

/// The labels of a series.
type Labels = Vec<(&'static str, String)>;

impl ScrapeState {
    /// Sets a gauge for each of these series, and to 0 those that are gone since the last scrape.
    fn set(&mut self, name: &'static str, series: impl IntoIterator<Item = (Labels, f64)>) {
        let labels =
            |labels: &Labels| labels.iter().map(|(key, value)| Label::new(*key, value.clone())).collect::<Vec<_>>();
        let mut now = HashSet::new();
        for (of, value) in series {
            gauge!(name, labels(&of)).set(value);
            now.insert(of);
        }
        let before = self.series.insert(name, now.clone()).unwrap_or_default();
        for gone in before.difference(&now) {
            gauge!(name, labels(gone)).set(0.0);
        }
    }
}

/// Updates the gauges that are computed when they are scraped.
pub(crate) async fn update(app: &App, last: &mut ScrapeState) {
    let snapshot = take_snapshot(app).await;
    let memory = app.memory.in_use();
    telemetry::memory(memory.max, memory.reserved);
    telemetry::turns(memory.turns, memory.waiting);
    metric::process();
    of_problems(&snapshot, last);
    of_host(&snapshot, last);
    if snapshot.database_away.is_some() {
        return;
    }
    telemetry::queues(&snapshot.counts);
    of_database(&snapshot, last);
    if let Ok(files) = app.store.file_figures().await {
        telemetry::files(&files);
    }
    // What a number rested before, and no more, is 0.
    if let Ok(numbers) = app.store.numbers().await {
        let rests = |number: &switchboard_store::BusinessNumber| {
            (vec![("business", number.business.clone())], number.rests_ms(snapshot.now) as f64 / 1000.0)
        };
        last.set("switchboard_number_rests_seconds", numbers.iter().map(rests));
    }
    // Reads all statuses of a day, so not at every scrape.
    if last.billed.is_none_or(|at| at.elapsed() >= BILLED)
        && let Ok(billed) = app.store.billed(snapshot.now - DAY_MS, snapshot.now).await
    {
        telemetry::billed(billed);
        last.billed = Some(Instant::now());
    }
}

/// Which problems stand.
fn of_problems(snapshot: &Snapshot, last: &mut ScrapeState) {
    let problems = evaluate(snapshot);
    let stands = kinds().map(|kind| {
        let stands = problems.iter().any(|problem| problem.kind.name == kind.name);
        (vec![("name", kind.name.to_owned())], if stands { 1.0 } else { 0.0 })
    });
    last.set("switchboard_problem", stands);
}

/// What this host knows by itself.
fn of_host(snapshot: &Snapshot, last: &mut ScrapeState) {
    let is = |so: bool| if so { 1.0 } else { 0.0 };
    gauge!("switchboard_database_away").set(is(snapshot.database_away.is_some()));
    gauge!("switchboard_storing_fails").set(is(snapshot.unstored.is_some()));
    gauge!("switchboard_signatures_wrong").set(snapshot.wrong_signatures.unwrap_or_default() as f64);
    gauge!("switchboard_legacy_failures").set(snapshot.legacy.as_ref().map_or(0.0, |legacy| legacy.times as f64));
    gauge!("switchboard_clock_ahead_seconds").set(snapshot.clock_ahead_ms as f64 / 1000.0);
    gauge!("switchboard_plugins_refused").set(snapshot.refused.len() as f64);
    gauge!("switchboard_cache_writable").set(is(snapshot.cache_trouble.is_none()));
    gauge!("switchboard_agents_serving").set(snapshot.agents.len() as f64);
    gauge!("switchboard_agents_missing").set(snapshot.absent.len() as f64);
    gauge!("switchboard_model_failures").set(snapshot.model.as_ref().map_or(0.0, |model| f64::from(model.times)));
    gauge!("switchboard_flags_refused").set(is(snapshot.flags_refused.is_some()));
    gauge!("switchboard_rollout_percent").set(snapshot.percent);
    if let Some(disk) = snapshot.disks.first() {
        gauge!("switchboard_disk_free_min_bytes").set(disk.min_bytes as f64);
    }
    let room = |disk: &crate::problem::Disk| (vec![("folder", disk.variable.to_owned())], disk.free_bytes as f64);
    last.set("switchboard_disk_free_bytes", snapshot.disks.iter().map(room));
    last.set("switchboard_agent_in_service", snapshot.agents.iter().map(|agent| (of_agent(agent), 1.0)));
    last.set("switchboard_agent_rests", snapshot.resting_agents.iter().map(|(agent, ..)| (of_agent(agent), 1.0)));
}

fn of_agent(agent: &str) -> Labels {
    vec![("agent", agent.to_owned())]
}

/// What the database says, alike at every host.
fn of_database(snapshot: &Snapshot, last: &mut ScrapeState) {
    let is = |so: bool| if so { 1.0 } else { 0.0 };
    let resting = snapshot.resting.iter().map(|number| {
        let code = number.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        (vec![("business", number.business.clone()), ("code", code)], 1.0)
    });
    last.set("switchboard_number_resting", resting);
    last.set("switchboard_agent_muted", snapshot.muted.iter().map(|muted| (of_agent(&muted.agent), 1.0)));
    gauge!("switchboard_agents_differ").set(differing(&snapshot.hosts).len() as f64);
    gauge!("switchboard_takeovers").set(snapshot.taken_over as f64);
    if let Some(age) = snapshot.backup_ms {
        telemetry::backup(age);
    }
    let name = |agent: &Option<String>| agent.as_deref().map_or_else(|| SERVICE_ROLLOUT.to_owned(), agent_rollout);
    let rollouts = &snapshot.rollouts;
    let held = rollouts.iter().map(|it| (vec![("rollout", name(&it.agent))], is(it.is_held)));
    last.set("switchboard_rollout_held", held);
    let aborted = rollouts.iter().map(|it| (vec![("rollout", name(&it.agent))], is(it.is_aborted)));
    last.set("switchboard_rollout_aborted", aborted);
    let tried = rollouts
        .iter()
        .filter_map(|it| Some((of_agent(it.agent.as_deref()?), if it.is_under_way { it.percent } else { 0.0 })));
    last.set("switchboard_candidate_percent", tried);
    let by = |priority: &str| vec![("priority", priority.to_owned())];
    last.set("switchboard_tickets_open", snapshot.tickets.iter().map(|open| (by(&open.priority), open.count as f64)));
    let oldest = snapshot.tickets.iter().map(|open| (by(&open.priority), open.oldest_ms as f64 / 1000.0));
    last.set("switchboard_oldest_ticket_seconds", oldest);
    let used = used_percent(snapshot).into_iter().map(|(agent, percent, _)| {
        let agent = if agent.is_empty() { "all" } else { &agent };
        (of_agent(agent), percent as f64 / 100.0)
    });
    last.set("switchboard_model_budget_used_ratio", used);
    let standing = standing(&snapshot.meta, snapshot.now);
    let mut warnings: HashMap<&str, f64> = FIELDS.iter().map(|field| (warning_label(field.warns), 0.0)).collect();
    for (warning, _) in standing {
        *warnings.entry(warning_label(warning)).or_default() += 1.0;
    }
    let warnings = warnings.into_iter().map(|(warning, count)| (vec![("warning", warning.to_owned())], count));
    last.set("switchboard_meta_warnings", warnings);
    if let Some(lately) = &snapshot.lately {
        let failing = lately.failing.iter().map(|(agent, times)| (of_agent(agent), *times as f64));
        last.set("switchboard_agent_failures", failing);
    }
}
