//! What a human of the business works on: tickets, takeovers, reported listings. Commands use it beside a running host, so
//! nothing here gives out ids that the writer gives out; word to a person goes through `notice`.

use serde_json::json;
use uuid::Uuid;

use super::{
    Store, StoreError,
    db::{Arg, Row},
    effect_rows,
    op::Op,
    stored, tables,
    value::uuid,
};
use switchboard_core::{act::Actor, contract::types::Notice, phone::Phone};

/// A ticket as the desk sees it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Ticket {
    /// What the person knows it by.
    pub number: String,
    /// Whose it is.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// The agent that opened it.
    pub agent: String,
    /// A few words.
    pub subject: String,
    /// All of them.
    pub details: String,
    /// `low`, `medium`, `high` or `urgent`.
    pub priority: String,
    /// `open`, `answered` or `closed`.
    pub status: String,
    /// In milliseconds.
    pub opened_at: i64,
}

/// A listing that somebody reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    /// The listing.
    pub id: Uuid,
    /// The agent whose it is.
    pub domain: String,
    /// Its title.
    pub title: String,
    /// What was said against it.
    pub reasons: String,
}

macro_rules! tickets {
    () => {
        "select t.number, t.person_id::text, p.name, t.agent, t.subject, t.details, t.priority, t.status, t.opened_at
    from ticket as t join person as p using (person_id) where "
    };
}

/// The most urgent first, then the oldest.
macro_rules! by_urgency {
    () => {
        " order by case t.priority when 'urgent' then 0 when 'high' then 1 when 'medium' then 2 else 3 end, t.opened_at limit 200"
    };
}

impl Store {
    /// Tickets, the most urgent first; those that are closed only if asked for.
    pub async fn tickets_all(&self, closed_too: bool) -> Result<Vec<Ticket>, StoreError> {
        self.tickets_where(concat!(tickets!(), "t.status <> 'closed' or $1", by_urgency!()), closed_too).await
    }

    /// Tickets that the business has not been told of.
    pub async fn tickets_untold(&self) -> Result<Vec<Ticket>, StoreError> {
        self.tickets_where(concat!(tickets!(), "t.notified_at is null and $1", by_urgency!()), true).await
    }

