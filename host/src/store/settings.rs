//! Flags, counts, and the reads that are nobody's in particular.

use sqlx::Row as _;

use super::{Store, StoreError, types::Counts, writer::Value};
use crate::profiles::Row;

impl Store {
    /// A row of `app_config`, as JSON text.
    pub async fn config(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = sqlx::query_scalar("select value from app_config where key = $1").bind(key);
        Ok(value.fetch_optional(self.readers()).await?)
    }

    /// Writes a row of `app_config`; `actor` is who did it.
    pub async fn set_config(&self, key: &str, value: &str, actor: &str) -> Result<(), StoreError> {
        let sql = "
            insert into app_config (key, value, updated_by) values ($1, $2, $3)
            on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by,
                updated_at = strftime('%Y-%m-%dT%H:%M:%fZ')";
        let values = [key, value, actor].map(|text| Value::Text(text.to_owned())).into();
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// The rows of `ai_agent_configs`.
    pub async fn agent_configs(&self) -> Result<Vec<Row>, StoreError> {
        let rows = sqlx::query(
            "select agent_type, system_prompt, keywords, tools, enabled, priority, config from ai_agent_configs order by agent_type",
        )
        .fetch_all(self.readers())
        .await?;
        let row = |row: &sqlx::sqlite::SqliteRow| -> Result<Row, sqlx::Error> {
            Ok(Row {
                agent: row.try_get(0)?,
                prompt: row.try_get(1)?,
                keywords: row.try_get(2)?,
                tools: row.try_get(3)?,
                enabled: row.try_get(4)?,
                priority: row.try_get(5)?,
                config: row.try_get(6)?,
            })
        };
        Ok(rows.iter().map(row).collect::<Result<_, _>>()?)
    }

    /// A number that changes whenever the database does.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        let mut watcher = self.inner.watcher.lock().await;
        Ok(sqlx::query_scalar("pragma data_version").fetch_one(&mut *watcher).await?)
    }

    /// What waits, and what was given up.
    pub async fn counts(&self, now: i64) -> Result<Counts, StoreError> {
        let row = sqlx::query(
            "select (select count(*) from message where state = 'queued'),
                    (select count(*) from message where state = 'held'),
                    (select count(*) from message where state = 'dead'),
                    (select count(*) from outbox where state in ('queued', 'sending', 'unknown')),
                    (select count(*) from outbox where state in ('queued', 'sending', 'unknown') and state = 'unknown'),
                    (select count(*) from outbox where state = 'dead'),
                    (select coalesce(sum(unknowns), 0) from outbox where unknowns > 0),
                    (select count(*) from delivery where unreadable is not null),
                    (select coalesce($1 - min(received_at), 0) from message where state = 'queued')",
        )
        .bind(now)
        .fetch_one(self.readers())
        .await?;
        Ok(Counts {
            queued: row.try_get(0)?,
            held: row.try_get(1)?,
            dead: row.try_get(2)?,
            outbox_waiting: row.try_get(3)?,
            outbox_unknown: row.try_get(4)?,
            outbox_dead: row.try_get(5)?,
            unknown_sends: row.try_get(6)?,
            unreadable: row.try_get(7)?,
            oldest_queued_ms: row.try_get(8)?,
        })
    }
}
