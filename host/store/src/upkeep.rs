//! What a new process makes of what the last one left, and what is cleared away with time.

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;

use super::{
    Role, Store, StoreError, iso,
    tables::{self, Period, Unit},
    value::Arg,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Meta delivers again for seven days; a day more than that, a wamid is remembered.
const DEDUP_DAYS: i64 = 8;

/// One process at a time holds this database, so whatever is leased or being sent belongs to a dead one. What was being sent
/// may have arrived: it waits for a status.
pub(super) async fn take_over(connection: &mut SqliteConnection, unknown_wait_ms: i64) -> Result<(), sqlx::Error> {
    let until = jiff::Timestamp::now().as_millisecond() + unknown_wait_ms;
    sqlx::query("update lane set lease_owner = null, lease_until = 0 where lease_owner is not null")
        .execute(&mut *connection)
        .await?;
    sqlx::query("update lane set send_owner = null, send_until = 0 where send_owner is not null")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update outbox set state = 'unknown', version = version + 1, unknowns = unknowns + 1, run_at = $1, error = 'the host stopped while sending' where state in ('queued', 'sending', 'unknown') and state = 'sending'",
    )
    .bind(until)
    .execute(&mut *connection)
    .await?;
    // It may have stopped between the end of what was held about somebody and the cut of the log that still has it.
    sqlx::query("pragma wal_checkpoint(truncate)").fetch_all(connection).await?;
    Ok(())
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swept {
    /// Rows deleted.
    pub rows: u64,
    /// The statement that took longest, with its wait for the writer: its table, and how long.
    pub longest: (&'static str, Duration),
}

impl Swept {
    fn took(&mut self, table: &'static str, began: Instant) {
        let took = began.elapsed();
        if took > self.longest.1 {
            self.longest = (table, took);
        }
    }
}

impl Store {
    /// The one number that a query gives; for tests and checks, never for a path.
    pub async fn count(&self, sql: &str) -> Result<i64, StoreError> {
        Ok(self.query(sql.to_owned()).value().await?)
    }

    /// Clears away what has been kept long enough.
    pub async fn sweep(&self, now: i64) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for sweep in tables::sweeps() {
            self.sweep_table(sweep, self.before(sweep.period, now), &mut swept).await?;
        }
        if self.is_shared() || self.inner.options.role == Role::Serve {
            self.finish_forgetting(now).await?;
        }
        self.wake_missed(now).await?;
        self.end_reservations(now).await?;
        self.forget_late_statuses(now - DEDUP_DAYS * DAY_MS).await?;
        // A turn that began just before the end of its session may still be under way.
        let over = iso(now - 10 * 60 * 1000);
        let end = "update unified_sessions set status = 'expired', updated_at = $1::timestamptz where status = 'active' and expires_at < $2::timestamptz";
        self.inner.writer.plain(end, vec![iso(now).into(), over.into()]).await?;
        Ok(swept)
    }

    /// Clears away a table's rows from before a time, page by page: rows that must stay stop nothing.
    async fn sweep_table(
        &self,
        sweep: &'static tables::Sweep,
        before: i64,
        swept: &mut Swept,
    ) -> Result<(), StoreError> {
        let before = if sweep.unit == Unit::Days { before / DAY_MS } else { before };
        let mut from = if sweep.unit == Unit::Instant { 0 } else { i64::MIN };
        loop {
            let began = Instant::now();
            let page = self.query(sweep.page.as_str());
            let page = match sweep.unit {
                Unit::Instant => page.bind(iso(from)),
                Unit::Number | Unit::Days => page.bind(from),
            };
            let page = page.optional().await?;
            swept.took(sweep.table, began);
            let Some(page) = page else { return Ok(()) };
            let (Some(to), Some(earliest)) = (page.get::<Option<i64>>(0)?, page.get::<Option<i64>>(1)?) else {
                return Ok(());
            };
            if earliest >= before {
                return Ok(());
            }
            let values = [from, to, before].map(|mark| match sweep.unit {
                Unit::Instant => Arg::from(iso(mark)),
                Unit::Number | Unit::Days => Arg::from(mark),
            });
            let began = Instant::now();
            swept.rows += self.inner.writer.plain(&sweep.delete, values.into()).await?;
            swept.took(sweep.table, began);
            from = to;
        }
    }

    /// What is swept is from before this.
    fn before(&self, period: Period, now: i64) -> i64 {
        let options = &self.inner.options;
        let days = match period {
            Period::Deduplication => DEDUP_DAYS,
            Period::Raw => options.raw_days,
            Period::Journal => options.journal_days,
            Period::Longest => DEDUP_DAYS.max(options.raw_days).max(options.journal_days),
            Period::Events => options.event_days,
            Period::Files => options.file_days,
        };
        now - days * DAY_MS
    }
}
