//! What can go wrong on an author's path.

use std::{io, path::PathBuf};

/// An agent cannot be made, built or run.
#[derive(Debug, thiserror::Error)]
pub enum AuthorError {
    /// The name of an agent does not fit.
    #[error("`{0}` cannot be the name of an agent: {1}")]
    Name(String, &'static str),
    /// There is something already.
    #[error("{} is there already: choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    /// `plugins.toml` lists an agent of this name.
    #[error("plugins.toml lists an agent `{0}` already: choose another name, or remove its entry")]
    Listed(String),
    /// Nothing says where agents are.
    #[error(
        "there is no plugins.toml here or above: start in the project's folder, or make one by `switchboard agents new NAME`"
    )]
    NoProject,
    /// There are no sources of this agent.
    #[error("{} has neither Cargo.toml nor build.sh: `switchboard agents new {name}` makes an agent", folder.display())]
    NoAgent {
        /// Where they should be.
        folder: PathBuf,
        /// The agent.
        name: String,
    },
    /// A file of the project does not say what it must.
    #[error("{}: {what}", file.display())]
    Project {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The build failed; what is wrong stands above.
    #[error("`{0}` failed: what it said stands above")]
    Build(String),
    /// The build gave no component.
    #[error("`{0}` ended well, but gave no component: {1}")]
    NoComponent(String, String),
    /// A tool of the build does not run.
    #[error("`{0}` does not run: {1}")]
    Tool(String, io::Error),
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The host of the session does not start.
    #[error("the host does not start: {0:#}")]
    Host(anyhow::Error),
}

impl AuthorError {
    /// For `map_err`: an error of this file.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> AuthorError {
        let file = path.into();
        move |source| AuthorError::File { file, source }
    }

    /// An error of what a file of the project says.
    pub(super) fn project(file: impl Into<PathBuf>, what: impl Into<String>) -> AuthorError {
        AuthorError::Project { file: file.into(), what: what.into() }
    }
}
