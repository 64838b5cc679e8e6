//! Too many messages of one person: they are told once, and then nobody answers until they pause.

use std::{collections::HashMap, sync::Mutex};

use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;

/// Counts messages, a minute at a time.
pub struct Flood {
    per_minute: u32,
    persons: Mutex<Persons>,
}

#[derive(Default)]
struct Persons {
    minutes: HashMap<Uuid, Minute>,
    /// When those who paused were forgotten last: once a minute, so that a crowd costs no more than its size.
    swept: i64,
}

struct Minute {
    began: i64,
    count: u32,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tide {
    /// It is answered.
    Calm,
    /// The person is told to wait.
    Rising,
    /// It is kept, and nobody answers.
    High,
}

impl Flood {
    /// So many messages a minute are answered.
    pub fn new(per_minute: u32) -> Flood {
        Flood { per_minute, persons: Mutex::default() }
    }

    /// One more message of a person. While they go on beyond the limit, the minute begins anew.
    pub fn tide(&self, person: Uuid, now: i64) -> Tide {
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
            std::cmp::Ordering::Less => Tide::Calm,
            std::cmp::Ordering::Equal => {
                minute.began = now;
                Tide::Rising
            }
            std::cmp::Ordering::Greater => Tide::High,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_answered_once_and_ends_with_a_pause() {
        let flood = Flood::new(3);
        let tide = |person, now| flood.tide(Uuid::from_u128(person), now);
        let first: Vec<Tide> = (0..6).map(|n| tide(1, n * 1_000)).collect();
        assert_eq!(first, [Tide::Calm, Tide::Calm, Tide::Calm, Tide::Rising, Tide::High, Tide::High]);
        assert_eq!(tide(2, 6_000), Tide::Calm);
        assert_eq!(tide(1, 3_000 + MINUTE_MS), Tide::Calm);
    }
}
