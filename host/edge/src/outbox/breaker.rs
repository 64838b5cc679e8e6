//! A circuit breaker for a business number: tells trouble of the other side from trouble of one message.

use std::collections::VecDeque;

/// After so many troubles on different lanes, and no success between, the number rests.
const TROUBLES: usize = 3;

/// Troubles older than this are forgotten, in milliseconds.
const WITHIN_MS: i64 = 60_000;

/// What a number's sends have met since the last success.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// When, and in which lane.
    troubles: VecDeque<(i64, i64)>,
}

impl Breaker {
    /// Notes a success: the other side is well.
    pub(super) fn success(&mut self) {
        self.troubles.clear();
    }

    /// Notes a trouble that may be everybody's; gives whether it is. A trouble of one lane alone counts once, unless it is the only
    /// lane: then its third is taken for everybody's too.
    pub(super) fn trouble(&mut self, lane: i64, now: i64, only_lane_counts: bool) -> bool {
        self.troubles.push_back((now, lane));
        while self.troubles.front().is_some_and(|(at, _)| now - at > WITHIN_MS) {
            self.troubles.pop_front();
        }
        let mut lanes: Vec<i64> = self.troubles.iter().map(|(_, lane)| *lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        lanes.len() >= TROUBLES || (only_lane_counts && self.troubles.len() >= TROUBLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lanes_without_a_success_between_are_everybody() {
        let mut breaker = Breaker::default();
        assert!(!breaker.trouble(1, 0, false));
        assert!(!breaker.trouble(1, 1, false));
        assert!(!breaker.trouble(1, 2, false), "one lane alone");
        assert!(!breaker.trouble(2, 3, false));
        assert!(breaker.trouble(3, 4, false));
        breaker.success();
        assert!(!breaker.trouble(3, 5, false));
        assert!(!breaker.trouble(4, 6 + WITHIN_MS, false), "the first is forgotten");
        assert!(!breaker.trouble(4, 7 + WITHIN_MS, true));
        assert!(breaker.trouble(4, 8 + WITHIN_MS, true), "one lane alone, where that counts");
    }
}
