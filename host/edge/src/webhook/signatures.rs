//! What the signatures of deliveries say of the app secret: while all are wrong, it is probably not Meta's any more.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use switchboard_core::seldom::Seldom;

/// How many wrong signatures without a right one are a problem: a stranger's single try is none.
const WRONG_MIN: u64 = 3;

/// How long a wrong signature counts.
const COUNTS_FOR: Duration = Duration::from_secs(600);

/// Counts right and wrong signatures.
#[derive(Debug)]
pub struct SignatureWatch {
    told: Seldom,
    /// Right ones since the wrong ones were told last.
    right: AtomicU64,
    /// Wrong ones since the last right one, and when the last of them came.
    wrong: Mutex<(u64, Option<Instant>)>,
}

impl Default for SignatureWatch {
    fn default() -> SignatureWatch {
        SignatureWatch { told: Seldom::each_minute(), right: AtomicU64::new(0), wrong: Mutex::default() }
    }
}

impl SignatureWatch {
    /// A delivery was signed with one of our secrets.
    pub(super) fn right(&self) {
        self.right.fetch_add(1, Ordering::Relaxed);
        *self.wrong.lock().unwrap_or_else(PoisonError::into_inner) = (0, None);
    }

    /// A delivery was signed with something else.
    pub(super) fn wrong(&self, now: Instant) {
        {
            let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            *wrong = (wrong.0 + 1, Some(now));
        }
        if let Some(times) = self.told.hit(now) {
            let all = times + self.right.swap(0, Ordering::Relaxed);
            tracing::warn!(times, all, "{times} of {all} deliveries had a wrong signature and were refused");
        }
    }

    /// How many signatures were wrong since the last right one, if that is a problem.
    pub fn all_wrong(&self, now: Instant) -> Option<u64> {
        let (count, last) = *self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = last.is_some_and(|last| now.saturating_duration_since(last) < COUNTS_FOR);
        (is_new && count >= WRONG_MIN).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wrong_ones_are_a_problem_until_a_right_one_comes_or_they_are_old() {
        let (watch, start) = (SignatureWatch::default(), Instant::now());
        watch.wrong(start);
        watch.wrong(start);
        assert_eq!(watch.all_wrong(start), None);
        watch.wrong(start);
        assert_eq!(watch.all_wrong(start), Some(3));
        assert_eq!(watch.all_wrong(start + COUNTS_FOR), None);
        watch.right();
        assert_eq!(watch.all_wrong(start), None);
    }
}
