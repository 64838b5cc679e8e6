//! Rules for the dependencies in Cargo.toml. Only normal dependencies count; those of tests and build scripts are free.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::house::House;
use crate::source::Sources;

/// A manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file does not exist.
    #[error("{0}: no such file")]
    Missing(PathBuf),
    /// It is not TOML.
    #[error("{0}: {1}")]
    Syntax(PathBuf, toml::de::Error),
}

/// What the manifests below `root` break, one line each.
///
/// # Errors
/// If the workspace's manifest or that of a member cannot be read.
pub fn broken(house: &House, sources: &dyn Sources, root: &Path) -> Result<Vec<String>, ManifestError> {
    let workspace = read(sources, &root.join("Cargo.toml"))?;
    let mut found = Vec::new();
    for member in members(&workspace) {
        let is_exempt = house.exempt.iter().any(|folder| Path::new(member).starts_with(folder));
        if is_exempt || !Path::new(member).starts_with("host") {
            continue;
        }
        let path = Path::new(member).join("Cargo.toml");
        let Some(known) = house.crates.iter().find(|known| known.folder == member) else {
            found.push(format!("{}: this crate has no rules; add it to host/layers/src/house.rs", path.display()));
            continue;
        };
        let manifest = read(sources, &root.join(&path))?;
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        if name != Some(known.name) {
            found.push(format!("{}: the package's name is not {}", path.display(), known.name));
        }
        for dependency in normal(&manifest, &workspace) {
            let ours = dependency == "switchboard" || dependency.starts_with("switchboard-");
            if ours && !known.below.contains(&dependency.as_str()) {
                found.push(format!("{}: {} must not depend on {dependency}", path.display(), known.name));
            }
            for only in house.only.iter().filter(|only| only.owner != known.name) {
                if only.dependencies.iter().any(|start| dependency.starts_with(start)) {
                    let owner = only.owner;
                    found.push(format!("{}: only {owner} may depend on {dependency}", path.display()));
                }
            }
        }
    }
    Ok(found)
}

fn read(sources: &dyn Sources, path: &Path) -> Result<Table, ManifestError> {
    let text = sources.read(path).ok_or_else(|| ManifestError::Missing(path.to_owned()))?;
    text.parse().map_err(|error| ManifestError::Syntax(path.to_owned(), error))
}

/// The folders of the workspace's members; patterns are left out, since none is below `host/`.
fn members(workspace: &Table) -> Vec<&str> {
    let members = workspace.get("workspace").and_then(|workspace| workspace.get("members")).and_then(Value::as_array);
    members.into_iter().flatten().filter_map(Value::as_str).filter(|member| !member.contains('*')).collect()
}

/// The packages that a manifest's normal dependencies name, on all targets, with renames undone.
fn normal(manifest: &Table, workspace: &Table) -> Vec<String> {
    let shared = workspace.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables =
        manifest.get("dependencies").into_iter().chain(targets.filter_map(|target| target.get("dependencies")));
    let mut found = Vec::new();
    for (key, value) in tables.filter_map(Value::as_table).flatten() {
        let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
        let value = if inherited { shared.and_then(|shared| shared.get(key)).unwrap_or(value) } else { value };
        found.push(value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned());
    }
    found
}
