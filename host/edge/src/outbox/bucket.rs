//! Token buckets: how much may be sent now, and if nothing, when. Times are milliseconds of any clock that does not jump.

/// A bucket that fills evenly.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    most: f64,
    per_ms: f64,
    at: i64,
}

impl Bucket {
    /// A full bucket of `most`, which one more enters every `every_ms`.
    pub(super) fn new(most: f64, every_ms: f64, now: i64) -> Bucket {
        Bucket { tokens: most, most, per_ms: 1.0 / every_ms, at: now }
    }

    fn fill(&mut self, now: i64) {
        let passed = (now - self.at).max(0) as f64;
        self.tokens = (self.tokens + passed * self.per_ms).min(self.most);
        self.at = self.at.max(now);
    }

    /// Zero if one may be taken now; else the milliseconds until one may.
    pub(super) fn wait(&mut self, now: i64) -> i64 {
        self.fill(now);
        // A hair of rounding must not cost a wait.
        if self.tokens + 1e-6 >= 1.0 { 0 } else { (((1.0 - self.tokens) / self.per_ms).ceil() as i64).max(1) }
    }

    /// Takes one.
    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// Gives back what was taken for nothing.
    pub(super) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.most);
    }

    /// Whether nothing would be lost by forgetting it.
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
