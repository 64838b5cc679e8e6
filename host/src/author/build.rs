//! Builds of components: a crate by cargo, anything else by its `build.sh`, which may leave a core module to be made a component.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::process::Command;

use super::{
    c,
    error::AuthorError,
    project::{Project, Sources},
};

/// How a crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// For hosts: small.
    Agent,
    /// While it is being written: the next build is quick.
    Quick,
}

impl Profile {
    /// The profile in the workspace's Cargo.toml.
    fn name(self) -> &'static str {
        match self {
            Profile::Agent => "agent",
            Profile::Quick => "agent-dev",
        }
    }
}

/// What builds the components of the repository itself: it knows what `tools/wasm-target.sh` set up.
const SCRIPT: &str = "tools/wasm-build.sh";

/// Builds an agent's component, and returns the file. What the tools say goes to standard error.
///
/// # Errors
/// If a tool is missing or fails.
pub async fn build(project: &Project, name: &str, profile: Profile, is_quiet: bool) -> Result<PathBuf, AuthorError> {
    match project.sources(name)? {
        Sources::Crate(package) => build_crate(project, &package, profile, is_quiet).await,
        Sources::Script => build_by_script(project, name).await,
    }
}

async fn build_crate(
    project: &Project,
    package: &str,
    profile: Profile,
    is_quiet: bool,
) -> Result<PathBuf, AuthorError> {
    let mut command = match project.root.join(SCRIPT).is_file() {
        true => {
            let mut script = Command::new("sh");
            script.arg(SCRIPT).env("AGENT_PROFILE", profile.name());
            script
        }
        false => {
            let mut cargo = Command::new("cargo");
            cargo.args(["build", "--target", "wasm32-unknown-unknown", "--profile", profile.name()]);
            cargo
        }
    };
    command.args(["-p", package, "--message-format", "json-render-diagnostics"]);
    command.args(is_quiet.then_some("--quiet"));
    let shown = format!("cargo build -p {package} --target wasm32-unknown-unknown --profile {}", profile.name());
    let said = run(&mut command, &project.root, &shown).await?;
    // A line of JSON for each artifact; the last component is this package's.
    let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut files = artifacts.filter(|artifact| artifact["reason"] == "compiler-artifact").flat_map(|artifact| {
        let files = artifact["filenames"].as_array().cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| file.as_str().map(PathBuf::from))
    });
    let component = files.rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    component.ok_or_else(|| AuthorError::NoComponent(shown, "its [lib] has crate-type = [\"cdylib\"]".to_owned()))
}

/// How a core module begins; a component's version is another.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

async fn build_by_script(project: &Project, name: &str) -> Result<PathBuf, AuthorError> {
    let folder = std::path::absolute(project.root.join("target/agents")).map_err(AuthorError::file(&project.root))?;
    std::fs::create_dir_all(&folder).map_err(AuthorError::file(&folder))?;
    let component = folder.join(name).with_extension("wasm");
    if project.agent(name).join(c::BINDINGS).is_dir() {
        c::write_bindings(&project.agent(name))?;
    }
    let shown = format!("sh agents/{name}/build.sh {}", component.display());
    let mut script = Command::new("sh");
    script.arg("build.sh").arg(&component);
    let said = run(&mut script, &project.agent(name), &shown).await?;
    if !said.trim().is_empty() {
        eprintln!("{}", said.trim());
    }
    if !component.is_file() {
        let what = "it writes the component to the path that it is given";
        return Err(AuthorError::NoComponent(shown, what.to_owned()));
    }
    let made = std::fs::read(&component).map_err(AuthorError::file(&component))?;
    if made.starts_with(CORE_MODULE) {
        let encoded = c::component(&made).map_err(|error| AuthorError::NoComponent(shown, error))?;
        std::fs::write(&component, encoded).map_err(AuthorError::file(&component))?;
    }
    Ok(component)
}

/// Runs a command to its end; returns its standard output.
async fn run(command: &mut Command, folder: &Path, shown: &str) -> Result<String, AuthorError> {
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(|error| AuthorError::Tool(shown.to_owned(), error))?;
    let output = child.wait_with_output().await.map_err(|error| AuthorError::Tool(shown.to_owned(), error))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(AuthorError::Build(shown.to_owned())),
    }
}
