//! Components that were taken into service, byte for byte: to go back to, at any host.

use super::{Store, StoreError, db};

/// How many of an agent are kept.
const KEPT: i64 = 8;

/// A component that was taken into service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptVersion {
    /// Of its bytes, in hex.
    pub sha256: String,
    /// When it was first seen, in milliseconds.
    pub seen_at: i64,
    /// In bytes.
    pub size: i64,
}

impl Store {
    /// Keeps a component, and lets go of the oldest of its agent that no rollout speaks of; whether it was not kept before.
    pub async fn keep_version(&self, agent: &str, sha256: &str, body: Vec<u8>, now: i64) -> Result<bool, StoreError> {
        let keep = "insert into component_version (sha256, agent, body, seen_at) values ($1, $2, $3, $4) on conflict do nothing";
        let is_first =
            self.inner.writer.plain(keep, vec![sha256.into(), agent.into(), body.into(), now.into()]).await? > 0;
        let let_go = "delete from component_version where agent = $1
            and sha256 not in (select sha256 from component_version where agent = $1 order by seen_at desc limit $2)
            and sha256 not in (select candidate from rollout where candidate is not null)
            and sha256 not in (select stable from rollout where stable is not null)";
        self.inner.writer.plain(let_go, vec![agent.into(), KEPT.into()]).await?;
        Ok(is_first)
    }

    /// The bytes of a component.
    pub async fn version_bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.query("select body from component_version where sha256 = $1").bind(sha256).maybe().await?)
    }

    /// What is kept of an agent, the newest first.
    pub async fn versions(&self, agent: &str) -> Result<Vec<KeptVersion>, StoreError> {
        let sql = "select sha256, seen_at, cast(length(body) as bigint) from component_version where agent = $1 order by seen_at desc";
        let rows = self.query(sql).bind(agent).all().await?;
        let version = |row: &db::Row| -> Result<KeptVersion, sqlx::Error> {
            Ok(KeptVersion { sha256: row.get(0)?, seen_at: row.get(1)?, size: row.get(2)? })
        };
        Ok(rows.iter().map(version).collect::<Result<_, _>>()?)
    }
}
