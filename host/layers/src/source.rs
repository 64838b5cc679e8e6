//! Where source files are read from: the disk, or a map in memory for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A reader of source files.
pub trait Sources {
    /// The text of a file, or `None` if there is no such file.
    fn read(&self, path: &Path) -> Option<String>;
}

/// The file system.
pub struct Disk;

impl Sources for Disk {
    fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }
}

impl Sources for BTreeMap<PathBuf, String> {
    fn read(&self, path: &Path) -> Option<String> {
        self.get(path).cloned()
    }
}
