//! All checks over a workspace.

use std::path::{Path, PathBuf};

use crate::graph::{Graph, SelfCalls};
use crate::house::{Crate, House};
use crate::manifest::{self, ManifestError};
use crate::report;
use crate::size::{long_files, long_functions};
use crate::source::Sources;
use crate::text::{Place, environment, words};
use crate::tree::{Tree, TreeError};

/// A workspace cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A crate's sources cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// A crate root that was found.
#[derive(Debug)]
pub struct Root {
    /// Its crate.
    pub of: Crate,
    /// Its root file.
    pub path: PathBuf,
}

/// The root files, library and program, of the crates that exist.
pub fn roots(house: &House, sources: &dyn Sources, workspace: &Path) -> Vec<Root> {
    let found = house.crates.iter().flat_map(|of| {
        let src = workspace.join(of.folder).join("src");
        [src.join("lib.rs"), src.join("main.rs")].map(|path| Root { of: *of, path })
    });
    found.filter(|root| sources.read(&root.path).is_some()).collect()
}

/// The circles between a crate's files, and those between its top-level modules.
pub fn circles(graph: &Graph) -> Vec<String> {
    let mut found = report::room_circles(graph);
    found.extend(report::file_circles(graph));
    found
}

/// Modules that more than half of the others import, but for those with an allowed name. A crate of fewer than five
/// modules has none.
pub fn hubs(graph: &Graph, allowed: &[&str]) -> Vec<String> {
    let others = graph.files.len().saturating_sub(1);
    let mut found = Vec::new();
    for (index, file) in graph.files.iter().enumerate() {
        let importers = graph.arrows.keys().filter(|&&(_, to)| to == index).count();
        let is_allowed = file.module.last().is_some_and(|name| allowed.contains(&name.as_str()));
        if others >= 4 && importers * 2 > others && !is_allowed {
            let (name, path) = (file.name(), file.path.display());
            found.push(format!("{name} is imported by {importers} of the {others} other modules ({path})"));
        }
    }
    found
}

/// Reads of the environment outside the files that may.
pub fn environment_outside(house: &House, tree: &Tree, workspace: &Path) -> Vec<String> {
    let is_allowed = |path: &Path| {
        let path = path.strip_prefix(workspace).unwrap_or(path);
        house.environment.iter().any(|at| if at.ends_with('/') { path.starts_with(at) } else { path == Path::new(at) })
    };
    let places = environment(tree).into_iter().filter(|place| !is_allowed(&tree.files[place.file].path));
    places.map(|place| shown(tree, &place, "reads the environment")).collect()
}

/// Names of Meta's JSON in a crate that is not the one to know them.
pub fn meta_outside(house: &House, of: &Crate, tree: &Tree) -> Vec<String> {
    if of.name == house.meta_owner {
        return Vec::new();
    }
    let places = words(tree, house.meta_keys);
    places.iter().map(|place| shown(tree, place, "is Meta's JSON")).collect()
}

/// Everything that a workspace breaks, one finding each.
///
/// # Errors
/// If a source file or a manifest cannot be read.
pub fn broken(house: &House, sources: &dyn Sources, workspace: &Path) -> Result<Vec<String>, CheckError> {
    let mut found = manifest::broken(house, sources, workspace)?;
    for root in roots(house, sources, workspace) {
        let graph = Graph::read(sources, &root.path, SelfCalls::Ignored)?;
        let of = |finding: String| format!("{}: {finding}", root.of.name);
        found.extend(circles(&graph).into_iter().map(of));
        found.extend(hubs(&graph, root.of.hubs).into_iter().map(of));
        let tree = Tree::read(sources, &root.path)?;
        found.extend(environment_outside(house, &tree, workspace));
        found.extend(meta_outside(house, &root.of, &tree));
        found.extend(long_functions(&house.sizes, &tree));
    }
    found.extend(long_files(&house.sizes, sources, workspace));
    Ok(found)
}

fn shown(tree: &Tree, place: &Place, what: &str) -> String {
    format!("{}:{}: {} {what}", tree.files[place.file].path.display(), place.line, place.what)
}
