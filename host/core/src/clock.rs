//! The clock: the system's time, corrected to the database's.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A clock in milliseconds since 1970: the system's time, corrected to the database's where that is on another
/// machine; a fixed time until it is set; or, in tests, a time offset that is read from a file.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    kind: Kind,
    /// How far the database's clock is ahead of this machine's, in milliseconds.
    correction: Arc<AtomicI64>,
}

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    System,
    Still(Arc<AtomicI64>),
    // Only made by tests.
    #[cfg_attr(not(feature = "test-hooks"), allow(dead_code))]
    Apart {
        world: Arc<AtomicI64>,
        ahead_ms: i64,
    },
}

impl Clock {
    /// The system's time.
    pub fn system() -> Clock {
        Clock::default()
    }

    /// A clock that shows this time until [`Clock::set`].
    pub fn at(now: i64) -> Clock {
        Clock { kind: Kind::Still(Arc::new(AtomicI64::new(now))), ..Clock::default() }
    }

    /// A test clock whose offset in milliseconds is read from a file and followed as it changes, so that tests can
    /// simulate weeks, for the database too. `ahead_ms` simulates a machine whose clock is ahead.
    #[cfg(feature = "test-hooks")]
    pub fn apart(file: std::path::PathBuf, ahead_ms: i64) -> Clock {
        let read = move || std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        let by = Arc::new(AtomicI64::new(read().unwrap_or(0)));
        let followed = Arc::downgrade(&by);
        std::thread::spawn(move || {
            while let Some(by) = followed.upgrade() {
                // A file that is half written is read again.
                if let Some(ms) = read() {
                    by.store(ms, Ordering::Relaxed);
                }
                drop(by);
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        Clock { kind: Kind::Apart { world: by, ahead_ms }, ..Clock::default() }
    }

    /// The time.
    pub fn now(&self) -> i64 {
        self.own() + self.correction.load(Ordering::Relaxed)
    }

    /// The time by this machine's own clock, without the correction.
    pub fn own(&self) -> i64 {
        let system = || jiff::Timestamp::now().as_millisecond();
        match &self.kind {
            Kind::System => system(),
            Kind::Still(now) => now.load(Ordering::Relaxed),
            Kind::Apart { world, ahead_ms } => system() + world.load(Ordering::Relaxed) + ahead_ms,
        }
    }

    /// Sets the correction: how far the database's time is ahead of this machine's.
    pub fn correct(&self, by_ms: i64) {
        self.correction.store(by_ms, Ordering::Relaxed);
    }

    /// How far this machine's clock is ahead of the database's.
    pub fn ahead_ms(&self) -> i64 {
        -self.correction.load(Ordering::Relaxed)
    }

    /// Converts the database's own time to this clock's: adds a test clock's offset.
    pub fn in_its_world(&self, database: i64) -> i64 {
        match &self.kind {
            Kind::Apart { world, .. } => database + world.load(Ordering::Relaxed),
            Kind::System | Kind::Still(_) => database,
        }
    }

    /// Sets a fixed clock; no effect on others.
    pub fn set(&self, now: i64) {
        if let Kind::Still(clock) = &self.kind {
            clock.store(now, Ordering::Relaxed);
        }
    }
}
