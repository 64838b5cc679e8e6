//! Who a person is that a human names, and what is known of them.

use uuid::Uuid;

use crate::{Store, StoreError, op::Op, tables, value::uuid};
use switchboard_core::{act::Actor, phone::Phone};

impl Store {
    /// The person of a number in any form that people write, a user id or our own id. Of somebody who was merged into another, that one.
    pub async fn person_of(&self, known_by: &str) -> Result<Option<Uuid>, StoreError> {
        let known_by = known_by.trim();
        let phone = Phone::parse_in(known_by, self.inner.options.country.as_deref());
        let key = phone.map_or_else(|_| known_by.to_owned(), |phone| phone.key());
        let sql =
            "select person_id::text from identity where key = $1 and kind in ('phone', 'user_id', 'parent_user_id')
            union all select person_id::text from person_merge where merged_person_id::text = $1
            union all select person_id::text from person where person_id::text = $1 limit 1";
        Ok(self.query(sql).bind(key).maybe().await?.map(uuid))
    }

    /// Makes two persons one, as an operator says: everything of the one who goes becomes that of the one who stays. False if one of them
    /// is not there or was merged already.
    pub async fn merge_persons(&self, stays: Uuid, goes: Uuid, actor: &Actor, now: i64) -> Result<bool, StoreError> {
        let there = self.query(
            "select count(*) from person where person_id in ($1::uuid, $2::uuid)
                and person_id not in (select merged_person_id from person_merge)",
        );
        if there.bind(stays).bind(goes).value::<i64>().await? != 2 {
            return Ok(false);
        }
        let who = actor.to_string();
        self.inner.writer.ask(|answer| Op::Merge { stays, goes, who, now, answer }).await??;
        Ok(true)
    }

    /// The name of a person, and how much is held about them, by what it is called.
    pub async fn held_of(&self, person: Uuid) -> Result<(Option<String>, Vec<(String, i64)>), StoreError> {
        let name = self
            .query("select name from person where person_id = $1::uuid")
            .bind(person)
            .maybe::<Option<String>>()
            .await?;
        let rows = self.query(tables::held()).bind(person).all().await?;
        let held = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?;
        Ok((name.flatten(), held))
    }

    /// A person's place in every rollout, and what the flags' lists may name them by: their numbers' keys, their user ids.
    pub async fn known_by(&self, person: Uuid) -> Result<(Option<u16>, Vec<String>), StoreError> {
        let rows = self
            .query(
                "select p.bucket, i.key from person as p left join identity as i on i.person_id = p.person_id and i.kind in ('phone', 'user_id')
                 where p.person_id = $1::uuid order by i.kind, i.since desc",
            )
            .bind(person)
            .all()
            .await?;
        let Some(first) = rows.first() else { return Ok((None, Vec::new())) };
        let bucket = first.get::<Option<i64>>(0)?.and_then(|bucket| u16::try_from(bucket).ok());
        let names = rows.iter().map(|row| row.get::<Option<String>>(1)).collect::<Result<Vec<_>, _>>()?;
        Ok((bucket, names.into_iter().flatten().collect()))
    }
}
