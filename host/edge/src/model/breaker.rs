//! A circuit breaker: opens after several failures in a row, then lets one trial request through after a while.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

use switchboard_core::model::ModelFailure;

/// The number of failures in a row that open it.
const FAILURES: u32 = 4;

/// How long it stays open, in milliseconds.
const REST_MS: i64 = 30_000;

/// How long the last failure counts where nobody asks any more, in milliseconds.
const COUNTS_MS: i64 = 60 * 60 * 1000;

#[derive(Default)]
pub(super) struct Breaker {
    failures: AtomicU32,
    open_until: AtomicI64,
    /// The last failure, and when it was.
    last: Mutex<(String, i64)>,
}

impl Breaker {
    /// Whether a request may pass. After [`REST_MS`] one trial request may; others wait for its result.
    pub(super) fn admits(&self, now: i64) -> bool {
        let until = self.open_until.load(Ordering::Relaxed);
        if self.failures.load(Ordering::Relaxed) < FAILURES {
            return true;
        }
        now >= until
            && self.open_until.compare_exchange(until, now + REST_MS, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(super) fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, now: i64, words: &str) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = (words.to_owned(), now);
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES {
            self.open_until.store(now + REST_MS, Ordering::Relaxed);
        }
    }

    /// The failures in a row, while there are so many that it is open.
    pub(super) fn failure(&self, now: i64) -> Option<ModelFailure> {
        let times = self.failures.load(Ordering::Relaxed);
        let (words, at) = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (times >= FAILURES && now - at < COUNTS_MS).then_some(ModelFailure { times, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_rests_and_lets_one_try() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.admits(0));
            breaker.failed(0, "HTTP 500");
        }
        assert_eq!(breaker.failure(0), Some(ModelFailure { times: FAILURES, words: "HTTP 500".into() }));
        assert_eq!(breaker.failure(COUNTS_MS), None);
        assert!(!breaker.admits(REST_MS - 1));
        assert!(breaker.admits(REST_MS));
        assert!(!breaker.admits(REST_MS + 1));
        breaker.succeeded();
        assert!(breaker.admits(REST_MS + 2));
    }
}
