//! The one question that an idle host asks: has anything changed, is anything due, has anything expired.

use super::{
    Store, StoreError, Watcher,
    files::FILE_IS_DUE,
    outbox::script::{CRASHED_THERE, DUE_THERE, EXPIRED_THERE, PROBE_THERE},
};

/// What a look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Differs when settings, overrides of agents or rollouts have changed.
    pub version: i64,
    /// Differs when a component was published to the hosts of a server.
    pub components: i64,
    /// A message waits for its turn, in a lane that nobody has.
    pub turns: bool,
    /// Something waits to be sent to a person, in a lane that nobody has.
    pub sends: bool,
    /// Something waits to be forwarded, in a lane that nobody has.
    pub forwards: bool,
    /// A notice is due, or a listing is new or has ended.
    pub notices: bool,
    /// A send's host is gone, or its outcome can never be known.
    pub expired: bool,
    /// The fetch of a file is due.
    pub files: bool,
}

/// Whether a message waits for its turn, in a lane that nobody has: `$1` is now.
const TURNS: &str = "exists (select 1 from message as m join lane as l using (lane_id)
    where m.state = 'queued' and m.ready_at <= $1 and (l.lease_owner is null or l.lease_until < $1))";

/// Whether notices are due, or listings are new or have ended: `$1` is now, `$2` the same as a time.
const NOTICES: &str = "(exists (select 1 from notice as n where not n.waits and n.run_at <= $1
        and not exists (select 1 from agent_mute as a where a.agent = n.agent and a.until_at > $1))
    or exists (select 1 from unified_listings where matched_at is null and status = 'active' and hidden_at is null)
    or exists (select 1 from unified_listings where status = 'active' and expires_at < $2::timestamptz))";

impl Store {
    /// Looks once, with one statement.
    pub async fn look(&self, now: i64) -> Result<Look, StoreError> {
        let (version, components) = match &self.inner.watcher {
            Watcher::Sqlite(_) => ("0", "0"),
            Watcher::Postgres => (
                "(select coalesce(sum(version), 0)::bigint from change)",
                "(select coalesce(max(published_at), 0) from component)",
            ),
        };
        let sql = format!("{}, {version}, {components}", questions());
        let row = self.query(sql).bind(now).bind(super::iso(now)).optional().await?.ok_or(sqlx::Error::RowNotFound)?;
        let version = match &self.inner.watcher {
            Watcher::Sqlite(_) => self.data_version().await?,
            Watcher::Postgres => row.get(6)?,
        };
        Ok(Look {
            version,
            components: row.get(7)?,
            turns: row.get(0)?,
            sends: row.get(1)?,
            forwards: row.get(2)?,
            notices: row.get(3)?,
            expired: row.get(4)?,
            files: row.get(5)?,
        })
    }
}

/// What is asked on both databases.
fn questions() -> String {
    let forwards = DUE_THERE.replace("o.url is null", "o.url is not null");
    let files = format!("exists (select 1 from file as f where {FILE_IS_DUE})");
    format!(
        "select {TURNS}, {DUE_THERE} or {PROBE_THERE}, {forwards}, {NOTICES}, {CRASHED_THERE} or {EXPIRED_THERE}, {files}"
    )
}

/// The statement, for the test that prepares each on both databases.
#[cfg(feature = "test-hooks")]
pub(crate) fn statement() -> String {
    questions()
}
