//! The first turns of a version that is tried, at this host: stopped too often, it trips.

use std::sync::{Mutex, PoisonError};

/// So many stops trip it,
const STOPS_MAX: u32 = 3;

/// among so many turns; then it counts anew.
const TURNS: u32 = 50;

/// Counts turns and stops.
#[derive(Debug, Default)]
pub struct Trial(Mutex<Counts>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    turns: u32,
    stops: u32,
    tripped: bool,
}

impl Trial {
    /// A turn began.
    pub fn began(&self) {
        let mut counts = self.counts_mut();
        if counts.turns >= TURNS && !counts.tripped {
            *counts = Counts::default();
        }
        counts.turns += 1;
    }

    /// A turn was stopped by a trap or a limit; true the one time that this trips it.
    pub fn stopped(&self) -> bool {
        let mut counts = self.counts_mut();
        counts.stops += 1;
        let trips = counts.stops >= STOPS_MAX && !counts.tripped;
        counts.tripped |= trips;
        trips
    }

    /// Whether it was stopped too often.
    pub fn has_tripped(&self) -> bool {
        self.counts_mut().tripped
    }

    /// How often it was stopped, in how many turns.
    pub fn counts(&self) -> (u32, u32) {
        let counts = *self.counts_mut();
        (counts.stops, counts.turns)
    }

    fn counts_mut(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_stops_among_fifty_turns_trip_once() {
        let trial = Trial::default();
        for _ in 0..TURNS {
            trial.began();
        }
        assert!(!trial.stopped() && !trial.stopped());
        trial.began();
        assert_eq!(trial.counts(), (0, 1), "fifty turns are over");
        assert!(!trial.stopped() && !trial.stopped() && trial.stopped() && !trial.stopped());
        assert!(trial.has_tripped());
    }
}
