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

/// The time in milliseconds since 1970: the system's, one that stands still until it is moved, or one that a file sets apart from
/// the system's.
#[derive(Clone, Debug, Default)]
pub struct Clock(Kind);

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    System,
    Still(Arc<AtomicI64>),
    Apart(Arc<AtomicI64>),
}

impl Clock {
    /// The system's time.
    pub fn system() -> Clock {
        Clock(Kind::System)
    }

    /// A clock that shows this time until [`Clock::set`].
    pub fn at(now: i64) -> Clock {
        Clock(Kind::Still(Arc::new(AtomicI64::new(now))))
    }

    /// The system's clock set apart by the milliseconds in a file, followed as it changes: so that weeks pass in a test.
    #[cfg(debug_assertions)]
    pub fn apart(file: std::path::PathBuf) -> Clock {
        let read = move || std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        let by = Arc::new(AtomicI64::new(read().unwrap_or(0)));
        let followed = Arc::downgrade(&by);
        std::thread::spawn(move || {
            while let Some(by) = followed.upgrade() {
                // A file that is being written is read again.
                if let Some(ms) = read() {
                    by.store(ms, Ordering::Relaxed);
                }
                drop(by);
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        Clock(Kind::Apart(by))
    }

    /// The time.
    pub fn now(&self) -> i64 {
        let system = || jiff::Timestamp::now().as_millisecond();
        match &self.0 {
            Kind::System => system(),
            Kind::Still(now) => now.load(Ordering::Relaxed),
            Kind::Apart(by) => system() + by.load(Ordering::Relaxed),
        }
    }

    /// Moves a clock that stands still; the system's does not obey.
    pub fn set(&self, now: i64) {
        if let Kind::Still(clock) = &self.0 {
            clock.store(now, Ordering::Relaxed);
        }
    }
}
