//! What stands open at a time: tickets, takeovers, tokens of the day; and what of an hour's sends and turns failed.

use switchboard_core::quota::DAY_MS;

use crate::{Store, StoreError, db::Row, iso};

/// Open tickets of one priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTickets {
    /// `low`, `medium`, `high` or `urgent`.
    pub priority: String,
    /// How many are open.
    pub count: i64,
    /// How long the oldest is, in milliseconds.
    pub oldest_ms: i64,
}

/// What became of the sends of a time: replies, notices and templates, no forwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Deliveries {
    /// Those that have an end: Meta took them, or they were given up.
    pub ended: i64,
    /// Those that were not delivered: Meta refused them, at once or by a status `failed`.
    pub undelivered: i64,
}

impl Store {
    /// Tickets that nobody has answered, by priority.
    pub async fn tickets_waiting(&self, now: i64) -> Result<Vec<OpenTickets>, StoreError> {
        let sql = "select priority, count(*), $1 - min(opened_at) from ticket where status = 'open' group by priority order by priority";
        let rows = self.query(sql).bind(now).all().await?;
        let open = |row: &Row| -> Result<OpenTickets, sqlx::Error> {
            Ok(OpenTickets { priority: row.get(0)?, count: row.get(1)?, oldest_ms: row.get(2)? })
        };
        Ok(rows.iter().map(open).collect::<Result<_, _>>()?)
    }

    /// How many people are answered by a human now.
    pub async fn taken_over_count(&self, now: i64) -> Result<i64, StoreError> {
        let sql = "select count(*) from person where taken_over_by is not null and (taken_over_until is null or taken_over_until > $1)";
        Ok(self.query(sql).bind(now).value().await?)
    }

    /// The model's tokens that are used or reserved today: by agent, and of all under an empty name.
    pub async fn tokens_of_today(&self, now: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "select agent, used from quota where since = $1 and what = 'tokens' and person = '' order by agent";
        let rows = self.query(sql).bind(now.div_euclid(DAY_MS) * DAY_MS).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?)
    }

    /// What became of the sends that were written in a time.
    pub async fn deliveries(&self, from_ms: i64, to_ms: i64) -> Result<Deliveries, StoreError> {
        let sql = "select count(*), count(case when state = 'dead' then 1 end) from outbox
            where state in ('sent', 'dead') and kind <> 'forward' and created_at > $1 and created_at <= $2
                and lane_id not in (select t.lane_id from lane as t where substr(t.business, 1, 5) = 'test:')";
        let row = self.query(sql).bind(from_ms).bind(to_ms).optional().await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(Deliveries { ended: row.get(0)?, undelivered: row.get(1)? })
    }

    /// Agents whose last turns of a time all failed, and how many turns in a row.
    pub async fn failing_agents(&self, from_ms: i64, to_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let query = self.query(
            "with recent as (
                select coalesce(agent_type, '') as agent, created_at, payload->>'error' as error from unified_agent_events
                where created_at > $1::timestamptz and created_at <= $2::timestamptz),
                good as (select agent, max(created_at) as last_at from recent where error is null group by agent)
             select r.agent, count(*) from recent as r left join good as g on g.agent = r.agent
             where r.error is not null and (g.last_at is null or r.created_at > g.last_at) group by r.agent order by r.agent",
        );
        let rows = query.bind(iso(from_ms)).bind(iso(to_ms)).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?)
    }
}
