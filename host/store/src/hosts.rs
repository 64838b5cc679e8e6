//! What the hosts say of themselves: that they live, how their clocks go, which flags they have in force.

use super::{Store, StoreError, db, options::ALIVE_MS};

/// What a host says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct HostStatus {
    /// The process.
    pub node: String,
    /// When it said so, by the database's clock, in milliseconds.
    pub seen_at: i64,
    /// How far its clock is ahead of the database's, in milliseconds.
    pub clock_ahead_ms: i64,
    /// The percentage in force.
    pub percent: Option<f64>,
    /// Whether the service is enabled.
    pub enabled: Option<bool>,
    /// Why the row's present content is not in force.
    pub error: Option<String>,
    /// What it serves, as JSON; `None` if it did not say.
    pub agents: Option<String>,
}

/// The host's name in the name of one of its processes: what stands before the last hyphen, as the writer makes it.
pub fn host_of_node(node: &str) -> &str {
    node.rsplit_once('-').map_or(node, |(host, _)| host)
}

impl Store {
    /// Says that this host lives, and how its own clock goes.
    pub async fn beat(&self) -> Result<(), StoreError> {
        let clock = &self.inner.options.clock;
        let sql = "insert into host_status (node, seen_at, clock_ahead_ms) values ($1, $2, $3)
            on conflict (node) do update set seen_at = excluded.seen_at, clock_ahead_ms = excluded.clock_ahead_ms";
        let values = vec![self.node().into(), clock.now().into(), clock.ahead_ms().into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Says which flags this host has in force, and why not the row, if so.
    pub async fn note_flags(&self, enabled: bool, percent: f64, error: Option<&str>) -> Result<(), StoreError> {
        let sql = "insert into host_status (node, seen_at, percent, enabled, error) values ($1, $2, $3, $4, $5)
            on conflict (node) do update set seen_at = excluded.seen_at, percent = excluded.percent, enabled = excluded.enabled, error = excluded.error";
        let values = vec![self.node().into(), self.now().into(), percent.into(), enabled.into(), error.into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Says which agents this host serves, as JSON.
    pub async fn note_agents(&self, agents: &str) -> Result<(), StoreError> {
        let sql = "insert into host_status (node, seen_at, agents) values ($1, $2, $3)
            on conflict (node) do update set seen_at = excluded.seen_at, agents = excluded.agents";
        let values = vec![self.node().into(), self.now().into(), agents.into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Says that this host has ended.
    pub async fn leave(&self) -> Result<(), StoreError> {
        let values = vec![self.node().into()];
        self.inner.writer.plain("delete from host_status where node = $1", values).await.map(drop)
    }

    /// The hosts that live.
    pub async fn hosts(&self) -> Result<Vec<HostStatus>, StoreError> {
        let sql = "select node, seen_at, clock_ahead_ms, percent, enabled, error, agents from host_status where seen_at >= $1 order by node";
        let rows = self.query(sql).bind(self.now() - ALIVE_MS).all().await?;
        let status = |row: &db::Row| -> Result<HostStatus, sqlx::Error> {
            Ok(HostStatus {
                node: row.get(0)?,
                seen_at: row.get(1)?,
                clock_ahead_ms: row.get(2)?,
                percent: row.get(3)?,
                enabled: row.get(4)?,
                error: row.get(5)?,
                agents: row.get(6)?,
            })
        };
        Ok(rows.iter().map(status).collect::<Result<_, _>>()?)
    }
}
