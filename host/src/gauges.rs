//! The gauges of `/metrics` that are computed when they are scraped.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::{app::App, telemetry};

/// How often billed messages are counted.
const BILLED: Duration = Duration::from_secs(60);

/// A day, in milliseconds: billed messages are counted over the last one.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// State between scrapes: the agents reported last (in service, muted, out of service), and when billed messages were counted.
#[derive(Default)]
pub(crate) struct ScrapeState {
    agents: HashSet<String>,
    muted: HashSet<String>,
    resting: HashSet<String>,
    billed: Option<Instant>,
}

/// Updates the gauges that are computed when they are scraped.
pub(crate) async fn update(app: &App, last: &mut ScrapeState) {
    let now = app.clock.now();
    let memory = app.memory.in_use();
    telemetry::memory(memory.max, memory.reserved);
    telemetry::turns(memory.turns, memory.waiting);
    let state = app.flags.state();
    let agents = app.plugins.current();
    let on = agents.iter().map(|version| version.name()).filter(|name| state.flags.agent_is_on(name));
    let percent = state.flags.document.served_percent();
    telemetry::service(state.error.is_some(), percent, on.map(str::to_owned).collect(), &mut last.agents);
    let unstored = app.store.write_failure().await.is_some();
    if let Ok(counts) = app.store.counts(now).await {
        telemetry::queues(&counts);
    }
    if let Ok(files) = app.store.file_figures().await {
        telemetry::files(&files);
    }
    if let Ok(muted) = app.store.muted(now).await {
        let muted = muted.into_iter().map(|muted| muted.agent).collect();
        telemetry::agents_are("switchboard_agent_muted", muted, &mut last.muted);
    }
    let resting = agents.resting(now).map(|(version, _)| version.name().to_owned()).collect();
    telemetry::agents_are("switchboard_agent_rests", resting, &mut last.resting);
    let numbers = app.store.numbers().await.unwrap_or_default();
    let (refused, cache_writable) = (app.plugins.refusals().len(), app.plugins.cache_trouble().is_none());
    telemetry::standstill(unstored, refused, cache_writable, &numbers, now);
    if let Ok(Some(backup)) = app.store.newest_backup().await {
        telemetry::backup(now - backup.at);
    }
    // Reads all statuses of a day, so not at every scrape.
    if last.billed.is_none_or(|at| at.elapsed() >= BILLED)
        && let Ok(billed) = app.store.billed(now - DAY_MS, now).await
    {
        telemetry::billed(billed);
        last.billed = Some(Instant::now());
    }
}
