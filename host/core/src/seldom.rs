//! Something that happens often and is told seldom, with how often it happened.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Counts what happens; says at most once in an interval that it is to be told.
#[derive(Debug)]
pub struct Seldom {
    every: Duration,
    /// When it was told last, and how often it happened since.
    told: Mutex<(Option<Instant>, u64)>,
}

impl Seldom {
    /// Told at most once in this time.
    pub const fn every(every: Duration) -> Seldom {
        Seldom { every, told: Mutex::new((None, 0)) }
    }

    /// Told at most once a minute.
    pub const fn each_minute() -> Seldom {
        Seldom::every(Duration::from_secs(60))
    }

    /// Told at most once in ten seconds: a line of the log that one cause brings for every message.
    pub const fn line() -> Seldom {
        Seldom::every(Duration::from_secs(10))
    }

    /// It happened. Gives how often since it was told last, if it is to be told now.
    pub fn hit(&self, now: Instant) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.1 += 1;
        if told.0.is_some_and(|at| now.saturating_duration_since(at) < self.every) {
            return None;
        }
        let times = told.1;
        *told = (Some(now), 0);
        Some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_once_and_then_once_a_minute_with_its_count() {
        let (seldom, start) = (Seldom::each_minute(), Instant::now());
        let after = |seconds| seldom.hit(start + Duration::from_secs(seconds));
        assert_eq!((after(0), after(1), after(59)), (Some(1), None, None));
        assert_eq!((after(60), after(61), after(300)), (Some(3), None, Some(2)));
    }
}
