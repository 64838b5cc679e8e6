//! The per-person rate limiter, in memory: a person over the limit is warned once, and then not answered until they
//! pause.

use std::{collections::HashMap, sync::Mutex};

use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;

/// A rate limiter that counts each person's messages per minute.
pub struct RateLimiter {
    per_minute: u32,
    persons: Mutex<Persons>,
}

#[derive(Default)]
struct Persons {
    minutes: HashMap<Uuid, Minute>,
    /// When expired entries were last removed: once a minute, so that memory stays proportional to active people.
    swept: i64,
}

struct Minute {
    began: i64,
    count: u32,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer it.
    Answer,
    /// Tell the person to wait; then drop messages.
    WarnOnce,
    /// Store it without an answer.
    Drop,
}

impl RateLimiter {
    /// A limiter that answers so many messages a minute.
    pub fn new(per_minute: u32) -> RateLimiter {
        RateLimiter { per_minute, persons: Mutex::default() }
    }

    /// Counts a message of a person. Each warning starts a new minute.
    pub fn check(&self, person: Uuid, now: i64) -> Verdict {
        let mut persons = self.persons.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now - persons.swept >= MINUTE_MS {
            persons.minutes.retain(|_, minute| now - minute.began < MINUTE_MS);
            persons.swept = now;
        }
        let minute = persons.minutes.entry(person).or_insert(Minute { began: now, count: 0 });
        if now - minute.began >= MINUTE_MS {
            *minute = Minute { began: now, count: 0 };
        }
        minute.count += 1;
        match minute.count.cmp(&(self.per_minute + 1)) {
            std::cmp::Ordering::Less => Verdict::Answer,
            std::cmp::Ordering::Equal => {
                minute.began = now;
                Verdict::WarnOnce
            }
            std::cmp::Ordering::Greater => Verdict::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_answered_once_and_ends_with_a_pause() {
        let limiter = RateLimiter::new(3);
        let check = |person, now| limiter.check(Uuid::from_u128(person), now);
        let first: Vec<Verdict> = (0..6).map(|n| check(1, n * 1_000)).collect();
        assert_eq!(
            first,
            [Verdict::Answer, Verdict::Answer, Verdict::Answer, Verdict::WarnOnce, Verdict::Drop, Verdict::Drop]
        );
        assert_eq!(check(2, 6_000), Verdict::Answer);
        assert_eq!(check(1, 3_000 + MINUTE_MS), Verdict::Answer);
    }
}
