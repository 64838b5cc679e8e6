//! Token buckets for rate limiting. Times are milliseconds of any monotonic clock.

/// A token bucket that refills at a constant rate.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    most: f64,
    per_ms: f64,
    at: i64,
}

impl Bucket {
    /// A full bucket with a capacity of `most`, which gains one token every `every_ms`.
    pub(super) fn new(most: f64, every_ms: f64, now: i64) -> Bucket {
        Bucket { tokens: most, most, per_ms: 1.0 / every_ms, at: now }
    }

    fn fill(&mut self, now: i64) {
        let passed = (now - self.at).max(0) as f64;
        self.tokens = (self.tokens + passed * self.per_ms).min(self.most);
        self.at = self.at.max(now);
    }

    /// The milliseconds until a token is available; zero if one is now.
    pub(super) fn wait(&mut self, now: i64) -> i64 {
        self.fill(now);
        // Allow for rounding errors.
        if self.tokens + 1e-6 >= 1.0 { 0 } else { (((1.0 - self.tokens) / self.per_ms).ceil() as i64).max(1) }
    }

    /// Takes a token.
    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// Returns a token that was not used.
    pub(super) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.most);
    }

    /// Whether it is full, so that it can be dropped.
    pub(super) fn full(&mut self, now: i64) -> bool {
        self.fill(now);
        self.tokens >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_every_six_seconds() {
        let mut bucket = Bucket::new(45.0, 6000.0, 0);
        for _ in 0..45 {
            assert_eq!(bucket.wait(0), 0);
            bucket.take();
        }
        assert_eq!(bucket.wait(0), 6000);
        assert_eq!(bucket.wait(5999), 1);
        assert_eq!(bucket.wait(6000), 0);
        bucket.take();
        assert_eq!(bucket.wait(6000), 6000);
        assert!(!bucket.full(6000));
        assert!(bucket.full(6000 + 45 * 6000));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::new(1.0, 100.0, 1000);
        bucket.take();
        assert_eq!(bucket.wait(0), 100);
        assert_eq!(bucket.wait(1050), 50);
    }
}
