//! Answers in slots of five minutes, by agent and by how long they took: what charts are drawn from. They are counted from events behind
//! the turns ([`Store::count_slots`]), so charts lag a little, and a percentile is as exact as the bounds are close.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Store, StoreError, op::Statement, time::iso};

/// How long a slot is, in milliseconds.
pub const SLOT_MS: i64 = 5 * 60 * 1000;

/// The bounds of times to answer, in milliseconds.
const BOUNDS_MS: [i64; 33] = [
    10, 20, 30, 50, 70, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1200, 1400, 1600, 1800, 2000,
    2500, 3000, 4000, 5000, 7000, 10_000, 15_000, 30_000, 60_000, 3_600_000, 86_400_000,
];

/// Slots that are counted again, for events that came late.
const AGAIN_MS: i64 = 2 * SLOT_MS;

/// The most that is counted at a time.
const AT_ONCE_MS: i64 = 6 * 3_600_000;

/// How far back the first count goes.
const FIRST_MS: i64 = 7 * 24 * 3_600_000;

/// Answers of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Messages answered.
    pub messages: i64,
    /// Those whose sender did not get an agent's own answer.
    pub errors: i64,
    /// How many were answered within each bound and not within the one before, by bound in milliseconds.
    within: BTreeMap<i64, i64>,
}

impl Answers {
    /// Adds the answers of another time or agent.
    pub fn add(&mut self, other: &Answers) {
        self.messages += other.messages;
        self.errors += other.errors;
        for (bound, messages) in &other.within {
            *self.within.entry(*bound).or_default() += messages;
        }
    }

    /// Errors of a hundred messages; none of nothing.
    pub fn error_percent(&self) -> f64 {
        if self.messages == 0 { 0.0 } else { self.errors as f64 * 100.0 / self.messages as f64 }
    }

    /// The time in milliseconds within which so many of a hundred were answered: between the bounds as if times were spread evenly
    /// there. None if no time is known.
    pub fn percentile(&self, of_hundred: i64) -> Option<i64> {
        let known: i64 = self.within.values().sum();
        let place = (known * of_hundred + 99) / 100;
        let mut before = 0;
        for (bound, messages) in &self.within {
            if before + messages >= place && *messages > 0 {
                let lower = BOUNDS_MS.iter().rev().find(|other| *other < bound).copied().unwrap_or(0);
                return Some(lower + (bound - lower) * (place - before) / messages);
            }
            before += messages;
        }
        None
    }
}

/// Answers by agent and time: each time is the beginning of a step.
pub type Series = BTreeMap<String, BTreeMap<i64, Answers>>;

impl Store {
    /// Up to when answers are counted in slots, in milliseconds; none if they never were.
    pub async fn slots_until(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.query("select until_ms from figure_counted where name = 'slots'").maybe().await?)
    }

    /// When the first answer from a time on was given, in milliseconds; none if there is none.
    async fn first_answer(&self, from: i64) -> Result<Option<i64>, StoreError> {
        let sql = "select ms(created_at) from unified_agent_events where created_at >= $1::timestamptz
            order by created_at limit 1";
        Ok(self.query(sql).bind(iso(from)).maybe().await?)
    }

    /// Counts what was answered since the last count, and a little before it again; up to now, or a part of it. Gives up to when it is
    /// counted then.
    pub async fn count_slots(&self, now: i64) -> Result<i64, StoreError> {
        let from = match self.slots_until().await? {
            Some(until) => until.min(now) - AGAIN_MS,
            None => self.first_answer(now - FIRST_MS).await?.unwrap_or(now).min(now),
        };
        let from = from.div_euclid(SLOT_MS) * SLOT_MS;
        let until = now.min(from + AT_ONCE_MS);
        // Read apart from the writer, which turns wait for.
        let sql = "select (ms(created_at) / 300000) * 300000 as slot_at, coalesce(agent_type, '') as answered_by,
                coalesce((select min(b.value::bigint) from texts($3::jsonb) as b where b.value::bigint >= e.duration_ms), -1) as within_ms,
                count(*), count(payload->>'error')
            from unified_agent_events as e where created_at >= $1::timestamptz and created_at < $2::timestamptz
            group by slot_at, answered_by, within_ms";
        // The last slot ends later: what is answered meanwhile is counted then.
        let end = (until.div_euclid(SLOT_MS) + 1) * SLOT_MS;
        let rows =
            self.query(sql).bind(iso(from)).bind(iso(end)).bind(json!(BOUNDS_MS.as_slice()).to_string()).all().await?;
        let mut counted = Vec::with_capacity(rows.len());
        for row in &rows {
            let (slot, agent, within): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (messages, errors): (i64, i64) = (row.get(3)?, row.get(4)?);
            counted.push(json!([slot, agent, within, messages, errors]));
        }
        let mut statements = vec![Statement {
            sql: "insert into figure_counted (name, until_ms) values ('slots', $1)
                on conflict (name) do update set until_ms = excluded.until_ms",
            values: vec![until.into()],
        }];
        if !counted.is_empty() {
            statements.push(Statement {
                sql: "insert into figure_slot (slot_at, agent, within_ms, messages, errors)
                    select (value->>0)::bigint, value->>1, (value->>2)::bigint, (value->>3)::bigint, (value->>4)::bigint
                    from each($1::jsonb) where true
                    on conflict (slot_at, agent, within_ms) do update set messages = excluded.messages, errors = excluded.errors",
                values: vec![json!(counted).to_string().into()],
            });
        }
        self.inner.writer.plain_all(statements).await?;
        Ok(until)
    }

    /// What was answered from a time on, in steps of so many milliseconds, a multiple of [`SLOT_MS`]; the first step begins at a multiple
    /// of its length.
    pub async fn series(&self, from: i64, step_ms: i64) -> Result<Series, StoreError> {
        let step_ms = step_ms.max(SLOT_MS);
        let sql = "select agent, (slot_at / $2) * $2 as step_at, within_ms, sum(messages)::bigint, sum(errors)::bigint from figure_slot
            where slot_at >= $1 group by agent, step_at, within_ms";
        let rows = self.query(sql).bind(from.div_euclid(step_ms) * step_ms).bind(step_ms).all().await?;
        let mut series = Series::new();
        for row in &rows {
            let (agent, step, within): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (messages, errors): (i64, i64) = (row.get(3)?, row.get(4)?);
            let answers = series.entry(agent).or_default().entry(step).or_default();
            answers.messages += messages;
            answers.errors += errors;
            if within >= 0 {
                *answers.within.entry(within).or_default() += messages;
            }
        }
        Ok(series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_lies_between_its_bounds() {
        let mut answers =
            Answers { messages: 100, errors: 1, within: BTreeMap::from([(100, 50), (200, 45), (1000, 5)]) };
        assert_eq!([50, 95, 99].map(|n| answers.percentile(n)), [Some(100), Some(200), Some(980)]);
        assert_eq!(Answers::default().percentile(95), None);
        answers.add(&Answers { messages: 100, errors: 9, within: BTreeMap::from([(1000, 100)]) });
        assert_eq!((answers.messages, answers.error_percent()), (200, 5.0));
        assert!(answers.percentile(50).is_some_and(|ms| (900..=1000).contains(&ms)));
    }

    #[test]
    fn bounds_grow() {
        assert!(BOUNDS_MS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
