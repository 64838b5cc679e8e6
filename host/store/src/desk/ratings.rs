//! Whether people were satisfied.

use crate::{Store, StoreError};

/// Ratings of talks that ended in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ratings {
    /// People who were asked.
    pub asked: i64,
    /// Thumbs up.
    pub good: i64,
    /// Thumbs down.
    pub bad: i64,
}

impl Store {
    /// Tickets opened from a time to a time, in milliseconds: by people who asked for a human, or whom an agent gave to one.
    pub async fn tickets_opened(&self, from: i64, to: i64) -> Result<i64, StoreError> {
        let query = self.query(
            "select count(*) from desk_event where at >= $1 and at < $2 and kind = 'ticket.opened'
                 and person_id not in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:')",
        );
        Ok(query.bind(from).bind(to).value().await?)
    }

    /// Ratings asked for from a time to a time, in milliseconds.
    pub async fn ratings(&self, from: i64, to: i64) -> Result<Ratings, StoreError> {
        let query = self.query(
            "select count(*), count(case when good = 1 then 1 end), count(case when good = 0 then 1 end) from desk_rating
             where asked_at >= $1 and asked_at < $2
                 and person_id not in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:')",
        );
        let Some(row) = query.bind(from).bind(to).optional().await? else { return Ok(Ratings::default()) };
        Ok(Ratings { asked: row.get(0)?, good: row.get(1)?, bad: row.get(2)? })
    }
}