    async fn tickets_where(&self, sql: &'static str, flag: bool) -> Result<Vec<Ticket>, StoreError> {
        let rows = self.query(sql).bind(flag).all().await?;
        let ticket = |row: &Row| -> Result<Ticket, sqlx::Error> {
            Ok(Ticket {
                number: row.get(0)?,
                person: uuid(row.get(1)?),
                name: row.get(2)?,
                agent: row.get(3)?,
                subject: row.get(4)?,
                details: row.get(5)?,
                priority: row.get(6)?,
                status: row.get(7)?,
                opened_at: row.get(8)?,
            })
        };
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// The business was told of a ticket.
    pub async fn ticket_told(&self, number: &str, now: i64) -> Result<(), StoreError> {
        let sql = "update ticket set notified_at = $2 where number = $1";
        self.inner.writer.plain(sql, vec![Arg::from(number), Arg::from(now)]).await.map(drop)
    }

    /// Answers a ticket, or closes it with a last word: the person is told. False if there is no such ticket open.
    pub async fn ticket_answer(
        &self,
        number: &str,
        words: Option<&str>,
        closes: bool,
        who: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let found = self
            .query("select person_id::text, business, subject from ticket where number = $1 and status <> 'closed'")
            .bind(number)
            .optional()
            .await?;
        let Some(row) = found else { return Ok(false) };
        let status = if closes { "closed" } else { "answered" };
        let sql = "update ticket set status = $2 where number = $1";
        self.inner.writer.plain(sql, vec![Arg::from(number), Arg::from(status)]).await?;
        if let Some(words) = words {
            let sql = "insert into ticket_word (number, at, who, words) values ($1, $2, $3, $4)";
            let values = vec![Arg::from(number), Arg::from(now), Arg::from(who), Arg::from(words)];
            self.inner.writer.plain(sql, values).await?;
            let subject: String = row.get(2)?;
            let text = format!("🎫 *{number}* {subject}\n\n{words}");
            self.say(uuid(row.get(0)?), &row.get::<String>(1)?, &text, now).await?;
        }
        Ok(true)
    }

    /// Says something to a person in the business's own name; a running host sends it within a second.
    pub async fn say(&self, person: Uuid, business: &str, text: &str, now: i64) -> Result<(), StoreError> {
        let data = json!({ "text": text }).to_string();
        let content = effect_rows::content(Notice { kind: "host.say".into(), listing: None, match_: None, data });
        let sql = "insert into notice (agent, person_id, business, content, run_at, created_at) values ('', $1::uuid, $2, $3, $4, $4)";
        let values = vec![Arg::from(person), Arg::from(business), Arg::from(content), Arg::from(now)];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

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

    /// A human takes a person over, or gives them back (none). False if there is no such person.
    pub async fn take_over(&self, person: Uuid, by: Option<&str>) -> Result<bool, StoreError> {
        let sql =
            "update person set taken_over_by = nullif($2, ''), taken_over_at = case when $2 = '' then null else $3::bigint end,
                taken_over_until = null where person_id = $1::uuid";
        let now = self.inner.options.clock.now();
        let values = vec![Arg::from(person), Arg::from(by.unwrap_or_default()), Arg::from(now)];
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// Who is taken over, by whom, and what they said since the latest answer.
    pub async fn taken_over(&self) -> Result<Vec<(Uuid, Option<String>, String)>, StoreError> {
        let sql = "select person_id::text, name, taken_over_by from person
            where taken_over_by is not null and coalesce(taken_over_until > $1, true) order by person_id";
        let rows = self.query(sql).bind(self.inner.options.clock.now()).all().await?;
        let taken = |row: &Row| -> Result<_, sqlx::Error> { Ok((uuid(row.get(0)?), row.get(1)?, row.get(2)?)) };
        Ok(rows.iter().map(taken).collect::<Result<_, _>>()?)
    }

    /// What was said in a person's current conversations, as JSON utterances.
    pub async fn history_of(
        &self,
        person: Uuid,
    ) -> Result<Vec<switchboard_core::contract::types::Utterance>, StoreError> {
        let sql = "select conversation_history::text from unified_sessions where user_id = $1::uuid order by last_message_at desc limit 1";
        let found: Option<String> = self.query(sql).bind(person).maybe().await?;
        Ok(stored::optional(found, "conversation_history").unwrap_or_default())
    }

    /// Listings that reports have hidden, the oldest report first.
    pub async fn reported(&self) -> Result<Vec<Reported>, StoreError> {
        let rows = self
            .query(
                "select l.id::text, l.domain, l.title, string_agg(r.reason, '; ') from unified_listings as l
                 join listing_report as r on r.listing_id = l.id where l.hidden_at is not null and l.status = 'active'
                 group by l.id order by l.hidden_at",
            )
            .all()
            .await?;
        let reported = |row: &Row| -> Result<Reported, sqlx::Error> {
            Ok(Reported { id: uuid(row.get(0)?), domain: row.get(1)?, title: row.get(2)?, reasons: row.get(3)? })
        };
        Ok(rows.iter().map(reported).collect::<Result<_, _>>()?)
    }

    /// The end of a report: the listing is shown again, or removed. False if there is no such listing hidden.
    pub async fn report_decided(&self, listing: Uuid, keep: bool) -> Result<bool, StoreError> {
        let sql = "update unified_listings set hidden_at = null, status = case when $2 then status else 'removed' end
                   where id = $1::uuid and hidden_at is not null";
        let values = vec![Arg::from(listing), Arg::from(keep)];
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }
}
