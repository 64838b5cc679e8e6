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

#[derive(Clone, Copy)]
struct Minute {
    /// When the first of its messages was sent, or the one that was warned of.
    began: i64,
    /// When it last counted one, by the host's clock.
    used: i64,
    count: u32,
    /// The message that was answered with the warning.
    warned: Option<i64>,
}

/// A message to count.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Its id.
    pub id: i64,
    /// When it was sent, in milliseconds.
    pub sent_at: i64,
    /// It was counted before: this is another attempt.
    pub is_counted: bool,
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

    /// Counts a message of a person, by the minute in which it was sent: what was delivered late in one go was no flood. Each warning
    /// starts a new minute. A message that was counted before gets its verdict again and is not counted twice.
    pub fn check(&self, person: Uuid, message: Counted, now: i64) -> Verdict {
        let mut persons = self.persons.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now - persons.swept >= MINUTE_MS {
            persons.minutes.retain(|_, minute| now - minute.used < MINUTE_MS);
            persons.swept = now;
        }
        let at = message.sent_at.min(now);
        let new = Minute { began: at, used: now, count: 0, warned: None };
        let minute = persons.minutes.entry(person).or_insert(new);
        if message.is_counted {
            return match minute.count > self.per_minute {
                false => Verdict::Answer,
                true if minute.warned == Some(message.id) => Verdict::WarnOnce,
                true => Verdict::Drop,
            };
        }
        if at.abs_diff(minute.began) >= MINUTE_MS.unsigned_abs() {
            *minute = new;
        }
        minute.used = now;
        minute.count += 1;
        match minute.count.cmp(&(self.per_minute + 1)) {
            std::cmp::Ordering::Less => Verdict::Answer,
            std::cmp::Ordering::Equal => {
                minute.began = at;
                minute.warned = Some(message.id);
                Verdict::WarnOnce
            }
            std::cmp::Ordering::Greater => Verdict::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(at: i64) -> Counted {
        Counted { id: at, sent_at: at, is_counted: false }
    }

    /// An hour of messages that come at once is no flood; forty of one minute are, whenever they come.
    #[test]
    fn what_was_sent_over_an_hour_is_answered_when_it_comes_at_once() {
        const NOW: i64 = 1_000 * MINUTE_MS;
        let limiter = RateLimiter::new(3);
        let late = |n: i64, apart: i64| sent(NOW - 60 * MINUTE_MS + n * apart);
        let verdicts = |apart: i64, person| -> Vec<Verdict> {
            (0..40).map(|n| limiter.check(Uuid::from_u128(person), late(n, apart), NOW + n)).collect()
        };
        assert!(verdicts(MINUTE_MS, 1).iter().all(|verdict| *verdict == Verdict::Answer));
        let flood = verdicts(1_000, 2);
        assert_eq!(flood[..5], [[Verdict::Answer; 3].as_slice(), &[Verdict::WarnOnce, Verdict::Drop]].concat());
        assert!(flood[4..].iter().all(|verdict| *verdict == Verdict::Drop));
    }

    #[test]
    fn another_attempt_is_not_another_message() {
        let limiter = RateLimiter::new(2);
        let check = |id, is_counted| limiter.check(Uuid::nil(), Counted { id, sent_at: 5, is_counted }, 9);
        for _ in 0..9 {
            assert_eq!(check(1, true), Verdict::Answer);
        }
        let mut verdicts = Vec::new();
        for id in 1..=4 {
            verdicts.push(check(id, false));
            assert_eq!(check(id, true), verdicts[verdicts.len() - 1], "the same again");
        }
        assert_eq!(verdicts, [Verdict::Answer, Verdict::Answer, Verdict::WarnOnce, Verdict::Drop]);
    }

    #[test]
    fn a_flood_is_answered_once_and_ends_with_a_pause() {
        let limiter = RateLimiter::new(3);
        let check = |person, now| limiter.check(Uuid::from_u128(person), sent(now), now);
        let first: Vec<Verdict> = (0..6).map(|n| check(1, n * 1_000)).collect();
        assert_eq!(
            first,
            [Verdict::Answer, Verdict::Answer, Verdict::Answer, Verdict::WarnOnce, Verdict::Drop, Verdict::Drop]
        );
        assert_eq!(check(2, 6_000), Verdict::Answer);
        assert_eq!(check(1, 3_000 + MINUTE_MS), Verdict::Answer);
    }
}
