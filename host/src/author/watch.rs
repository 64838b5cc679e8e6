//! Watches what an agent is built from.

use std::{collections::BTreeSet, path::Path, time::Duration};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::sync::mpsc;

use super::{
    c::BINDINGS,
    error::AuthorError,
    project::{MANIFEST, Project},
};

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A conversation.
    Conversations,
    /// `plugins.toml`.
    Manifest,
    /// What the component is built from.
    Sources,
}

/// Changes that come within this time of one another are one: editors write a file in several steps.
const TOGETHER: Duration = Duration::from_millis(60);

/// Folders whose files no source is.
const BUILT: [&str; 5] = ["target", "node_modules", "__pycache__", "plugins", BINDINGS];

/// A watch on an agent's folder, on the SDK in this project, and on `plugins.toml`.
pub struct Watch {
    _watcher: RecommendedWatcher,
    changes: mpsc::UnboundedReceiver<Change>,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// If the system cannot report changes of files here.
    pub fn start(project: &Project, name: &str) -> Result<Watch, AuthorError> {
        let (sender, changes) = mpsc::unbounded_channel();
        let root = project.root.clone();
        let report = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if is_change(event.kind) {
                for change in event.paths.iter().filter_map(|path| change_of(&root, path)) {
                    let _ = sender.send(change);
                }
            }
        };
        let failed =
            |error: notify::Error| AuthorError::project(project.root.clone(), format!("it cannot be watched: {error}"));
        let mut watcher = notify::recommended_watcher(report).map_err(failed)?;
        watcher.watch(&project.root, RecursiveMode::NonRecursive).map_err(failed)?;
        watcher.watch(&project.agent(name), RecursiveMode::Recursive).map_err(failed)?;
        for sdk in ["agents/sdk", "agents-wit", "vendor/sdk"] {
            let sdk = project.root.join(sdk);
            if sdk.is_dir() {
                watcher.watch(&sdk, RecursiveMode::Recursive).map_err(failed)?;
            }
        }
        Ok(Watch { _watcher: watcher, changes })
    }

    /// Waits for changes; those that come together are given together.
    pub async fn next(&mut self) -> BTreeSet<Change> {
        let mut seen = BTreeSet::new();
        match self.changes.recv().await {
            Some(first) => drop(seen.insert(first)),
            None => std::future::pending().await,
        }
        while let Ok(Some(more)) = tokio::time::timeout(TOGETHER, self.changes.recv()).await {
            seen.insert(more);
        }
        seen
    }
}

/// Whether an event is the end of a change.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Create(_) => false,
        EventKind::Any | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}

/// What a changed file means; none if it is no source.
fn change_of(root: &Path, path: &Path) -> Option<Change> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
    let file = *names.last()?;
    if file.starts_with('.') || file.ends_with('~') || names.iter().any(|name| BUILT.contains(name)) {
        return None;
    }
    match names.as_slice() {
        [MANIFEST] => Some(Change::Manifest),
        // Anything else beside the manifest is no agent's.
        [_] => None,
        [.., folder, file] if *folder == "conversations" => file.ends_with(".txt").then_some(Change::Conversations),
        _ => Some(Change::Sources),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_a_source_a_conversation_or_nothing() {
        let root = Path::new("/project");
        for (path, change) in [
            ("plugins.toml", Some(Change::Manifest)),
            ("Cargo.lock", None),
            ("agents/a/src/lib.rs", Some(Change::Sources)),
            ("agents/a/Cargo.toml", Some(Change::Sources)),
            ("agents/a/agent.py", Some(Change::Sources)),
            ("agents/a/conversations/first.txt", Some(Change::Conversations)),
            ("agents/a/conversations/first.txt~", None),
            ("agents/a/conversations/notes.md", None),
            ("agents/a/src/.lib.rs.swp", None),
            ("agents/a/target/x.rs", None),
            ("agents/a/bindings/small.h", None),
            ("agents/a/node_modules/x/y.js", None),
            ("vendor/sdk/src/lib.rs", Some(Change::Sources)),
        ] {
            assert_eq!(change_of(root, &root.join(path)), change, "{path}");
        }
    }
}
