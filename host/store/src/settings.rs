//! Flags, counts, and the reads that are nobody's in particular.

use super::{Store, StoreError, Watcher, db, dialect::postgres_only, types::Counts};
use switchboard_core::act::Actor;

/// A change of a row of `app_config`; the values are JSON texts.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigChange {
    /// In milliseconds.
    pub at: i64,
    /// Who did it.
    pub who: String,
    /// None where there was none.
    pub old: Option<String>,
    /// None where it was taken away.
    pub new: Option<String>,
}

/// A row of `ai_agent_configs`.
pub struct AgentConfigRow {
    /// The agent's name.
    pub agent: String,
    /// Its prompt; empty is none.
    pub prompt: String,
    /// JSON: words with their weights behind them, `["job 3", "for sale 2"]`; empty leaves the agent's own.
    pub keywords: String,
    /// JSON: names of tools; empty leaves them all.
    pub tools: String,
    /// Whether it is on.
    pub enabled: bool,
    /// 0 to 100.
    pub priority: i64,
    /// JSON object.
    pub config: String,
}

impl Store {
    /// A row of `app_config`, as JSON text.
    pub async fn config(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = self.query("select value::text from app_config where key = $1").bind(key);
        Ok(value.maybe().await?)
    }

    /// Writes a row of `app_config`; `actor` is who did it.
    pub async fn set_config(&self, key: &str, value: &str, actor: &Actor) -> Result<(), StoreError> {
        let sql = "
            insert into app_config (key, value, updated_by, updated_at) values ($1, $2::jsonb, $3, $4::timestamptz)
            on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at";
        let values = vec![key.into(), value.into(), actor.to_string().into(), changed_at().into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Changes a row of `app_config`, unless somebody else did since it was read as `old` (none: there was no row); whether it was.
    pub async fn move_config(
        &self,
        key: &str,
        old: Option<&str>,
        new: &str,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let sql = match old {
            Some(_) => {
                "update app_config set value = $2::jsonb, updated_by = $3, updated_at = $4::timestamptz where key = $1 and value = $5::jsonb"
            }
            None => {
                "insert into app_config (key, value, updated_by, updated_at) values ($1, $2::jsonb, $3, $4::timestamptz) on conflict (key) do nothing"
            }
        };
        let mut values = vec![key.into(), new.into(), actor.to_string().into(), changed_at().into()];
        values.extend(old.map(db::Arg::from));
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// The changes of a row of `app_config`, the latest first.
    pub async fn config_audit(&self, key: &str, limit: i64) -> Result<Vec<ConfigChange>, StoreError> {
        let sql =
            "select at, who, old::text, new::text from config_audit where key = $1 order by audit_id desc limit $2";
        let rows = self.query(sql).bind(key).bind(limit).all().await?;
        let change = |row: &db::Row| -> Result<ConfigChange, sqlx::Error> {
            Ok(ConfigChange { at: row.get(0)?, who: row.get(1)?, old: row.get(2)?, new: row.get(3)? })
        };
        Ok(rows.iter().map(change).collect::<Result<_, _>>()?)
    }

    /// The rows of `ai_agent_configs`.
    pub async fn agent_configs(&self) -> Result<Vec<AgentConfigRow>, StoreError> {
        let rows = self.query(
            "select agent_type, system_prompt, keywords::text, tools::text, enabled, priority, config::text from ai_agent_configs order by agent_type",
        )
        .all()
        .await?;
        let row = |row: &db::Row| -> Result<AgentConfigRow, sqlx::Error> {
            Ok(AgentConfigRow {
                agent: row.get(0)?,
                prompt: row.get(1)?,
                keywords: row.get(2)?,
                tools: row.get(3)?,
                enabled: row.get(4)?,
                priority: row.get(5)?,
                config: row.get(6)?,
            })
        };
        Ok(rows.iter().map(row).collect::<Result<_, _>>()?)
    }

    /// A number that changes whenever flags or settings do, or, on SQLite, anything does.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        match &self.inner.watcher {
            Watcher::Sqlite(watcher) => {
                Ok(sqlx::query_scalar("pragma data_version").fetch_one(&mut *watcher.lock().await).await?)
            }
            Watcher::Postgres => {
                Ok(self.query(postgres_only("select coalesce(sum(version), 0)::bigint from change")).value().await?)
            }
        }
    }

    /// What waits, and what was given up.
    pub async fn counts(&self, now: i64) -> Result<Counts, StoreError> {
        let rows = self
            .query(
                "with test as (select lane_id from lane where substr(business, 1, 5) = 'test:')
                 select (select count(*) from message where state = 'queued' and business not like 'test:%'),
                    (select count(*) from message where state = 'held' and business not like 'test:%'),
                    (select count(*) from message where state = 'dead' and business not like 'test:%'),
                    (select count(*) from outbox where state in ('queued', 'sending', 'unknown') and lane_id not in (select t.lane_id from test as t)),
                    (select count(*) from outbox where state in ('queued', 'sending', 'unknown') and state = 'unknown' and lane_id not in (select t.lane_id from test as t)),
                    (select count(*) from outbox where state in ('dead', 'barred') and state = 'dead' and kind <> 'forward' and lane_id not in (select t.lane_id from test as t)),
                    (select coalesce(sum(unknowns), 0)::bigint from outbox where unknowns > 0),
                    (select count(*) from delivery where unreadable is not null),
                    (select coalesce($1 - min(received_at), 0) from message where state = 'queued' and business not like 'test:%'),
                    (select count(*) from outbox as o where o.state in ('dead', 'barred') and o.state = 'dead'
                        and exists (select 1 from template_sent as t where t.outbox_id = o.outbox_id)),
                    (select count(*) from outbox where state in ('dead', 'barred') and state = 'dead' and kind = 'forward'),
                    (select coalesce($1 - min(created_at), 0) from outbox where state in ('queued', 'sending', 'unknown') and kind <> 'forward' and lane_id not in (select t.lane_id from test as t)),
                    (select coalesce($1 - min(created_at), 0) from outbox where state in ('queued', 'sending', 'unknown') and kind = 'forward'),
                    (select coalesce($1 - min(run_at), 0) from notice where not waits and run_at <= $1),
                    (select count(*) from notice where not waits and run_at <= $1)
                        + (select count(*) from message where state = 'queued' and kind = 'notice')",
            )
            .bind(now)
            .all()
            .await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok(Counts {
            queued: row.get(0)?,
            held: row.get(1)?,
            dead: row.get(2)?,
            outbox_waiting: row.get(3)?,
            outbox_unknown: row.get(4)?,
            outbox_dead: row.get(5)?,
            unknown_sends: row.get(6)?,
            unreadable: row.get(7)?,
            oldest_queued_ms: row.get(8)?,
            templates_lost: row.get(9)?,
            forwards_dead: row.get(10)?,
            oldest_reply_ms: row.get(11)?,
            oldest_forward_ms: row.get(12)?,
            oldest_notice_ms: row.get(13)?,
            notices: row.get(14)?,
        })
    }
}

/// The time of a change, to the microsecond: by a time that is not the last change's, the audit knows that the name beside it was given
/// with this one.
fn changed_at() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
