//! The background tasks of a host: what follows the database, and what is done now and then.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    app::App,
    console::ConsoleHandle,
    lane::LaneRunner,
    rollout::{Controller, reconciler::Reconciler},
    share::ComponentReplicator,
    slots, telemetry,
    watcher::{Looks, Watcher},
};
use switchboard_edge::{media::Media, outbox::Queue};

/// How often expired rows are deleted.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// How often it is noted which messages refused deliveries named.
const REFUSED_NOTED: Duration = Duration::from_secs(5);

/// How often erasures that wait for a last answer are tried again.
const FORGET_AGAIN: Duration = Duration::from_secs(1);

/// Starts the background tasks.
pub(super) fn background(
    app: &Arc<App>,
    lanes: &LaneRunner,
    reconciler: Reconciler,
    console: &ConsoleHandle,
    queues: (Queue, Queue),
) -> Background {
    let mut tasks = Background::default();
    let watcher = Watcher::new(app.store.clone(), app.clock.clone());
    tasks.spawn("flags", app.flags.clone().follow(watcher.looks()));
    tasks.spawn("profiles", app.profiles.clone().follow(watcher.looks()));
    tasks.spawn("numbers", app.numbers.clone().follow(watcher.looks()));
    tasks.spawn("lanes", lanes.clone().poll(watcher.looks()));
    tasks.spawn("console", console.clone().follow(watcher.looks()));
    tasks.spawn("sweep", sweep(app.clone()));
    tasks.spawn("slots", slots::follow(app.clone()));
    if let Some(files) = &app.files {
        tasks.spawn("files", fetch_files(files.clone(), watcher.looks()));
    }
    tasks.spawn("rollout", Controller::new(app.clone()).follow());
    tasks.spawn("versions", reconciler.follow(watcher.looks()));
    if app.store.is_shared() {
        tasks.spawn("share", ComponentReplicator::new(app.store.clone(), app.plugins.clone()).follow(watcher.looks()));
    }
    tasks.spawn("refused deliveries", note_refused(app.clone()));
    let (sender, forwarder) = queues;
    tasks.spawn("watcher", watcher.watch(sender, forwarder));
    tasks
}

/// Fetches files when they are due, until the task is dropped.
async fn fetch_files(files: Media, mut looks: Looks) {
    while let Some(look) = looks.next().await {
        if look.files {
            files.fetch_due().await;
        }
    }
}

/// The background tasks. None of them ends by itself: one that ends has panicked, and the host must stop.
#[derive(Default)]
pub(super) struct Background {
    tasks: JoinSet<()>,
    names: HashMap<tokio::task::Id, &'static str>,
}

impl Background {
    pub(super) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until a task ends; returns its name.
    pub(super) async fn failed(&mut self) -> &'static str {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.names.get(&id).copied().unwrap_or_default(),
            Some(Err(error)) => self.names.get(&error.id()).copied().unwrap_or_default(),
            None => std::future::pending().await,
        }
    }

    /// Stops all of them.
    pub(super) fn stop(&mut self) {
        self.tasks.abort_all();
    }
}

/// Notes what refused deliveries named, for traces.
async fn note_refused(app: Arc<App>) {
    loop {
        tokio::time::sleep(REFUSED_NOTED).await;
        let refused = app.vitals.signatures.take_refused();
        if !refused.is_empty()
            && let Err(error) = app.store.note_refused(&refused).await
        {
            tracing::warn!("what refused deliveries named could not be noted: {error}");
        }
    }
}

/// Deletes expired rows periodically.
async fn sweep(app: Arc<App>) {
    let mut next = Instant::now() + SWEEP;
    loop {
        tokio::time::sleep(FORGET_AGAIN).await;
        if app.store.is_forgetting()
            && let Err(error) = app.store.finish_forgetting(app.clock.now()).await
        {
            tracing::warn!("what a forgotten person is known by could not be erased yet: {error}");
        }
        if Instant::now() < next {
            continue;
        }
        next = Instant::now() + SWEEP;
        match app.store.sweep(app.clock.now()).await {
            Ok(swept) => telemetry::swept(&swept),
            Err(error) => tracing::warn!("expired rows could not be deleted: {error}"),
        }
        if let Some(files) = &app.files
            && let Err(error) = files.collect().await
        {
            tracing::warn!("files of nobody could not be deleted: {error}");
        }
    }
}
