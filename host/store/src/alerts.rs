//! What alerts look at beside the figures, and which of them were told to whom: so that they begin and end once, whichever host
//! tells, and after a restart too.

use super::{
    Store, StoreError,
    db::{Arg, Row},
    iso,
};

/// The alerts' own documents are beside the agents': no agent's name has a colon.
const OWNER: &str = "host:alerts";

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiringAlert {
    /// Its rule, what it is about, and the host if it is one host's.
    pub key: String,
    /// Since when, in milliseconds.
    pub since: i64,
    /// What was said of it, as JSON.
    pub about: String,
}

impl Store {
    /// Messages answered by each agent.
    pub async fn traffic(&self, from_ms: i64, to_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let query = self.query(
            "select coalesce(agent_type, ''), count(*) from unified_agent_events
             where created_at > $1::timestamptz and created_at <= $2::timestamptz group by 1",
        );
        let rows = query.bind(iso(from_ms)).bind(iso(to_ms)).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Messages, replies and forwards of the time since then that were given up.
    pub async fn given_up(&self, since_ms: i64) -> Result<(i64, i64, i64), StoreError> {
        let query = self.query(
            "select (select count(*) from message where state = 'dead' and received_at > $1 and business not like 'test:%'),
                (select count(*) from outbox where state in ('dead', 'barred') and state = 'dead' and kind <> 'forward' and created_at > $1
                    and lane_id not in (select t.lane_id from lane as t where substr(t.business, 1, 5) = 'test:')),
                (select count(*) from outbox where state in ('dead', 'barred') and state = 'dead' and kind = 'forward' and created_at > $1)",
        );
        let row = query.bind(since_ms).optional().await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    }

    /// The alerts that this receiver was told of and that have not ended for it: names, and since when.
    pub async fn alerts_told(&self, receiver: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let query = self.query(
            "select key, updated_at from record where agent = $1 and person_id = '' and collection = $2 order by key",
        );
        let rows = query.bind(OWNER).bind(receiver).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?)
    }

    /// The receiver was told that an alert has begun, with these words about it as JSON, or, without them, that it has ended.
    pub async fn alert_told(&self, receiver: &str, alert: &str, begun: Option<(i64, &str)>) -> Result<(), StoreError> {
        let key = || vec![Arg::from(OWNER), Arg::from(receiver), Arg::from(alert)];
        let (sql, values) = match begun {
            Some((since, about)) => (
                "insert into record (agent, person_id, collection, key, value, updated_at) values ($1, '', $2, $3, $5, $4)
                 on conflict (agent, person_id, collection, key) do nothing",
                [key(), vec![since.into(), about.into()]].concat(),
            ),
            None => ("delete from record where agent = $1 and person_id = '' and collection = $2 and key = $3", key()),
        };
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// The alerts that fire, as this receiver was told of them, the oldest first.
    pub async fn alerts_firing(&self, receiver: &str) -> Result<Vec<FiringAlert>, StoreError> {
        let query = self.query(
            "select key, updated_at, value from record where agent = $1 and person_id = '' and collection = $2 order by updated_at, key",
        );
        let rows = query.bind(OWNER).bind(receiver).all().await?;
        let firing = |row: &Row| -> Result<FiringAlert, sqlx::Error> {
            Ok(FiringAlert { key: row.get(0)?, since: row.get(1)?, about: row.get(2)? })
        };
        Ok(rows.iter().map(firing).collect::<Result<_, _>>()?)
    }
}
