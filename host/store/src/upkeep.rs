//! What a new process makes of what the last one left, and what is cleared away with time.

use sqlx::sqlite::SqliteConnection;

use super::{Store, StoreError, iso};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Meta delivers again for seven days; a day more than that, a wamid is remembered.
const DEDUP_DAYS: i64 = 8;

/// Rows cleared in one statement: the writer is not kept from its work.
const ROWS: u64 = 2000;

/// One process at a time holds this database, so whatever is leased or being sent belongs to a dead one. What was being sent
/// may have arrived: it waits for a status.
pub(super) async fn take_over(connection: &mut SqliteConnection, unknown_wait_ms: i64) -> Result<(), sqlx::Error> {
    let until = jiff::Timestamp::now().as_millisecond() + unknown_wait_ms;
    sqlx::query("update lane set lease_owner = null, lease_until = 0 where lease_owner is not null")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update outbox set state = case when unknowns > 0 then 'dead' else 'unknown' end, unknowns = unknowns + 1, run_at = $1,
             error = 'the host stopped while sending' where state = 'sending'",
    )
    .bind(until)
    .execute(&mut *connection)
    .await?;
    sqlx::query("update outbox set run_at = 0 where state = 'queued' and attempts = 0").execute(connection).await?;
    Ok(())
}

impl Store {
    /// The one number that a query gives; for tests and checks, never for a path.
    pub async fn count(&self, sql: &str) -> Result<i64, StoreError> {
        Ok(self.query(sql.to_owned()).value().await?)
    }

    /// Clears away what has been kept long enough.
    pub async fn sweep(&self, now: i64) -> Result<(), StoreError> {
        let days = |days: i64| now - days * DAY_MS;
        let options = &self.inner.options;
        let dedup = days(DEDUP_DAYS);
        let raw = days(options.raw_days);
        let statements: [(&'static str, i64); 5] = [
            (
                "delete from delivery where delivery_id in (select delivery_id from (select delivery_id, received_at from delivery order by delivery_id limit 2000) as d where received_at < $1
                 and delivery_id not in (select delivery_id from message where state = 'held' and delivery_id is not null))",
                raw,
            ),
            (
                "delete from message where message_id in (select message_id from
                 (select message_id, received_at, state from message order by message_id limit 2000) as m
                 where received_at < $1 and state in ('answered', 'stored'))",
                dedup.min(raw),
            ),
            (
                "delete from status where (business, wamid, status, recipient) in
                 (select business, wamid, status, recipient from status where at < $1 limit 2000)",
                dedup,
            ),
            (
                "delete from journal where message_id in (select message_id from
                 (select message_id, created_at from journal order by message_id limit 2000) as j where created_at < $1)",
                days(options.journal_days),
            ),
            (
                "delete from outbox where outbox_id in (select outbox_id from
                 (select outbox_id, created_at, state from outbox order by outbox_id limit 2000) as o where created_at < $1 and state = 'sent')",
                raw,
            ),
        ];
        for (statement, before) in statements {
            while self.inner.writer.plain(statement, vec![before.into()]).await? >= ROWS {}
        }
        // Statuses name a number too, and those of the last answer come after the person was forgotten.
        let forgotten = self
            .query("select phone from person where forgotten_at between $1 and $2 and phone is not null")
            .bind(now - 2 * DAY_MS)
            .bind(now)
            .all()
            .await?;
        for row in forgotten {
            let number: String = row.get(0)?;
            let erase = "update delivery set body = substr(body, 1, 0) where instr(body, $1) > 0";
            self.inner.writer.plain(erase, vec![number.into_bytes().into()]).await?;
        }
        // A turn that began just before the end of its session may still be under way.
        let over = iso(now - 10 * 60 * 1000);
        let end = "update unified_sessions set status = 'expired', updated_at = $1::timestamptz where status = 'active' and expires_at < $2::timestamptz";
        self.inner.writer.plain(end, vec![iso(now).into(), over.into()]).await?;
        Ok(())
    }
}
