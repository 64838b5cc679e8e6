//! The component files of a plugin folder.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;

pub(super) fn files_of(manifest: &Manifest) -> Result<Vec<PathBuf>, String> {
    component_files(&manifest.directory).map_err(|error| format!("{error}: make the folder, or run `make agents`"))
}

/// Lists the components in a directory: `*.wasm`, except hidden files.
pub(super) fn component_files(directory: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let named =
        |source: std::io::Error| std::io::Error::new(source.kind(), format!("{}: {source}", directory.display()));
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .map_err(named)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_component(path))
        .collect();
    files.sort();
    Ok(files)
}

/// Whether a file's name is that of a component.
pub(super) fn is_component(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.ends_with(b".wasm") && !name.starts_with(b".")
}
