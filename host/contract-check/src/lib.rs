//! Semver check of the contract between host and agents: `agents-wit/agent.wit` against every `agents-wit/released/<version>/agent.wit`.
//!
//! Within a major version the contract may only gain interfaces and functions. Anything else, such as a field more in a record, refuses every
//! component built before.

use std::path::{Path, PathBuf};

use semver::Version;
use wit_component::semver_check;
use wit_parser::{Resolve, UnresolvedPackageGroup, World, WorldId, WorldItem, WorldKey};

/// The world that agents are built for.
const WORLD: &str = "agent";

/// The contract breaks a release, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// A folder or file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A text is no WIT package with a version and the world `agent`.
    #[error("{name}: {reason:#}")]
    Wit {
        /// The file.
        name: String,
        /// What the parser says.
        reason: anyhow::Error,
    },
    /// A release stands in the folder of another version.
    #[error("agents-wit/released/{folder} holds the version {version}")]
    Folder {
        /// The folder's name.
        folder: String,
        /// The version in the file.
        version: Version,
    },
    /// There is no release.
    #[error("{0} holds no release")]
    NoRelease(PathBuf),
    /// The contract's version is lower than that of a release of its major version.
    #[error("the contract is at {current}, below its release {released}")]
    Older {
        /// The contract's version.
        current: Version,
        /// The release's version.
        released: Version,
    },
    /// A released item was changed or removed.
    #[error(
        "the contract breaks its release {released}: {reason:#}\nWithin a major version only new interfaces and functions may come; new data \
         travels in `extras` or in a case `other`."
    )]
    Broken {
        /// The version that is broken.
        released: Version,
        /// What does not fit.
        reason: anyhow::Error,
    },
    /// Something was added without a new minor version.
    #[error(
        "the contract adds to its release {released}, which is frozen ({reason:#}): give the package the version {}.{}.0",
        released.major, released.minor + 1
    )]
    Unversioned {
        /// The version that is frozen.
        released: Version,
        /// What was added.
        reason: anyhow::Error,
    },
}

/// A WIT text and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Wit<'a> {
    /// The file, for messages.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Checks the contract in a folder (`agents-wit`) against each release below it; returns the contract's version and the releases that it
/// keeps. Releases of other major versions are not compared.
///
/// # Errors
///
/// When a file cannot be read or parsed, and when a release is broken.
pub fn check_folder(folder: &Path) -> Result<(Version, Vec<Version>), ContractError> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|source| ContractError::Read { path: path.to_owned(), source })
    };
    let text = read(&folder.join("agent.wit"))?;
    let current = Wit { name: "agents-wit/agent.wit", text: &text };
    let releases = folder.join("released");
    let entries = releases.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|source| ContractError::Read { path: releases.clone(), source })?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let (version, mut kept) = (package(current)?.1, Vec::new());
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = read(&entry.path().join("agent.wit"))?;
        let file = format!("agents-wit/released/{name}/agent.wit");
        let release = Wit { name: &file, text: &text };
        let released = package(release)?.1;
        if released.to_string() != name {
            return Err(ContractError::Folder { folder: name, version: released });
        }
        if released.major == version.major {
            check(release, current)?;
            kept.push(released);
        }
    }
    if kept.is_empty() { Err(ContractError::NoRelease(releases)) } else { Ok((version, kept)) }
}

/// Checks a contract against one release of the same major version. With the same major and minor version the two must be equal but for
/// comments; with a higher minor version the contract may have more interfaces and functions.
///
/// # Errors
///
/// When a text cannot be parsed, and when the release is broken.
pub fn check(release: Wit<'_>, current: Wit<'_>) -> Result<(), ContractError> {
    let ((mut old, released), (mut new, version)) = (package(release)?, package(current)?);
    if version < released {
        return Err(ContractError::Older { current: version, released });
    }
    // One set of packages holds a name and version once.
    old.main.name.version = Some(Version::new(0, 0, 1));
    new.main.name.version = Some(Version::new(0, 0, 2));
    let mut resolve = Resolve::default();
    let old = world(&mut resolve, release, old)?;
    let new = world(&mut resolve, current, new)?;
    let additive = keeps_exports(&resolve, old, new).and_then(|()| semver_check(resolve.clone(), old, new));
    additive.map_err(|reason| ContractError::Broken { released: released.clone(), reason })?;
    if (version.major, version.minor) == (released.major, released.minor) {
        semver_check(resolve, new, old).map_err(|reason| ContractError::Unversioned { released, reason })?;
    }
    Ok(())
}

/// A parsed text and its version.
fn package(wit: Wit<'_>) -> Result<(UnresolvedPackageGroup, Version), ContractError> {
    let wrong = |reason| ContractError::Wit { name: wit.name.to_owned(), reason };
    let group = UnresolvedPackageGroup::parse(wit.name, wit.text)
        .map_err(|(sources, error)| wrong(anyhow::anyhow!(error.render(&sources))))?;
    let version = group.main.name.version.clone();
    let version = version.ok_or_else(|| wrong(anyhow::anyhow!("the package has no version")))?;
    Ok((group, version))
}

/// The world of a package, which becomes part of the set.
fn world(resolve: &mut Resolve, wit: Wit<'_>, group: UnresolvedPackageGroup) -> Result<WorldId, ContractError> {
    let wrong = |reason| ContractError::Wit { name: wit.name.to_owned(), reason };
    let package = resolve.push_group(group).map_err(|error| wrong(anyhow::anyhow!("{error:?}")))?;
    let world = resolve.packages[package].worlds.get(WORLD).copied();
    world.ok_or_else(|| wrong(anyhow::anyhow!("there is no world `{WORLD}`")))
}

/// [`semver_check`] takes a world with fewer exports for compatible; a host that calls them does not.
fn keeps_exports(resolve: &Resolve, old: WorldId, new: WorldId) -> anyhow::Result<()> {
    let names = |world: &World| -> Vec<String> {
        let functions = world.exports.iter().filter(|(_, item)| matches!(item, WorldItem::Function(_)));
        let name = |(key, _): (&WorldKey, _)| resolve.name_world_key(key);
        functions.map(name).collect()
    };
    let (old, new) = (names(&resolve.worlds[old]), names(&resolve.worlds[new]));
    match old.iter().find(|name| !new.contains(name)) {
        Some(name) => anyhow::bail!("the world exports `{name}` no more"),
        None => Ok(()),
    }
}
