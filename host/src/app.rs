//! Shared state of the host, built once at start-up and passed to every turn.

use std::sync::Arc;

use crate::{
    config::Defaults, flags::LiveFlags, memory::TurnMemory, numbers::LiveNumbers, prices::Rates,
    profiles::LiveProfiles, services::Outbound, vitals::Vitals,
};
use switchboard_core::{clock::Clock, live::Live, model::Model, rate_limit::RateLimiter, reads::Reads};
use switchboard_edge::{legacy::Targets, media::Media, receipts::Receipts};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

/// The application state: everything that a turn needs.
pub struct App {
    /// The database.
    pub store: Store,
    /// The read interface of the database, for capabilities.
    pub reads: Arc<dyn Reads>,
    /// The language model; a stub that refuses if none is configured.
    pub model: Arc<dyn Model>,
    /// What makes agents' calls of other services.
    pub services: Arc<dyn Outbound>,
    /// The store of files that people send; `None` without a Graph API.
    pub files: Option<Media>,
    /// The flags in force: who is served, by which agents.
    pub flags: LiveFlags,
    /// The loaded agents.
    pub plugins: Plugins,
    /// The memory that turns take together.
    pub memory: TurnMemory,
    /// The operators' overrides of agent profiles.
    pub profiles: LiveProfiles,
    /// What is in force for each business number.
    pub numbers: LiveNumbers,
    /// The legacy service's addresses, for messages of people outside the rollout.
    pub legacy: Live<Targets>,
    /// Tells people that their message was read and is about to be answered.
    pub receipts: Receipts,
    /// Per-person rate limiter (in memory, per host).
    pub rate_limiter: RateLimiter,
    /// What the model and messages cost.
    pub rates: Rates,
    /// Business-wide defaults: language, time zone, currency, country.
    pub defaults: Defaults,
    /// What the host judges itself by: signatures, the legacy service's answers, which problems stand.
    pub vitals: Vitals,
    /// The clock; tests set it.
    pub clock: Clock,
}
