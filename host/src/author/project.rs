//! A project: a folder with `plugins.toml` and the sources of agents in `agents/`.

use std::path::{Path, PathBuf};

use super::error::AuthorError;

/// The plugin manifest's name.
pub(super) const MANIFEST: &str = "plugins.toml";

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
}

/// The sources of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    /// A crate of this package name.
    Crate(String),
    /// A folder with a script `build.sh`, which writes the component to the path that is its argument.
    Script,
}

impl Project {
    /// The project that a folder lies in.
    pub fn find(from: &Path) -> Option<Project> {
        let is_root = |folder: &&Path| folder.join(MANIFEST).is_file();
        from.ancestors().find(is_root).map(|root| Project { root: root.to_owned() })
    }

    /// The project that a command runs in.
    ///
    /// # Errors
    /// If there is none.
    pub fn here() -> Result<Project, AuthorError> {
        let here = std::env::current_dir().map_err(AuthorError::file("."))?;
        Project::find(&here).ok_or(AuthorError::NoProject)
    }

    /// The plugin manifest.
    pub fn manifest(&self) -> PathBuf {
        self.root.join(MANIFEST)
    }

    /// The folder of an agent's sources.
    pub fn agent(&self, name: &str) -> PathBuf {
        self.root.join("agents").join(name)
    }

    /// The folder of an agent's conversations.
    pub fn conversations(&self, name: &str) -> PathBuf {
        self.agent(name).join("conversations")
    }

    /// The plugin folder.
    ///
    /// # Errors
    /// If `plugins.toml` cannot be read.
    pub fn plugins(&self) -> Result<PathBuf, AuthorError> {
        let directory = self.manifest_table()?.get("directory").and_then(|value| value.as_str().map(str::to_owned));
        Ok(self.root.join(directory.as_deref().unwrap_or("plugins")))
    }

    /// `plugins.toml` as it stands.
    pub(super) fn manifest_table(&self) -> Result<toml::Table, AuthorError> {
        table(&self.manifest())
    }

    /// What an agent is built from.
    pub(super) fn sources(&self, name: &str) -> Result<Sources, AuthorError> {
        let folder = self.agent(name);
        let manifest = folder.join("Cargo.toml");
        if manifest.is_file() {
            let named = table(&manifest)?;
            let package = named.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
            let missing = || AuthorError::project(manifest.clone(), "it names no package".to_owned());
            return Ok(Sources::Crate(package.ok_or_else(missing)?.to_owned()));
        }
        match folder.join("build.sh").is_file() {
            true => Ok(Sources::Script),
            false => Err(AuthorError::NoAgent { folder, name: name.to_owned() }),
        }
    }
}

/// Reads a TOML file.
pub(super) fn table(path: &Path) -> Result<toml::Table, AuthorError> {
    let text = std::fs::read_to_string(path).map_err(AuthorError::file(path))?;
    text.parse().map_err(|error: toml::de::Error| AuthorError::project(path.to_owned(), error.to_string()))
}
