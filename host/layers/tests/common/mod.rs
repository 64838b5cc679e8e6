//! Crates in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use switchboard_layers::graph::{Graph, SelfCalls};

/// Files by path.
pub type Files = BTreeMap<PathBuf, String>;

/// A tree of files.
pub fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

/// The graph of the crate with the root file `lib.rs`.
pub fn graph(sources: &[(&str, &str)]) -> Graph {
    Graph::read(&files(sources), Path::new("lib.rs"), SelfCalls::Ignored).expect("a crate that parses")
}
