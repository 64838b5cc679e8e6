//! The agents in service: from files to versions, swapped while the host runs.
//!
//! A file is seen ([`watch`]), verified, compiled and described ([`load`], [`cache`]), and published in a snapshot that a turn takes
//! whole ([`registry`]): code, grants, limits and settings together. Whatever goes wrong leaves the running version alone.

mod manifest;
mod cache;
mod load;
mod registry;
mod trial;
mod upload;
mod watch;

pub use load::Refusal;
pub use manifest::{ManifestError, Update};
pub use registry::{AgentSet, Arm, Candidate, Plugins, PluginsConfig, PluginsError, Refused};
pub use upload::{MakeError, Staged};
