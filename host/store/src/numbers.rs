//! Business numbers: which there are, and which rest because Meta takes nothing from them.

use super::{
    Store, StoreError,
    db::{Arg, Row},
    time::iso,
};
use switchboard_core::act::{Act, Actor};

/// A business number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessNumber {
    /// Meta's `phone_number_id`.
    pub business: String,
    /// What an operator says of it.
    pub settings: NumberRow,
    /// Nothing is sent from it before this time, in milliseconds.
    pub rests_until: i64,
    /// Why it rests; none while it does not.
    pub rest_reason: Option<String>,
    /// Since when it rests, in milliseconds.
    pub rest_since: Option<i64>,
}

/// What an operator says of a business number, as it is stored; none: as the configuration says for all numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRow {
    /// What it is called here.
    pub name: Option<String>,
    /// The languages that it answers in, as a JSON list.
    pub languages: Option<String>,
    /// The agents that serve there, as a JSON list.
    pub agents: Option<String>,
    /// When people of the business answer there.
    pub hours: Option<String>,
    /// The template that asks people to write again, `name:language`.
    pub notice_template: Option<String>,
}

impl BusinessNumber {
    /// How long it has rested, in milliseconds; 0 if it does not.
    pub fn rests_ms(&self, now: i64) -> i64 {
        match (&self.rest_reason, self.rest_since) {
            (Some(_), Some(since)) => (now - since).max(0),
            _ => 0,
        }
    }
}

impl Store {
    /// All business numbers but those that an operator removed.
    pub async fn numbers(&self) -> Result<Vec<BusinessNumber>, StoreError> {
        let sql =
            "select business, rests_until, rest_reason, rest_since, name, languages, agents, hours, notice_template
            from business_number where removed_at is null order by business";
        let rows = self.query(sql).all().await?;
        let number = |row: &Row| -> Result<BusinessNumber, sqlx::Error> {
            Ok(BusinessNumber {
                business: row.get(0)?,
                rests_until: row.get(1)?,
                rest_reason: row.get(2)?,
                rest_since: row.get(3)?,
                settings: NumberRow {
                    name: row.get(4)?,
                    languages: row.get(5)?,
                    agents: row.get(6)?,
                    hours: row.get(7)?,
                    notice_template: row.get(8)?,
                },
            })
        };
        Ok(rows.iter().map(number).collect::<Result<_, _>>()?)
    }

    /// Sets what an operator says of a business number; makes its row, if there is none. `changed` names what changes, for the audit.
    pub async fn set_number(
        &self,
        business: &str,
        settings: &NumberRow,
        changed: (Option<String>, Option<String>),
        actor: &Actor,
    ) -> Result<(), StoreError> {
        let sql = "insert into business_number (business, created_at, name, languages, agents, hours, notice_template)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (business) do update set name = excluded.name,
                languages = excluded.languages, agents = excluded.agents, hours = excluded.hours, notice_template = excluded.notice_template,
                removed_at = null";
        let NumberRow { name, languages, agents, hours, notice_template } = settings.clone();
        let values = [name, languages, agents, hours, notice_template].into_iter().map(Arg::from);
        let values = [Arg::from(business), self.now().into()].into_iter().chain(values).collect();
        let act = Act::on("numbers.set", business).changes(changed.0, changed.1);
        self.audited(sql, values, actor, act).await.map(drop)
    }

    /// Removes a business number, so that it is none of ours, with what was said of it; false if there is none.
    pub async fn remove_number(&self, business: &str, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "update business_number set removed_at = $2, name = null, languages = null, agents = null, hours = null, notice_template = null
            where business = $1 and removed_at is null";
        let act = Act::on("numbers.remove", business);
        Ok(self.audited(sql, vec![business.into(), self.now().into()], actor, act).await? > 0)
    }

    /// Makes the row of a number, if there is none.
    pub async fn ensure_number(&self, business: &str, now: i64) -> Result<(), StoreError> {
        let sql = "insert into business_number (business, created_at) values ($1, $2)
            on conflict (business) do update set removed_at = null where business_number.removed_at is not null";
        self.inner.writer.plain(sql, vec![business.into(), now.into()]).await.map(drop)
    }

    /// Lets a number rest: no host sends anything from it until then, but a probe.
    pub async fn rest_number(&self, business: &str, until: i64, reason: &str, now: i64) -> Result<(), StoreError> {
        let sql = "insert into business_number (business, created_at, rests_until, rest_reason, rest_since) values ($1, $2, $3, $4, $2)
            on conflict (business) do update set rests_until = greatest(business_number.rests_until, excluded.rests_until),
                rest_reason = excluded.rest_reason, rest_since = coalesce(business_number.rest_since, excluded.rest_since)";
        let values = vec![business.into(), now.into(), until.into(), reason.into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Notes that Meta took a send from a number: its rest is over. Gives whether it rested.
    pub async fn number_took(&self, business: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "insert into business_number (business, created_at, taken_at) values ($1, $2, $2)
            on conflict (business) do update set taken_at = greatest(business_number.taken_at, excluded.taken_at)";
        self.inner.writer.plain(sql, vec![business.into(), now.into()]).await?;
        let sql = "update business_number set rest_reason = null, rest_since = null, rests_until = 0 where business = $1 and rest_reason is not null";
        Ok(self.inner.writer.plain(sql, vec![business.into()]).await? > 0)
    }

    /// Ends a person's conversation on a test number: what they write next begins a new one.
    pub async fn end_test_session(&self, person: uuid::Uuid, business: &str, now: i64) -> Result<(), StoreError> {
        let sql = "update unified_sessions set status = 'completed', updated_at = $3::timestamptz
            where user_id = $1::uuid and business_number = $2 and status = 'active' and substr(business_number, 1, 5) = 'test:'";
        let values = vec![person.to_string().into(), business.into(), iso(now).into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }
}
