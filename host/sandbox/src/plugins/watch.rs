//! The file watcher: notices files that are added, changed or removed. It acts at once on reported renames and
//! finished writes; where the system reports nothing (some mounts), it polls sizes and times.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::sync::mpsc;

use super::{
    files::{component_files, is_component},
    registry::Inner,
    signature::{beside, component_of},
};

/// The polling interval. A file is acted on when two polls in a row agree.
const LOOK: Duration = Duration::from_secs(2);

/// How long a removed file is waited for: it may come back under its name (a replacement in two steps).
const GONE: Duration = Duration::from_millis(300);

/// A file's size and modification time; none if it does not exist.
type Look = Option<(u64, SystemTime)>;

/// Watches the plugin directory and the manifest until the registry is dropped.
pub(super) fn follow(inner: &Arc<Inner>) {
    let (events, seen) = mpsc::unbounded_channel();
    let reports = Reports::new(inner, events);
    tokio::spawn(run(Arc::downgrade(inner), seen, reports));
}

/// The system's file events for the manifest's folder and the plugin directory, wherever that is now.
struct Reports {
    watcher: Option<RecommendedWatcher>,
    directory: PathBuf,
}

impl Reports {
    fn new(inner: &Inner, events: mpsc::UnboundedSender<PathBuf>) -> Reports {
        let mut reports = Reports { watcher: watcher(events), directory: inner.directory() };
        if reports.watcher.is_none() {
            tracing::warn!("file events are not available here; polling every {} s", LOOK.as_secs());
        }
        let manifest = inner.manifest_path().parent().filter(|parent| !parent.as_os_str().is_empty());
        reports.watch(manifest.unwrap_or(Path::new(".")));
        reports.watch(&inner.directory());
        reports
    }

    fn watch(&mut self, folder: &Path) {
        let watched = self.watcher.as_mut().map(|watcher| watcher.watch(folder, RecursiveMode::NonRecursive));
        if let Some(Err(error)) = watched {
            tracing::warn!("{} cannot be watched: {error}", folder.display());
        }
    }

    /// Watches the current directories. The manifest may name another plugin directory now; the old one stays
    /// watched, since it may be the manifest's own folder, and events for files elsewhere are ignored.
    fn follow(&mut self, inner: &Inner) {
        let directory = inner.directory();
        if directory != self.directory {
            self.watch(&directory);
            self.directory = directory;
        }
    }
}

fn watcher(events: mpsc::UnboundedSender<PathBuf>) -> Option<RecommendedWatcher> {
    let report = move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        if ends_a_change(event.kind) {
            for path in event.paths {
                let _ = events.send(path);
            }
        }
    };
    notify::recommended_watcher(report).ok()
}

/// Whether an event completes a change: a rename, the end of a write, a removal or a new link, not the writes in
/// between.
fn ends_a_change(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Remove(_)
            | EventKind::Create(_)
    )
}

async fn run(inner: Weak<Inner>, mut seen: mpsc::UnboundedReceiver<PathBuf>, mut reports: Reports) {
    let mut looks: HashMap<PathBuf, (Look, Look)> = HashMap::new();
    if let Some(inner) = inner.upgrade() {
        for path in files(&inner) {
            let look = look(&path);
            looks.insert(path, (look, look));
        }
    }
    let mut clock = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            event = seen.recv() => {
                let (Some(path), Some(inner)) = (event, inner.upgrade()) else { return };
                let mut paths = vec![path];
                while let Ok(path) = seen.try_recv() {
                    paths.push(path);
                }
                paths.sort();
                paths.dedup();
                for path in paths {
                    act(&inner, &path).await;
                    let look = look(&path);
                    looks.insert(path, (look, look));
                }
                reports.follow(&inner);
            }
            _ = clock.tick() => {
                let Some(inner) = inner.upgrade() else { return };
                look_round(&inner, &mut looks).await;
                inner.retry_failed();
                reports.follow(&inner);
            }
        }
    }
}

/// Acts on a change: rereads the manifest, or begins to load the file.
async fn act(inner: &Arc<Inner>, path: &Path) {
    if path.file_name() == inner.manifest_path().file_name() {
        return inner.manifest_changed().await;
    }
    if path.file_name() == inner.lock.allowed_path().file_name() {
        return inner.allowed_changed();
    }
    // A signature that comes after its component, or is replaced.
    let signed = component_of(path);
    let path = signed.as_deref().unwrap_or(path);
    if !is_component(path) || !is_in(path, &inner.directory()) {
        return;
    }
    let (inner, path) = (inner.clone(), path.to_owned());
    tokio::spawn(async move {
        if look(&path).is_none() {
            tokio::time::sleep(GONE).await;
        }
        inner.file_changed(&path).await;
    });
}

/// Polls all files: acts on those that changed since they were last acted on, and did not change since the last poll.
async fn look_round(inner: &Arc<Inner>, looks: &mut HashMap<PathBuf, (Look, Look)>) {
    let mut paths = files(inner);
    paths.extend(looks.keys().filter(|path| is_component(path)).cloned());
    paths.sort();
    paths.dedup();
    for path in paths {
        let now = look(&path);
        let (acted, last) = looks.get(&path).copied().unwrap_or((None, None));
        let stands_still = now == last;
        let changed = now != acted;
        let acted = if changed && stands_still { now } else { acted };
        looks.insert(path.clone(), (acted, now));
        if changed && stands_still {
            act(inner, &path).await;
        }
    }
}

/// Whether a path is in a directory. Reported paths may have another prefix than ours (`./`, a link).
fn is_in(path: &Path, directory: &Path) -> bool {
    path.parent()
        .is_some_and(|parent| parent == directory || parent.canonicalize().ok() == directory.canonicalize().ok())
}

fn files(inner: &Inner) -> Vec<PathBuf> {
    let mut files = component_files(&inner.directory()).unwrap_or_default();
    let signatures: Vec<PathBuf> = files.iter().map(|component| beside(component)).collect();
    files.extend(signatures);
    files.push(inner.manifest_path().to_owned());
    files.push(inner.lock.allowed_path());
    files
}

/// Reads a file's size and time, following links: a link that points elsewhere now counts as changed.
fn look(path: &Path) -> Look {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
