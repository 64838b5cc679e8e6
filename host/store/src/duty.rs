//! What one host does for all that share a database: bringing what is due, telling of tickets.

use std::sync::PoisonError;

use super::{LEASE_MS, Store, StoreError, dialect::postgres_only};

impl Store {
    /// Whether this host has a duty, or takes it now. A file has one host, who has them all.
    pub async fn has_duty(&self, name: &'static str, now: i64) -> Result<bool, StoreError> {
        if !self.is_shared() {
            return Ok(true);
        }
        let until =
            { self.inner.duties.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0) };
        if until - LEASE_MS <= now && now < until - LEASE_MS / 2 {
            return Ok(true);
        }
        let until = now + LEASE_MS;
        let sql = postgres_only(
            "insert into duty (name, owner, until) values ($1, $2, $3) on conflict (name) do update
            set owner = excluded.owner, until = excluded.until where duty.owner = excluded.owner or duty.until < $4",
        );
        let values = vec![name.into(), self.inner.writer.node.as_str().into(), until.into(), now.into()];
        let has = self.inner.writer.plain(sql, values).await? > 0;
        if has {
            self.inner.duties.lock().unwrap_or_else(PoisonError::into_inner).insert(name, until);
        }
        Ok(has)
    }
}
