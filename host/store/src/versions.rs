//! Components that were taken into service, byte for byte: to go back to, at any host. When a version served and why it was dropped is
//! written by triggers on `rollout`, in the statement that moves the rollout.

use super::{Store, StoreError, db};

/// How many of an agent are kept.
const KEPT: i64 = 8;

/// How many of an agent that served and were not dropped are kept beside them.
const SERVED_KEPT: i64 = 3;

/// What is not kept: `$1` is the agent, `$2` and `$3` are how many are kept.
macro_rules! old {
    () => {
        " agent = $1
            and sha256 not in (select sha256 from component_version where agent = $1 order by seen_at desc limit $2)
            and sha256 not in (select sha256 from component_version
                where agent = $1 and served_at is not null and dropped_at is null order by served_at desc limit $3)
            and sha256 not in (select candidate from rollout where candidate is not null)
            and sha256 not in (select stable from rollout where stable is not null)"
    };
}

const LET_GO: &str = concat!("delete from component_version where dropped_at is null and", old!());

const EMPTY: &str =
    concat!("update component_version set body = $4 where dropped_at is not null and length(body) > 0 and", old!());

/// A component that was taken into service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptVersion {
    /// Of its bytes, in hex.
    pub sha256: String,
    /// When it was first seen, in milliseconds.
    pub seen_at: i64,
    /// In bytes; 0 once its bytes are let go and only its record is kept.
    pub size: i64,
    /// When it last began to serve everybody, in milliseconds; `None` if it never did.
    pub served_at: Option<i64>,
    /// When it was dropped, in milliseconds, and why.
    pub dropped: Option<(i64, String)>,
}

impl Store {
    /// Keeps a component, and lets go of the oldest of its agent that no rollout speaks of. Of a dropped version the record stays when its
    /// bytes go. Whether it is a new deployment: one that never served and was never dropped.
    pub async fn keep_version(&self, agent: &str, sha256: &str, body: Vec<u8>, now: i64) -> Result<bool, StoreError> {
        let keep = "insert into component_version (sha256, agent, body, seen_at) values ($1, $2, $3, $4)
            on conflict (sha256) do update set body = excluded.body, seen_at = excluded.seen_at where length(component_version.body) = 0";
        self.inner.writer.plain(keep, vec![sha256.into(), agent.into(), body.into(), now.into()]).await?;
        let (deleted, emptied) = (vec![agent.into(), KEPT.into(), SERVED_KEPT.into()], Vec::<u8>::new());
        self.inner.writer.plain(LET_GO, deleted).await?;
        self.inner.writer.plain(EMPTY, vec![agent.into(), KEPT.into(), SERVED_KEPT.into(), emptied.into()]).await?;
        let new =
            "select count(*) from component_version where sha256 = $1 and served_at is null and dropped_at is null";
        let open: i64 = self.query(new).bind(sha256).value().await?;
        Ok(open > 0)
    }

    /// The bytes of a component; `None` if they are not kept.
    pub async fn version_bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "select body from component_version where sha256 = $1 and length(body) > 0";
        Ok(self.query(sql).bind(sha256).maybe().await?)
    }

    /// The agents and SHA-256 of kept components whose SHA-256 begins so, the newest first; at most three.
    pub async fn versions_like(&self, sha256: &str) -> Result<Vec<(String, String)>, StoreError> {
        let sql =
            "select agent, sha256 from component_version where substr(sha256, 1, length($1)) = $1 and length(body) > 0
            order by seen_at desc limit 3";
        let rows = self.query(sql).bind(sha256).all().await?;
        let version = |row: &db::Row| -> Result<(String, String), sqlx::Error> { Ok((row.get(0)?, row.get(1)?)) };
        Ok(rows.iter().map(version).collect::<Result<_, _>>()?)
    }

    /// Notes that a version serves everybody at this host, where no rollout's row says so. `again`: another version served here before.
    pub async fn version_serves(&self, sha256: &str, again: bool, now: i64) -> Result<(), StoreError> {
        let sql = "update component_version set served_at = $2 where sha256 = $1 and (served_at is null or $3)";
        self.inner.writer.plain(sql, vec![sha256.into(), now.into(), again.into()]).await.map(drop)
    }

    /// What is kept of an agent, the newest first.
    pub async fn versions(&self, agent: &str) -> Result<Vec<KeptVersion>, StoreError> {
        let sql = "select sha256, seen_at, cast(length(body) as bigint), served_at, dropped_at, dropped_why
            from component_version where agent = $1 order by seen_at desc";
        let rows = self.query(sql).bind(agent).all().await?;
        let version = |row: &db::Row| -> Result<KeptVersion, sqlx::Error> {
            let (at, why): (Option<i64>, Option<String>) = (row.get(4)?, row.get(5)?);
            Ok(KeptVersion {
                sha256: row.get(0)?,
                seen_at: row.get(1)?,
                size: row.get(2)?,
                served_at: row.get(3)?,
                dropped: at.map(|at| (at, why.unwrap_or_default())),
            })
        };
        Ok(rows.iter().map(version).collect::<Result<_, _>>()?)
    }
}
