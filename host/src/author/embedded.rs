//! What this program carries for agents outside the repository: the SDK with its bindings generated, and the settings of the build.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::error::AuthorError;

/// The files by their path in the repository, made by `build.rs`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Folders of the repository, and where they lie in another project.
const FOLDERS: [(&str, &str); 4] = [
    ("agents-wit/", "vendor/wit/"),
    ("agents/sdk/", "vendor/sdk/"),
    ("host/core/", "vendor/core/"),
    ("host/understand/", "vendor/understand/"),
];

/// What agents themselves depend on.
const OF_AGENTS: [&str; 2] = ["agent-sdk", "serde"];

/// The contract: `agent.wit`.
pub(super) fn contract() -> &'static str {
    text("agents-wit/agent.wit")
}

/// The contract's version.
pub(super) fn contract_version() -> &'static str {
    let package = contract().lines().find_map(|line| line.strip_prefix("package switchboard:agent@"));
    package.map_or("1.0.0", |version| version.trim_end_matches(';'))
}

/// Makes a folder a cargo workspace in which agents in Rust are built: the SDK and what it needs in `vendor/`, and the build's settings.
pub(super) fn make_workspace(root: &Path, others: &[String]) -> Result<(), AuthorError> {
    for (path, text) in FILES {
        if let Some((folder, there)) = FOLDERS.iter().find(|(folder, _)| path.starts_with(folder)) {
            write(&root.join(there).join(&path[folder.len()..]), &vendored(path, text)?)?;
        }
    }
    write(&root.join("Cargo.toml"), &workspace(others)?)?;
    write(&root.join("Cargo.lock"), text("Cargo.lock"))?;
    write(&root.join(".cargo/config.toml"), &cargo_config()?)
}

/// Writes a new file and the folders above it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), AuthorError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(AuthorError::file(folder))?;
    }
    fs::write(path, text).map_err(AuthorError::file(path))
}

fn text(path: &str) -> &'static str {
    FILES.iter().find(|(name, _)| *name == path).map_or("", |(_, text)| text)
}

fn parsed(path: &str) -> Result<Table, AuthorError> {
    let wrong = |error: toml::de::Error| AuthorError::project(PathBuf::from(path), error.to_string());
    text(path).parse().map_err(wrong)
}

/// A vendored file as it is written: generated bindings need wit-bindgen's run time only, and nobody tests or publishes the copy.
fn vendored(path: &str, text: &str) -> Result<String, AuthorError> {
    let Some("Cargo.toml") = path.rsplit('/').next() else { return Ok(text.to_owned()) };
    let mut manifest = parsed(path)?;
    manifest.remove("dev-dependencies");
    if path == "agents/sdk/Cargo.toml"
        && let Some(Value::Table(dependencies)) = manifest.get_mut("dependencies")
    {
        let version = workspace_dependency("wit-bindgen")?.get("version").cloned().unwrap_or_else(|| "*".into());
        let bindgen = Table::from_iter([
            ("version".to_owned(), version),
            ("default-features".to_owned(), false.into()),
            ("features".to_owned(), vec!["realloc"].into()),
        ]);
        dependencies.insert("wit-bindgen".to_owned(), bindgen.into());
    }
    Ok(manifest.to_string())
}

/// The manifest of a workspace that has these agents without a crate.
fn workspace(others: &[String]) -> Result<String, AuthorError> {
    let repository = parsed("Cargo.toml")?;
    let of = |table: &str, key: &str| repository.get(table).and_then(|table| table.get(key)).cloned();
    let mut used: BTreeSet<String> = OF_AGENTS.map(str::to_owned).into();
    for (path, text) in FILES.iter().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        let manifest: Table = vendored(path, text)?
            .parse()
            .map_err(|error: toml::de::Error| AuthorError::project(PathBuf::from(path), error.to_string()))?;
        inherited(&manifest, &mut used);
    }
    let mut dependencies = Table::new();
    for name in used {
        let mut dependency = workspace_dependency(&name)?;
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            let slashed = format!("{path}/");
            if let Some((folder, there)) = FOLDERS.iter().find(|(folder, _)| slashed.starts_with(folder)) {
                *path = format!("{there}{}", &slashed[folder.len()..]).trim_end_matches('/').to_owned();
            }
        }
        dependencies.insert(name, dependency.into());
    }
    let mut members: Vec<Value> = vec!["agents/*".into()];
    members.extend(["vendor/sdk", "vendor/sdk/json", "vendor/core", "vendor/understand"].map(Value::from));
    let mut workspace = Table::from_iter([
        ("resolver".to_owned(), of("workspace", "resolver").unwrap_or_else(|| "3".into())),
        ("members".to_owned(), members.into()),
        ("dependencies".to_owned(), dependencies.into()),
    ]);
    if !others.is_empty() {
        let folders: Vec<Value> = others.iter().map(|name| format!("agents/{name}").into()).collect();
        workspace.insert("exclude".to_owned(), folders.into());
    }
    for key in ["package", "lints"] {
        workspace.extend(of("workspace", key).map(|table| (key.to_owned(), table)));
    }
    let profiles = ["release", "agent", "agent-dev"];
    let profile: Table = profiles.iter().filter_map(|name| Some(((*name).to_owned(), of("profile", name)?))).collect();
    let all = Table::from_iter([("workspace".to_owned(), workspace.into()), ("profile".to_owned(), profile.into())]);
    Ok(all.to_string())
}

/// A dependency of the repository's workspace, as a table.
fn workspace_dependency(name: &str) -> Result<Table, AuthorError> {
    let repository = parsed("Cargo.toml")?;
    let dependency =
        repository.get("workspace").and_then(|workspace| workspace.get("dependencies")?.get(name)).cloned();
    match dependency {
        Some(Value::Table(table)) => Ok(table),
        Some(version @ Value::String(_)) => Ok(Table::from_iter([("version".to_owned(), version)])),
        _ => Err(AuthorError::project("Cargo.toml", format!("it has no dependency `{name}`"))),
    }
}

/// Collects what a manifest inherits of its workspace's dependencies.
fn inherited(manifest: &Table, used: &mut BTreeSet<String>) {
    for (key, value) in manifest {
        let Value::Table(table) = value else { continue };
        if key == "dependencies" {
            let is_inherited = |value: &Value| value.get("workspace") == Some(&true.into());
            used.extend(table.iter().filter(|(_, value)| is_inherited(value)).map(|(name, _)| name.clone()));
        } else {
            inherited(table, used);
        }
    }
}

/// The settings of the WebAssembly target.
fn cargo_config() -> Result<String, AuthorError> {
    let mut config = parsed(".cargo/config.toml")?;
    config.retain(|key, _| key == "target");
    Ok(config.to_string())
}
