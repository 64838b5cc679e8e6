//! The audit of human acts: each is written in the transaction of what it records.

use switchboard_core::act::{Act, Actor};

use crate::{
    Store, StoreError,
    db::{Arg, Row},
    op::Statement,
};

/// A row of the audit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Audited {
    /// Its id: later acts have greater ones.
    pub id: i64,
    /// In milliseconds.
    pub at: i64,
    /// The operator's name.
    pub who: String,
    /// `command`, `api`, `console` or `host`.
    pub way: String,
    /// What was done, such as `desk.claim`.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// What it was before.
    pub before: Option<String>,
    /// What it is since.
    pub after: Option<String>,
}

/// A human act as one of the tables that record them has it: acts, changes of flags and lists, decisions on rollouts, merges of persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    /// In milliseconds.
    pub at: i64,
    /// The operator's name; of all but acts also the way, as [`Actor::parse`] reads it.
    pub who: String,
    /// The way; empty where `who` has it.
    pub way: String,
    /// What was done.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// What it was before.
    pub before: Option<String>,
    /// What it is since.
    pub after: Option<String>,
}

/// Human acts of all tables, the latest first. Flags and lists are changed by SQL too, and triggers write down what was.
const ACTS: &str = "
    select at, who, way, act, subject, before, after from
    (select at, who, way, act, subject, before, after, audit_id as nth from audit where at >= $1 and at < $2
     union all
     select at, who, '', 'flags.change', key, old::text, new::text, audit_id from config_audit where at >= $1 and at < $2
     union all
     select at, who, '', 'rollout.' || outcome, name, '' || from_percent, '' || to_percent, decision_id from rollout_decision
        where at >= $1 and at < $2
     union all
     select merged_at, who, '', 'person.merge', merged_person_id::text, merged_person_id::text, person_id::text, 0 from person_merge
        where merged_at >= $1 and merged_at < $2 and who <> 'meta') as acts
    order by at desc, nth desc limit $3";

impl Store {
    /// Human acts of all tables within a time in milliseconds, the latest first.
    pub async fn acts(&self, since: i64, before: i64, limit: i64) -> Result<Vec<ActRow>, StoreError> {
        let rows = self.query(ACTS).bind(since).bind(before).bind(limit).all().await?;
        let act = |row: &Row| -> Result<ActRow, sqlx::Error> {
            Ok(ActRow {
                at: row.get(0)?,
                who: row.get(1)?,
                way: row.get(2)?,
                act: row.get(3)?,
                subject: row.get(4)?,
                before: row.get(5)?,
                after: row.get(6)?,
            })
        };
        Ok(rows.iter().map(act).collect::<Result<_, _>>()?)
    }

    /// Records an act that changes nothing in the database, such as a look at somebody's number.
    pub async fn record_act(&self, actor: &Actor, act: Act) -> Result<(), StoreError> {
        self.inner.writer.plain_all(vec![self.row_of(actor, act)]).await.map(drop)
    }

    /// Runs a statement and records the act in one transaction; neither if the statement changes no row. Gives the number of rows that
    /// it changed.
    pub(crate) async fn audited(
        &self,
        sql: &'static str,
        values: Vec<Arg>,
        actor: &Actor,
        act: Act,
    ) -> Result<u64, StoreError> {
        self.audited_all(vec![Statement { sql, values }], actor, act).await
    }

    /// The same of several statements; the first decides whether anything is written.
    pub(crate) async fn audited_all(
        &self,
        mut statements: Vec<Statement>,
        actor: &Actor,
        act: Act,
    ) -> Result<u64, StoreError> {
        statements.push(self.row_of(actor, act));
        self.inner.writer.plain_all(statements).await
    }

    fn row_of(&self, actor: &Actor, act: Act) -> Statement {
        let sql = "insert into audit (at, who, way, act, subject, before, after) values ($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''))";
        let values = vec![
            self.now().into(),
            actor.name.as_str().into(),
            actor.way.as_str().into(),
            act.name.into(),
            act.subject.into(),
            act.before.unwrap_or_default().into(),
            act.after.unwrap_or_default().into(),
        ];
        Statement { sql, values }
    }

    /// Acts, the latest first: at most `limit` before the one with this id, of one subject if one is given.
    pub async fn audit(
        &self,
        subject: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Audited>, StoreError> {
        let sql = "select audit_id, at, who, way, act, subject, before, after from audit
            where audit_id < $1 and ($2 = '' or subject = $2) order by audit_id desc limit $3";
        let query = self.query(sql).bind(before.unwrap_or(i64::MAX)).bind(subject.unwrap_or_default()).bind(limit);
        let rows = query.all().await?;
        let audited = |row: &Row| -> Result<Audited, sqlx::Error> {
            Ok(Audited {
                id: row.get(0)?,
                at: row.get(1)?,
                who: row.get(2)?,
                way: row.get(3)?,
                act: row.get(4)?,
                subject: row.get(5)?,
                before: row.get(6)?,
                after: row.get(7)?,
            })
        };
        Ok(rows.iter().map(audited).collect::<Result<_, _>>()?)
    }
}
