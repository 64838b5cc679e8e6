//! The parts that a message meets, wired once.

use std::sync::Arc;

use crate::{config::Defaults, flags::LiveFlags, profiles::LiveProfiles};
use switchboard_core::{clock::Clock, model::Model, rate_limit::RateLimiter, reads::Reads};
use switchboard_edge::{legacy::Targets, media::Media};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

/// All that answering a message needs.
pub struct App {
    /// The database.
    pub store: Store,
    /// The database, as capabilities read it.
    pub reads: Arc<dyn Reads>,
    /// A language model, or none.
    pub model: Arc<dyn Model>,
    /// Files that people send; none where there is no Graph API.
    pub files: Option<Media>,
    /// Who is served, by which agents.
    pub flags: LiveFlags,
    /// The agents in service.
    pub plugins: Plugins,
    /// What operators say of agents.
    pub profiles: LiveProfiles,
    /// Where messages of people outside the rollout go.
    pub legacy: Targets,
    /// Who writes too much.
    pub rate_limiter: RateLimiter,
    /// What holds where a person says nothing else.
    pub defaults: Defaults,
    /// The time.
    pub clock: Clock,
}
