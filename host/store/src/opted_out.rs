//! Who wants no messages that they did not ask for, as operators list and change it.

use switchboard_core::{
    act::{Act, Actor},
    phone::Phone,
};
use uuid::Uuid;

use crate::{Store, StoreError, db::Row, opt_out::Key, value::uuid};

/// Somebody who wants no messages that they did not ask for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OptedOut {
    /// Their id.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// Since when, in milliseconds.
    pub at: i64,
}

impl Store {
    /// The calling code of the business's country, for numbers in its national form.
    pub fn country(&self) -> Option<&str> {
        self.inner.options.country.as_deref()
    }

    /// Who has opted out, the latest first; and how many more are remembered by the hash of a number or user id alone.
    pub async fn opted_out(&self) -> Result<(Vec<OptedOut>, i64), StoreError> {
        let sql = "select person_id::text, name, opted_out_at from person where opted_out_at is not null
            order by opted_out_at desc, person_id limit 10000";
        let rows = self.query(sql).all().await?;
        let out = |row: &Row| -> Result<OptedOut, sqlx::Error> {
            Ok(OptedOut { person: uuid(row.get(0)?), name: row.get(1)?, at: row.get(2)? })
        };
        let people = rows.iter().map(out).collect::<Result<_, _>>()?;
        Ok((people, self.query("select count(*) from opt_out").value().await?))
    }

    /// A person opts out by an operator's hand, or in again; whether that changed anything.
    pub async fn set_opted_out(&self, person: Uuid, is_out: bool, actor: &Actor) -> Result<bool, StoreError> {
        let (sql, act) = match is_out {
            true => {
                let sql = "update person set opted_out_at = $2 where person_id = $1::uuid and opted_out_at is null";
                (sql, Act::on("opt_out.add", person.to_string()))
            }
            false => {
                let sql = "update person set opted_out_at = null
                    where person_id = $1::uuid and opted_out_at is not null and opted_out_at <= $2";
                (sql, Act::on("opt_out.remove", person.to_string()))
            }
        };
        Ok(self.audited(sql, vec![person.into(), self.now().into()], actor, act).await? > 0)
    }

    /// The same of a number that nobody is known by yet: only its hash is kept, and counts when its owner writes.
    pub async fn set_number_opted_out(&self, phone: &Phone, is_out: bool, actor: &Actor) -> Result<bool, StoreError> {
        let key = if self.is_shared() { Key::POSTGRES } else { Key::SQLITE };
        let hash = Key::read(&self.query(key).value::<String>().await?).hash(phone.digits());
        let (sql, act) = match is_out {
            true => ("insert into opt_out (hash, at) values ($1, $2) on conflict do nothing", "opt_out.add"),
            false => ("delete from opt_out where hash = $1 and at <= $2", "opt_out.remove"),
        };
        let subject = "a number that has not written";
        Ok(self.audited(sql, vec![hash.into(), self.now().into()], actor, Act::on(act, subject)).await? > 0)
    }
}
