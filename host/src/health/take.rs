//! Takes a snapshot: reads what hosts, files and database say now.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use rustix::fs::statvfs;

use crate::{
    app::App,
    memory,
    problem::{Candidate, Disk, HostView, Lately, RestingNumber, Snapshot, differing},
    rollout::Hosted,
};
use switchboard_core::{
    plan::{Outcome, Rollout, State},
    seldom::Seldom,
};
use switchboard_sandbox::{agent::Rest, agent::Version};
use switchboard_store::{BusinessNumber, HostStatus, Slice, Store, StoreError};

const MINUTE_MS: i64 = 60_000;

/// How long an aborted rollout is told of, in milliseconds.
const ABORTED_MS: i64 = 24 * 60 * MINUTE_MS;

/// Takes a snapshot of this host and its database.
pub async fn take_snapshot(app: &App) -> Snapshot {
    let now = app.clock.now();
    let mut snapshot = of_host(app, now).await;
    match app.store.counts(now).await {
        Ok(counts) => {
            snapshot.counts = counts;
            if let Err(error) = of_database(app, now, &mut snapshot).await {
                static TOLD: Seldom = Seldom::each_minute();
                snapshot.is_partial = true;
                if let Some(times) = TOLD.hit(Instant::now()) {
                    tracing::warn!(times, "problems are looked for in a part of the database only: {error}");
                }
            }
        }
        Err(error) => snapshot.database_away = Some(error.to_string()),
    }
    snapshot.hosts_differ_ms = app.vitals.differ_ms(&differing(&snapshot.hosts));
    snapshot
}

/// What this host knows by itself.
async fn of_host(app: &App, now: i64) -> Snapshot {
    let unstored = app.store.write_failure().await;
    let (agents, state, watched) = (app.plugins.current(), app.flags.state(), &app.vitals.watched);
    let (starting, refused) = (app.plugins.starting(), app.plugins.refusals());
    let is_absent = |(name, file): &(String, String)| {
        state.flags.agent_is_on(name)
            && agents.get(name).is_none()
            && !starting.contains(name)
            && !refused.iter().any(|refused| refused.file == *file)
    };
    let resting = |(version, rest): (&Version, Rest)| {
        let (name, sha256) = (version.name().to_owned(), version.sha256()[..12].to_owned());
        (name, sha256, rest.until, rest.stops, rest.turns)
    };
    let disk = |(variable, folder): &(&'static str, PathBuf)| room(variable, folder, watched.disk_free_min);
    let on = agents.iter().map(|version| version.name()).filter(|name| state.flags.agent_is_on(name));
    Snapshot {
        now,
        unstored,
        wrong_signatures: app.vitals.signatures.all_wrong(Instant::now()),
        legacy: app.vitals.legacy.failure(Instant::now()),
        disks: watched.disks.iter().filter_map(disk).collect(),
        clock_ahead_ms: app.clock.ahead_ms(),
        absent: app.plugins.listed().into_iter().filter(is_absent).collect(),
        agents: on.map(str::to_owned).collect(),
        resting_agents: agents.resting(now).map(resting).collect(),
        memory: memory::too_little(&app.memory, &agents),
        cache_trouble: app.plugins.cache_trouble(),
        flags_refused: state.error.clone(),
        percent: state.flags.document.served_percent(),
        backup_max_hours: watched.backup_max_hours,
        model: app.model.failure(),
        caps: watched.caps,
        lately: app.vitals.lately(),
        starting,
        refused,
        ..Snapshot::default()
    }
}

/// What the database says.
async fn of_database(app: &App, now: i64, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let store = &app.store;
    snapshot.resting = store.numbers().await?.into_iter().filter_map(|number| resting(number, now)).collect();
    snapshot.folders = store.folders_of_hosts().await?;
    snapshot.collation = store.collation_change().await?;
    snapshot.muted = store.muted(now).await?;
    snapshot.rollouts = store.rollouts().await?.iter().map(|rollout| candidate(rollout, now)).collect();
    snapshot.hosts = store.hosts().await?.into_iter().map(host).collect();
    snapshot.tickets = store.tickets_waiting(now).await?;
    snapshot.taken_over = store.taken_over_count(now).await?;
    snapshot.backup_ms = store.newest_backup().await?.map(|backup| now - backup.at);
    snapshot.meta = store.meta_notices(now).await?;
    if snapshot.caps.is_some() {
        snapshot.tokens = store.tokens_of_today(now).await?;
    }
    Ok(())
}

/// Reads the figures of the last hours.
pub(crate) async fn read_lately(store: &Store, now: i64) -> Result<Lately, StoreError> {
    let back = |minutes: i64| now - minutes * MINUTE_MS;
    Ok(Lately {
        four_hours: store.figures(&Slice::all(back(240), now)).await?,
        half_hour: store.figures(&Slice::all(back(30), now)).await?,
        day: store.traffic(back(24 * 60), now).await?,
        two_hours: store.traffic(back(120), now).await?.iter().map(|(_, messages)| messages).sum(),
        given_up: store.given_up(back(60)).await?,
        replies: store.deliveries(back(60), now).await?,
        templates_lost: store.templates_lost(back(60)).await?,
        failing: store.failing_agents(back(60), now).await?,
    })
}

fn resting(number: BusinessNumber, now: i64) -> Option<RestingNumber> {
    let rested_ms = number.rests_ms(now);
    let (since, reason) = (number.rest_since.unwrap_or(now), number.rest_reason?);
    // Meta's words begin with its code, and its subcode if there is one.
    let head = reason.split_once(':').map_or("", |(head, _)| head);
    let (code, subcode) = head.split_once('/').map_or((head, ""), |(code, subcode)| (code, subcode));
    let (code, subcode) = (code.parse().ok(), subcode.parse().ok());
    Some(RestingNumber { business: number.business, rested_ms, since, code, subcode, reason })
}

fn candidate(rollout: &Rollout, now: i64) -> Candidate {
    let is_under_way = rollout.state.is_under_way();
    Candidate {
        agent: rollout.agent().map(str::to_owned),
        percent: rollout.percent,
        is_under_way,
        is_held: is_under_way
            && (rollout.state == State::Held || matches!(rollout.outcome, Outcome::Held | Outcome::Error)),
        is_aborted: rollout.state == State::Aborted
            && rollout.outcome == Outcome::Aborted
            && now - rollout.updated_at < ABORTED_MS,
        reason: rollout.reason.clone(),
        who: rollout.who.clone(),
    }
}

fn host(status: HostStatus) -> HostView {
    let hosted: Option<Vec<Hosted>> = status.agents.and_then(|agents| serde_json::from_str(&agents).ok());
    let what = |hosted: Hosted| {
        let version = hosted.version?;
        let sha256 = version.sha256.get(..12).unwrap_or(&version.sha256).to_owned();
        let entry = hosted.entry.map(|entry| format!(", settings {entry}")).unwrap_or_default();
        Some((hosted.name, format!("{sha256}{entry}")))
    };
    let serves = hosted.map(|hosted| hosted.into_iter().filter_map(what).collect());
    HostView { node: status.node, clock_ahead_ms: status.clock_ahead_ms, serves }
}

/// The room in a folder, or in the nearest one above it that is there. None if the system does not say.
fn room(variable: &'static str, folder: &Path, min_bytes: u64) -> Option<Disk> {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| PathBuf::from(folder));
    let there = whole.ancestors().find(|folder| folder.is_dir())?;
    let found = statvfs(there).ok()?;
    let free_bytes = found.f_bavail.saturating_mul(found.f_frsize);
    Some(Disk { variable, folder: folder.display().to_string(), free_bytes, min_bytes })
}
