//! A circuit breaker for a canary: it trips when too many of the turns at this host are stopped.

use std::sync::{Mutex, PoisonError};

/// The number of stopped turns that trips it,
const STOPS_MAX: u32 = 3;

/// within this many turns; then counting starts over.
const TURNS: u32 = 50;

/// Counts turns, and those that were stopped.
#[derive(Debug, Default)]
pub struct Trial(Mutex<Counts>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    turns: u32,
    stops: u32,
    tripped: bool,
}

impl Trial {
    /// Counts a turn.
    pub fn began(&self) {
        let mut counts = self.counts_mut();
        if counts.turns >= TURNS && !counts.tripped {
            *counts = Counts::default();
        }
        counts.turns += 1;
    }

    /// Counts a turn that was stopped by a trap or a limit; true only for the one that trips it.
    pub fn stopped(&self) -> bool {
        let mut counts = self.counts_mut();
        counts.stops += 1;
        let trips = counts.stops >= STOPS_MAX && !counts.tripped;
        counts.tripped |= trips;
        trips
    }

    /// Whether it has tripped.
    pub fn has_tripped(&self) -> bool {
        self.counts_mut().tripped
    }

    /// The number of stopped turns, and of all turns.
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
