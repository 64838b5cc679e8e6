//! Where source files are read from: the disk, or a map in memory for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A reader of source files.
pub trait Sources {
    /// The text of a file, or `None` if there is no such file.
    fn read(&self, path: &Path) -> Option<String>;

    /// The Rust files below a folder, in the order of their paths, without what is built; none if there is no such folder.
    fn below(&self, folder: &Path) -> Vec<PathBuf>;
}

/// The file system.
pub struct Disk;

impl Sources for Disk {
    fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            // Links are not followed.
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                if !is_built(&path) {
                    found.extend(self.below(&path));
                }
            } else if kind.is_ok_and(|kind| kind.is_file()) && is_rust(&path) {
                found.push(path);
            }
        }
        found.sort();
        found
    }
}

impl Sources for BTreeMap<PathBuf, String> {
    fn read(&self, path: &Path) -> Option<String> {
        self.get(path).cloned()
    }

    fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let is_built = |path: &Path| path.ancestors().any(is_built);
        let is_below = |path: &&PathBuf| path.starts_with(folder) && is_rust(path) && !is_built(path);
        self.keys().filter(is_below).cloned().collect()
    }
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Whether a folder is one that Cargo or a package manager makes.
fn is_built(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "target" || name == "node_modules")
}
