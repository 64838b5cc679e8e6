//! Failed attempts to sign in: a few a minute, for each name and for all together.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failed attempts for one name in a minute.
const OF_NAME: usize = 5;

/// Failed attempts of all in a minute: so that nobody tries one password on many names.
const OF_ALL: usize = 30;

const MINUTE: Duration = Duration::from_secs(60);

/// The name under which attempts by a token count.
pub(super) const TOKEN: &str = "";

/// The failed attempts of the last minute.
#[derive(Default)]
pub(super) struct Tries(Mutex<Failed>);

#[derive(Default)]
struct Failed {
    all: VecDeque<Instant>,
    by_name: HashMap<String, VecDeque<Instant>>,
}

impl Tries {
    /// Begins an attempt; false if there were too many. It counts as failed until [`succeeded`](Tries::succeeded), so that many at a time
    /// are not more than many in a row.
    pub(super) fn begin(&self, name: &str, now: Instant) -> bool {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Failed { all, by_name } = &mut *failed;
        let is_old = |at: &Instant| now.duration_since(*at) >= MINUTE;
        while all.front().is_some_and(is_old) {
            all.pop_front();
        }
        by_name.retain(|_, tries| {
            while tries.front().is_some_and(is_old) {
                tries.pop_front();
            }
            !tries.is_empty()
        });
        let of_name = by_name.get(name).map_or(0, VecDeque::len);
        if all.len() >= OF_ALL || of_name >= OF_NAME {
            return false;
        }
        all.push_back(now);
        by_name.entry(name.to_owned()).or_default().push_back(now);
        true
    }

    /// Takes back an attempt that succeeded.
    pub(super) fn succeeded(&self, name: &str) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.all.pop_back();
        if let Some(tries) = failed.by_name.get_mut(name) {
            tries.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fail_for_a_name_and_thirty_for_all() {
        let (tries, start) = (Tries::default(), Instant::now());
        assert_eq!((0..7).filter(|_| tries.begin("ann", start)).count(), 5);
        assert!(tries.begin("bob", start), "another name has its own");
        tries.succeeded("bob");
        assert!(!tries.begin("ann", start + Duration::from_secs(59)));
        assert!(tries.begin("ann", start + Duration::from_secs(60)));

        let later = start + Duration::from_secs(180);
        let names = (0..40).map(|n| format!("name{n}"));
        assert_eq!(names.filter(|name| tries.begin(name, later)).count(), OF_ALL);
        assert!(tries.0.lock().expect("not poisoned").by_name.len() <= OF_ALL, "memory is bounded");
    }
}
