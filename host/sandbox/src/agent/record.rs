//! The record of a version at this host: which of its last turns were stopped by a trap or a limit. A circuit breaker over it drops a
//! canary, and takes a stable version out of service for a while.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// The turns that are looked back on.
const TURNS: usize = 50;

/// How long a version rests when it has tripped, in milliseconds: so long at first, twice as long each time it trips again on trial,
/// and so long at the most.
const REST_MS: i64 = 5 * 60 * 1000;
const REST_MS_MAX: i64 = 60 * 60 * 1000;

/// Turns on trial without a stop, after which a version that rested is trusted again.
const GOOD_TURNS: u32 = 10;

/// When the breaker trips.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// So many of the last turns were stopped,
    stops: usize,
    /// in turns of so many people: nobody alone takes an agent from everybody.
    persons: usize,
}

/// Of a canary: the stable version is there.
pub const CANARY: Rule = Rule { stops: 3, persons: 1 };

/// Of a stable version: it fails most people.
pub const STABLE: Rule = Rule { stops: 30, persons: 5 };

/// The record of a version.
#[derive(Debug, Default)]
pub struct Record(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The last turns: of whom, if they were stopped.
    last: VecDeque<Option<Uuid>>,
    tripped: Option<Trip>,
}

#[derive(Clone, Copy, Debug)]
struct Trip {
    /// It rests until then, in milliseconds; then it is on trial.
    until: i64,
    times: u32,
    good: u32,
    /// What it tripped by.
    counts: (usize, usize),
}

/// A version that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Until when, in milliseconds.
    pub until: i64,
    /// Turns that were stopped,
    pub stops: usize,
    /// of so many.
    pub turns: usize,
}

impl Record {
    /// Counts a turn of a person, and whether it was stopped; true only for the one that trips the breaker.
    pub fn ended(&self, rule: Rule, person: Uuid, stopped: bool, now: i64) -> bool {
        let mut state = self.state();
        let Some(trip) = state.tripped else { return state.count(rule, person, stopped, now) };
        if now < trip.until {
            // It began before.
            return false;
        }
        match (stopped, trip.good + 1) {
            (true, _) => {
                let rest = (REST_MS << trip.times.min(10)).min(REST_MS_MAX);
                state.tripped = Some(Trip { until: now + rest, times: trip.times + 1, good: 0, ..trip });
            }
            (false, GOOD_TURNS) => *state = State::default(),
            (false, good) => state.tripped = Some(Trip { good, ..trip }),
        }
        stopped
    }

    /// Its rest, if it rests now.
    pub fn rests(&self, now: i64) -> Option<Rest> {
        let trip = self.state().tripped.filter(|trip| now < trip.until)?;
        let (stops, turns) = trip.counts;
        Some(Rest { until: trip.until, stops, turns })
    }

    /// Whether the breaker has tripped, and it was not trusted again since.
    pub fn has_tripped(&self) -> bool {
        self.state().tripped.is_some()
    }

    /// The number of stopped turns, and of all turns, that it tripped by.
    pub fn counts(&self) -> (usize, usize) {
        self.state().tripped.map(|trip| trip.counts).unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, rule: Rule, person: Uuid, stopped: bool, now: i64) -> bool {
        self.last.push_back(stopped.then_some(person));
        if self.last.len() > TURNS {
            self.last.pop_front();
        }
        let stops = self.last.iter().flatten().count();
        let persons: HashSet<&Uuid> = self.last.iter().flatten().collect();
        let trips = stops >= rule.stops && persons.len() >= rule.persons;
        if trips {
            let counts = (stops, self.last.len());
            *self = State {
                last: VecDeque::new(),
                tripped: Some(Trip { until: now + REST_MS, times: 1, good: 0, counts }),
            };
        }
        trips
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn three_stops_among_fifty_turns_drop_a_canary_once() {
        let record = Record::default();
        let ended = |stopped| record.ended(CANARY, person(1), stopped, 0);
        assert!(!ended(true) && !ended(true));
        assert!((0..TURNS).all(|_| !ended(false)), "fifty turns are over");
        assert!(!ended(true) && !ended(true) && ended(true) && !ended(true));
        assert!(record.has_tripped());
        assert_eq!(record.counts(), (3, 50));
    }

    #[test]
    fn a_stable_version_rests_for_many_people_and_is_tried_again() {
        let record = Record::default();
        assert!((0..100).all(|_| !record.ended(STABLE, person(1), true, 0)), "one person's turns");
        assert!((2..5).all(|n| !record.ended(STABLE, person(n), true, 0)));
        assert!(record.ended(STABLE, person(5), true, 0));
        assert_eq!(record.rests(0), Some(Rest { until: REST_MS, stops: 50, turns: 50 }));
        assert!(!record.ended(STABLE, person(6), true, 1), "it began before");
        assert_eq!(record.rests(REST_MS), None, "it is on trial");
        assert!(!record.ended(STABLE, person(1), false, REST_MS));
        assert!(record.ended(STABLE, person(1), true, REST_MS), "one stop on trial is enough");
        assert_eq!(record.rests(REST_MS).map(|rest| rest.until), Some(3 * REST_MS));
        assert!((0..GOOD_TURNS).all(|_| !record.ended(STABLE, person(1), false, 3 * REST_MS)));
        assert!(!record.has_tripped(), "it is trusted again");
    }

    #[test]
    fn a_version_that_fails_some_serves_the_others() {
        let record = Record::default();
        assert!((0..1_000).all(|n| !record.ended(STABLE, person(n), n % 3 == 0, 0)), "a third is stopped");
    }
}
