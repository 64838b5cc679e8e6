//! The clock: the system's time, corrected to the database's.

use std::{
    collections::VecDeque,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

/// Clocks that differ by less are taken as one.
const SKEW_MS_MIN: i64 = 250;

/// Measurements that are remembered.
const MEASURED_MAX: usize = 8;

/// A measurement that took longer is used only while there is no better one.
const ROUND_TRIP_MS_MAX: i64 = 200;

/// The most by which one measurement moves the correction.
const SLEW_MS: i64 = 100;

/// A correction that is wrong by more is set at once: leases would run out meanwhile.
const STEP_MS: i64 = 5_000;

/// This machine's clock was set if it went otherwise than its monotonic clock by more than this.
const SET_MS: i64 = 100;

/// A clock in milliseconds since 1970: the system's time, corrected to the database's where that is on another
/// machine; a fixed time until it is set; or, in tests, a time offset that is read from a file.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    kind: Kind,
    /// How far the database's clock is ahead of this machine's, in milliseconds.
    correction: Arc<AtomicI64>,
    measured: Arc<Mutex<Measured>>,
}

/// What this machine's clocks show at one moment, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The time of day, without the correction.
    pub own: i64,
    /// Since some moment of this process; never set.
    pub monotonic: i64,
}

/// The last measurements of the database's clock.
#[derive(Debug, Default)]
struct Measured {
    last: VecDeque<Measurement>,
    /// When the last was made.
    at: Option<Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Measurement {
    round_trip: i64,
    /// How far the database's clock is ahead, give or take half the round trip.
    ahead: i64,
}

impl Measured {
    /// Adds a measurement; gives the best of the last ones, and whether it is the first.
    fn add(&mut self, asked: Reading, answered: Reading, database: i64) -> Option<(Measurement, bool)> {
        let was_set =
            |from: Reading| ((answered.own - from.own) - (answered.monotonic - from.monotonic)).abs() > SET_MS;
        if self.at.is_some_and(was_set) {
            self.last.clear();
        }
        self.at = Some(answered);
        if was_set(asked) {
            return None;
        }
        let round_trip = (answered.own - asked.own).max(answered.monotonic - asked.monotonic);
        let measurement = Measurement { round_trip, ahead: database - (asked.own + answered.own) / 2 };
        let is_first = self.last.is_empty();
        if round_trip <= ROUND_TRIP_MS_MAX {
            self.last.retain(|other| other.round_trip <= ROUND_TRIP_MS_MAX);
        }
        if is_first
            || round_trip <= ROUND_TRIP_MS_MAX
            || self.last.iter().all(|other| other.round_trip > ROUND_TRIP_MS_MAX)
        {
            self.last.push_back(measurement);
        }
        if self.last.len() > MEASURED_MAX {
            self.last.pop_front();
        }
        self.last.iter().min_by_key(|measurement| measurement.round_trip).map(|best| (*best, is_first))
    }
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

    /// What this machine's clocks show.
    pub fn reading(&self) -> Reading {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        let monotonic = i64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(i64::MAX);
        Reading { own: self.own(), monotonic }
    }

    /// Corrects this clock by a measurement: the database was asked for its time and answered. The best of the last measurements
    /// counts, the one with the smallest round trip; the correction moves there in small steps, but at once if it is the first or far
    /// off. A slow answer moves nothing while there is a better one. Gives whether the best is good enough.
    pub fn measured(&self, asked: Reading, answered: Reading, database: i64) -> bool {
        let best = self.measured.lock().unwrap_or_else(PoisonError::into_inner).add(asked, answered, database);
        let Some((best, is_first)) = best else { return false };
        let is_good = best.round_trip <= ROUND_TRIP_MS_MAX;
        let wanted = if best.ahead.abs() < SKEW_MS_MIN { 0 } else { best.ahead };
        let now = self.correction.load(Ordering::Relaxed);
        let off = wanted - now;
        let by = if is_first || (is_good && off.abs() > STEP_MS) { off } else { off.clamp(-SLEW_MS, SLEW_MS) };
        self.correction.store(now + by, Ordering::Relaxed);
        is_good
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000_000;

    /// A clock, and how far the database's is ahead of it.
    struct World {
        clock: Clock,
        at: Reading,
        ahead: i64,
    }

    impl World {
        fn new(ahead: i64) -> World {
            World { clock: Clock::at(NOW), at: Reading { own: NOW, monotonic: 0 }, ahead }
        }

        fn passes(&mut self, ms: i64) -> Reading {
            self.at = Reading { own: self.at.own + ms, monotonic: self.at.monotonic + ms };
            self.at
        }

        /// Five seconds later the database is asked: the question takes so long to come there, the answer so long to come back.
        fn asks(&mut self, there: i64, back: i64) -> i64 {
            let asked = self.passes(5_000);
            let database = self.passes(there).own + self.ahead;
            let answered = self.passes(back);
            self.clock.measured(asked, answered, database);
            self.clock.correction.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn one_slow_answer_moves_nothing() {
        for ahead in [0, 3_000, -90_000] {
            let mut world = World::new(ahead);
            assert_eq!(world.asks(1, 1), ahead);
            // The way back stalls, or the process was stopped; and for a minute, every answer is slow.
            for (there, back) in [(1, 8_000), (8_000, 1), (1, 240), (500, 1)].into_iter().chain([(1, 900); 12]) {
                assert_eq!(world.asks(there, back), ahead, "{there} there, {back} back");
            }
        }
    }

    #[test]
    fn among_slow_answers_the_quickest_counts_until_there_is_a_good_one() {
        let mut world = World::new(3_000);
        assert_eq!(world.asks(1, 2_001), 2_000, "nothing better is known");
        assert_eq!(world.asks(1, 401), 2_100, "a better one, in small steps");
        for step in 1..=7 {
            assert_eq!(world.asks(1, 1), 2_100 + step * SLEW_MS);
        }
        let last: Vec<i64> = (0..4).map(|_| world.asks(1, 1)).collect();
        assert_eq!(last, [2_900, 3_000, 3_000, 3_000]);
    }

    #[test]
    fn a_clock_that_is_set_is_followed_at_once() {
        let mut world = World::new(0);
        world.asks(1, 1);
        // This machine's clock is put back by an hour.
        world.at.own -= 3_600_000;
        world.ahead = 3_600_000;
        assert_eq!(world.asks(1, 1), 3_600_000);
        // Between question and answer nothing can be measured.
        let asked = world.passes(5_000);
        world.at.own += 3_600_000;
        world.ahead = 0;
        let answered = world.passes(1);
        assert!(!world.clock.measured(asked, answered, answered.own));
        assert_eq!(world.asks(1, 1), 0);
        // Another server, whose clock is far ahead: as soon as the old measurements have gone.
        world.ahead = 60_000;
        let steps: Vec<i64> = (0..9).map(|_| world.asks(1, 1)).collect();
        assert_eq!((steps[0], steps[8]), (0, 60_000), "{steps:?}");
    }
}
