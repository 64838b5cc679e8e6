//! Loads that failed through no fault of the file, such as a compiler that the system ended: when each is tried again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The pause after a first failure. Each further one doubles it.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// The files that are loaded again.
#[derive(Default)]
pub(super) struct Retries(Mutex<BTreeMap<String, Retry>>);

struct Retry {
    failures: u32,
    /// None while it is being tried.
    due: Option<Instant>,
}

impl Retries {
    /// Notes that loading a file failed.
    pub(super) fn failed(&self, file: &str, now: Instant) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let retry = files.entry(file.to_owned()).or_insert(Retry { failures: 0, due: None });
        let pause = PAUSE_MIN.saturating_mul(1 << retry.failures.min(6)).min(PAUSE_MAX);
        *retry = Retry { failures: retry.failures + 1, due: Some(now + pause) };
    }

    /// Notes that a file was loaded, refused for what it is, or deleted.
    pub(super) fn ended(&self, file: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(file);
    }

    /// The files that are to be tried now, each once.
    pub(super) fn due(&self, now: Instant) -> Vec<String> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = files.iter_mut().filter(|(_, retry)| retry.due.is_some_and(|due| due <= now));
        due.map(|(file, retry)| {
            retry.due = None;
            file.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_minute_and_begins_anew() {
        let (retries, start) = (Retries::default(), Instant::now());
        let mut now = start;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            retries.failed("jobs.wasm", now);
            let almost = now + Duration::from_secs(seconds) - Duration::from_millis(1);
            assert_eq!(retries.due(almost), [] as [&str; 0]);
            now += Duration::from_secs(seconds);
            assert_eq!(retries.due(now), ["jobs.wasm"]);
            assert_eq!(retries.due(now + PAUSE_MAX), [] as [&str; 0], "it is being tried");
        }
        retries.ended("jobs.wasm");
        retries.failed("jobs.wasm", now);
        assert_eq!(retries.due(now + PAUSE_MIN), ["jobs.wasm"]);
    }
}
