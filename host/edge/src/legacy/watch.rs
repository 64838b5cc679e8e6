//! What the legacy service's last answers were: whether it fails, long before messages are given up.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use switchboard_core::seldom::Seldom;

/// How many failures in a row are a problem.
const FAILURES_MIN: u64 = 3;

/// How long the last failure counts, where nothing is forwarded any more.
const COUNTS_FOR: Duration = Duration::from_secs(3600);

/// Failures of the legacy service in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyFailure {
    /// How many.
    pub times: u64,
    /// The last one: what it answered.
    pub words: String,
}

/// Counts failures of the legacy service in a row.
#[derive(Debug)]
pub struct LegacyWatch {
    told: Seldom,
    last: Mutex<Option<(LegacyFailure, Instant)>>,
}

impl Default for LegacyWatch {
    fn default() -> LegacyWatch {
        LegacyWatch { told: Seldom::each_minute(), last: Mutex::default() }
    }
}

impl LegacyWatch {
    /// It took a message.
    pub(super) fn took(&self) {
        if let Some((failure, _)) = self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
            && failure.times >= FAILURES_MIN
        {
            tracing::info!(times = failure.times, "the legacy service takes messages again");
        }
    }

    /// It did not take one.
    pub(super) fn failed(&self, words: &str, now: Instant) {
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let times = last.take().map_or(0, |(failure, _)| failure.times) + 1;
            *last = Some((LegacyFailure { times, words: words.to_owned() }, now));
        }
        if let Some(times) = self.told.hit(now) {
            tracing::warn!(times, "the legacy service did not take a message, which is sent again: {words}");
        }
    }

    /// The failures in a row, if they are a problem.
    pub fn failure(&self, now: Instant) -> Option<LegacyFailure> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (failure, at) = last.as_ref()?;
        (failure.times >= FAILURES_MIN && now.saturating_duration_since(*at) < COUNTS_FOR).then(|| failure.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_are_a_problem_until_it_takes_one() {
        let (watch, start) = (LegacyWatch::default(), Instant::now());
        watch.failed("HTTP 500", start);
        watch.failed("HTTP 500", start);
        assert_eq!(watch.failure(start), None);
        watch.failed("HTTP 404", start);
        assert_eq!(watch.failure(start), Some(LegacyFailure { times: 3, words: "HTTP 404".into() }));
        assert_eq!(watch.failure(start + COUNTS_FOR), None);
        watch.took();
        assert_eq!(watch.failure(start), None);
    }
}
