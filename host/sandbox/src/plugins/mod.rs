//! The agents in service: from files to versions, swapped while the host runs.
//!
//! A file is seen ([`watch`]), verified, compiled and described ([`load`], [`cache`]), and published in a snapshot that a turn takes
//! whole ([`registry`]): code, grants, limits and settings together. Whatever goes wrong leaves the running version alone.

mod manifest;
mod cache;
mod files;
mod load;
mod registry;
mod set;
mod trial;
mod trials;
mod upload;
mod watch;

pub use load::Refusal;
pub use manifest::{ManifestError, Update};
pub use registry::{Plugins, PluginsConfig, PluginsError, Refused};
pub use set::{AgentSet, Arm, Candidate};
pub use upload::{MakeError, Staged};

impl Plugins {
    /// Loads what is there, then follows every change until the last clone is dropped.
    pub async fn start(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let plugins = Plugins::load_once(config).await?;
        watch::follow(&plugins.inner);
        Ok(plugins)
    }
}
