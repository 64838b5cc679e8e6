//! The parts that a message meets, wired once.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    agent::{Model, Reads},
    config::Defaults,
    flags::LiveFlags,
    legacy::Targets,
    media::Media,
    plugins::Plugins,
    profiles::LiveProfiles,
    store::Store,
    turn::Flood,
};

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
    pub flood: Flood,
    /// What holds where a person says nothing else.
    pub defaults: Defaults,
    /// The time.
    pub clock: Clock,
}

/// The time in milliseconds since 1970: the system's, or one that stands still until it is moved.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's time.
    pub fn system() -> Clock {
        Clock(None)
    }

    /// A clock that shows this time until [`Clock::set`].
    pub fn at(now: i64) -> Clock {
        Clock(Some(Arc::new(AtomicI64::new(now))))
    }

    /// The time.
    pub fn now(&self) -> i64 {
        match &self.0 {
            Some(now) => now.load(Ordering::Relaxed),
            None => jiff::Timestamp::now().as_millisecond(),
        }
    }

    /// Moves a clock that stands still; the system's does not obey.
    pub fn set(&self, now: i64) {
        if let Some(clock) = &self.0 {
            clock.store(now, Ordering::Relaxed);
        }
    }
}
