//! Rollouts as they stand, and what was decided. A rollout's row is changed by compare-and-set; triggers move the flags with it
//! and keep the decision, so all three change together or not at all.

use super::{Store, StoreError, db};
use switchboard_core::plan::{Outcome, Rollout, State};

/// A decision that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// In milliseconds.
    pub at: i64,
    /// `controller`, or a person.
    pub who: String,
    /// What was decided.
    pub outcome: Outcome,
    /// Before and after.
    pub percent: (Option<f64>, Option<f64>),
    /// Why.
    pub reason: String,
    /// The figures that caused it, as JSON.
    pub figures: Option<String>,
}

macro_rules! columns {
    () => {
        "name, plan::text, state, step, step_since, percent, candidate, stable, outcome, reason, who, figures::text, version, updated_at, looked_at"
    };
}

macro_rules! insert {
    () => {
        "insert into rollout (name, plan, state, step, step_since, percent, candidate, stable, outcome, reason, who, figures, version, updated_at)
            values ($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, 1, $13)
            on conflict (name)"
    };
}

/// Makes the row of a rollout that was never begun.
const FIRST: &str = concat!(insert!(), " do nothing");

impl Store {
    /// A rollout by its name.
    pub async fn rollout(&self, name: &str) -> Result<Option<Rollout>, StoreError> {
        let rows = self.query(concat!("select ", columns!(), " from rollout where name = $1")).bind(name).all().await?;
        Ok(rows.first().map(read).transpose()?)
    }

    /// All of them.
    pub async fn rollouts(&self) -> Result<Vec<Rollout>, StoreError> {
        let rows = self.query(concat!("select ", columns!(), " from rollout order by name")).all().await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Begins a rollout, unless one of its name is under way; whether it began.
    pub async fn rollout_begin(&self, new: &Rollout) -> Result<bool, StoreError> {
        let sql = concat!(
            insert!(),
            " do update set plan = excluded.plan, state = excluded.state, step = excluded.step, step_since = excluded.step_since,
                percent = excluded.percent, candidate = excluded.candidate, stable = excluded.stable, outcome = excluded.outcome,
                reason = excluded.reason, who = excluded.who, figures = excluded.figures, version = rollout.version + 1,
                updated_at = excluded.updated_at
            where rollout.state in ('aborted', 'completed')"
        );
        Ok(self.inner.writer.plain(sql, values(new)).await? > 0)
    }

    /// Changes a rollout, unless it was changed since it was read: that is its `version`, 0 for none. Whether it was changed to this.
    pub async fn rollout_move(&self, new: &Rollout) -> Result<bool, StoreError> {
        if new.version == 0 {
            return Ok(self.inner.writer.plain(FIRST, values(new)).await? > 0);
        }
        let sql = "update rollout set plan = $2::jsonb, state = $3, step = $4, step_since = $5, percent = $6, candidate = $7, stable = $8,
                outcome = $9, reason = $10, who = $11, figures = $12::jsonb, updated_at = $13, version = rollout.version + 1
            where name = $1 and version = $14";
        let mut values = values(new);
        values.push(new.version.into());
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// Notes that the controller has looked.
    pub async fn rollout_looked(&self, name: &str, now: i64) -> Result<(), StoreError> {
        let sql = "update rollout set looked_at = $2 where name = $1";
        self.inner.writer.plain(sql, vec![name.into(), now.into()]).await.map(drop)
    }

    /// What was decided, the latest first.
    pub async fn decisions(&self, name: &str, limit: i64) -> Result<Vec<Decided>, StoreError> {
        let sql = "select at, who, outcome, from_percent, to_percent, reason, figures::text from rollout_decision
            where name = $1 order by decision_id desc limit $2";
        let rows = self.query(sql).bind(name).bind(limit).all().await?;
        let decided = |row: &db::Row| -> Result<Decided, sqlx::Error> {
            Ok(Decided {
                at: row.get(0)?,
                who: row.get(1)?,
                outcome: outcome(row, 2)?,
                percent: (row.get(3)?, row.get(4)?),
                reason: row.get(5)?,
                figures: row.get(6)?,
            })
        };
        Ok(rows.iter().map(decided).collect::<Result<_, _>>()?)
    }
}

fn values(rollout: &Rollout) -> Vec<db::Arg> {
    vec![
        rollout.name.as_str().into(),
        serde_json::to_string(&rollout.plan).unwrap_or_default().into(),
        rollout.state.as_str().into(),
        i64::try_from(rollout.step).unwrap_or_default().into(),
        rollout.step_since.into(),
        rollout.percent.into(),
        rollout.candidate.as_deref().into(),
        rollout.stable.as_deref().into(),
        rollout.outcome.as_str().into(),
        rollout.reason.as_str().into(),
        rollout.who.as_str().into(),
        rollout.figures.as_deref().into(),
        rollout.updated_at.into(),
    ]
}

/// The outcome in a column of a row.
fn outcome(row: &db::Row, column: usize) -> Result<Outcome, sqlx::Error> {
    row.get::<String>(column).map(|word| Outcome::parse(&word))
}

fn read(row: &db::Row) -> Result<Rollout, sqlx::Error> {
    let plan: String = row.get(1)?;
    let state: String = row.get(2)?;
    let step: i64 = row.get(3)?;
    Ok(Rollout {
        name: row.get(0)?,
        plan: serde_json::from_str(&plan).map_err(|error| sqlx::Error::Decode(error.into()))?,
        state: State::parse(&state).ok_or_else(|| sqlx::Error::Protocol(format!("a rollout is `{state}`")))?,
        step: usize::try_from(step).unwrap_or_default(),
        step_since: row.get(4)?,
        percent: row.get(5)?,
        candidate: row.get(6)?,
        stable: row.get(7)?,
        outcome: outcome(row, 8)?,
        reason: row.get(9)?,
        who: row.get(10)?,
        figures: row.get(11)?,
        version: row.get(12)?,
        updated_at: row.get(13)?,
        looked_at: row.get(14)?,
    })
}
