//! The plugin system: loads agents from component files, and hot-reloads them when files change.
//!
//! A file is noticed ([`watch`]), verified, compiled and described ([`load`], [`cache`]), and published in a snapshot
//! ([`registry`]). A turn uses one snapshot throughout: code, grants, limits and settings together. A failure leaves
//! the running version in service.

mod manifest;
mod cache;
mod files;
mod load;
mod registry;
mod set;
mod trials;
mod upload;
mod watch;

pub use load::Refusal;
pub use manifest::{ManifestError, Update};
pub use registry::{Plugins, PluginsConfig, PluginsError, Refused};
pub use set::{AgentSet, Arm, Candidate};
pub use trials::TurnEnd;
pub use upload::{MakeError, Staged};

impl Plugins {
    /// Loads all components, then watches for changes until the last clone is dropped.
    pub async fn start(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let plugins = Plugins::load_once(config).await?;
        watch::follow(&plugins.inner);
        Ok(plugins)
    }
}
