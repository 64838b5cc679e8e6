//! Paces: the generic cell rate algorithm. One number is the whole state, so that it can be stored beside what it limits.

/// A pace: a burst of messages, then one in each interval. Times are milliseconds of any clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages that may go at once.
    pub burst: f64,
    /// The interval between messages after a burst.
    pub every_ms: f64,
}

impl Pace {
    /// How long to wait for the next message; `at` is when it could go, had one been sent in each interval since the last.
    pub(super) fn wait(self, at: i64, now: i64) -> i64 {
        let ahead = (self.burst - 1.0).max(0.0) * self.every_ms;
        ((self.possible(at, now) - now) as f64 - ahead).ceil().max(0.0) as i64
    }

    /// The next `at`, after a message that is sent now.
    pub(super) fn after(self, at: i64, now: i64) -> i64 {
        self.possible(at, now).max(now) + self.every_ms.ceil() as i64
    }

    /// The state, unless it is further ahead than a burst makes it: then it was written while the clock was wrong, and does not count.
    fn possible(self, at: i64, now: i64) -> i64 {
        let is_possible = at.saturating_sub(now) as f64 <= 2.0 * self.burst.max(1.0) * self.every_ms.max(1.0);
        if is_possible { at } else { now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_every_six_seconds() {
        let pace = Pace { burst: 45.0, every_ms: 6000.0 };
        let mut at = 0;
        for _ in 0..45 {
            assert_eq!(pace.wait(at, 0), 0);
            at = pace.after(at, 0);
        }
        assert_eq!(pace.wait(at, 0), 6000);
        assert_eq!(pace.wait(at, 5999), 1);
        assert_eq!(pace.wait(at, 6000), 0);
        at = pace.after(at, 6000);
        assert_eq!(pace.wait(at, 6000), 6000);
        // The clock was six hours ahead.
        let wrong = 6000 + 6 * 3_600_000;
        assert_eq!((pace.wait(wrong, 6000), pace.after(wrong, 6000)), (0, 12_000));
    }
}
