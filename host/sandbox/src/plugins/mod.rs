//! The plugin system: loads agents from component files, and hot-reloads them when files change.
//!
//! A file is noticed ([`watch`]), read ([`source`]), checked ([`structure`]), compiled ([`compile`]) and described ([`load`],
//! [`cache`]), and published in a snapshot ([`changes`], [`publish`], [`registry`]). A turn uses one snapshot throughout: code, grants, limits and settings together. A failure leaves
//! the running version in service.

mod access;
mod apart;
mod cache;
mod changes;
mod compile;
mod files;
mod load;
mod lock;
mod manifest;
mod publish;
mod refusal;
mod registry;
mod retries;
mod set;
mod signature;
mod slots;
mod source;
mod starting;
mod structure;
mod trials;
mod upload;
mod watch;

pub use compile::{COMPILE_COMMAND, CompileLimits, Compiler, compile_child};
pub use lock::{Allowed, LockPolicy, Locked, allow, locked};
pub use manifest::{ManifestError, Update, check_manifest};
pub use refusal::Refusal;
pub use registry::{Plugins, PluginsConfig, PluginsError, Refused};
pub use set::{AgentSet, Arm, Candidate};
pub use signature::SignatureError;
pub use source::ReadError;
pub use structure::check as check_structure;
pub use trials::TurnEnd;
pub use upload::{MakeError, Staged};

impl Plugins {
    /// Loads all components, then watches for changes until the last clone is dropped.
    pub async fn start(config: PluginsConfig) -> Result<Plugins, PluginsError> {
        let plugins = Plugins::load_once(config).await?;
        watch::follow(&plugins.inner);
        Ok(plugins)
    }

    /// Begins to load all components, and watches for changes until the last clone is dropped.
    pub fn begin(&self) {
        self.inner.load_all().detach_all();
        watch::follow(&self.inner);
    }

    /// The agents of the start that are neither ready nor refused yet.
    pub fn starting(&self) -> Vec<String> {
        self.inner.starting.agents()
    }

    /// Waits until none of the start's agents that this names is still being loaded; for a bounded time.
    pub async fn until_ready(&self, is_waited_for: impl Fn(&str) -> bool) {
        self.inner.starting.until_ready(is_waited_for).await;
    }

    /// The agents of the start whose files were loaded or refused, and that wait until a rollout has decided what serves.
    pub fn undecided(&self) -> Vec<String> {
        self.inner.starting.undecided()
    }

    /// Says that what serves of these agents is decided.
    pub fn decided(&self, agents: &[String]) {
        for agent in agents {
            self.inner.starting.loaded(agent, true);
        }
    }
}
