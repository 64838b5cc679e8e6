//! Takeovers: a human has a person, and agents are silent meanwhile.

use serde_json::json;
use uuid::Uuid;

use super::{Ticket, event, kind, notice, seen, tickets};
use crate::{
    Store, StoreError,
    db::{Arg, Row},
    op::Statement,
    value::uuid,
};
use switchboard_core::act::{Act, Actor};

/// Who has a person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Taken {
    /// The human's name; `app` if the business writes from its own app.
    pub by: String,
    /// Since when, in milliseconds.
    pub since: i64,
}

/// A takeover in which nobody has said anything for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Whose.
    pub person: Uuid,
    /// The human who had them.
    pub by: String,
    /// When somebody last said something, in milliseconds.
    pub last_at: i64,
}

/// What a close ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Closed {
    /// Whose takeover.
    pub taken_from: Option<String>,
    /// The tickets.
    pub tickets: Vec<String>,
    /// Whether the person is asked if they were satisfied.
    pub asks: bool,
}

impl Store {
    /// Who has a person; none if agents answer.
    pub async fn taken(&self, person: Uuid) -> Result<Option<Taken>, StoreError> {
        let query = self.query(
            "select taken_over_by, coalesce(taken_over_at, 0) from person where person_id = $1::uuid and taken_over_by is not null
             and coalesce(taken_over_until > $2, true)",
        );
        let row = query.bind(person).bind(self.now()).optional().await?;
        let taken = |row: Row| -> Result<Taken, sqlx::Error> { Ok(Taken { by: row.get(0)?, since: row.get(1)? }) };
        Ok(row.map(taken).transpose()?)
    }

    /// Everybody whom a human has, by whom: id, name, human.
    pub async fn taken_over(&self) -> Result<Vec<(Uuid, Option<String>, String)>, StoreError> {
        let sql = "select person_id::text, name, taken_over_by from person
            where taken_over_by is not null and coalesce(taken_over_until > $1, true) order by person_id";
        let rows = self.query(sql).bind(self.now()).all().await?;
        let taken = |row: &Row| -> Result<_, sqlx::Error> { Ok((uuid(row.get(0)?), row.get(1)?, row.get(2)?)) };
        Ok(rows.iter().map(taken).collect::<Result<_, _>>()?)
    }

    /// A human takes a person over; one whom another human has only with `take`. The person is told, unless a human had them already. False
    /// if another has them, or if there is no such person: nothing is written then.
    pub async fn take_over(&self, person: Uuid, take: bool, actor: &Actor) -> Result<bool, StoreError> {
        let now = self.now();
        let had = self.taken(person).await?.map(|taken| taken.by);
        let sql = "update person set taken_over_by = $2, taken_over_at = $3, taken_over_until = null where person_id = $1::uuid
            and ($4 or taken_over_by is null or taken_over_by in ($2, 'app') or taken_over_until <= $3)";
        let values = vec![Arg::from(person), actor.name.as_str().into(), now.into(), take.into()];
        let mut statements = vec![Statement { sql, values }, seen(person, now)];
        if had.is_none() {
            statements.push(notice(person, "", kind::JOINED, &json!({}), now));
        }
        statements.push(event(person, "claimed", None, &actor.name, now));
        let act = Act::on("desk.claim", person.to_string()).changes(had, Some(actor.name.clone()));
        Ok(self.audited_all(statements, actor, act).await? > 0)
    }

    /// Agents answer a person again, who is told. False if no human has them.
    pub async fn hand_back(&self, person: Uuid, actor: &Actor) -> Result<bool, StoreError> {
        let Some(taken) = self.taken(person).await? else { return Ok(false) };
        self.give_back(person, &taken.by, i64::MAX, actor).await
    }

    /// Ends a takeover in which nobody said anything since, unless somebody has meanwhile.
    pub async fn end_stale(&self, stale: &Stale, actor: &Actor) -> Result<bool, StoreError> {
        self.give_back(stale.person, &stale.by, stale.last_at, actor).await
    }

    async fn give_back(&self, person: Uuid, by: &str, last_at: i64, actor: &Actor) -> Result<bool, StoreError> {
        let now = self.now();
        let mut statements = vec![given_back(person, by, last_at), notice(person, "", kind::LEFT, &json!({}), now)];
        if *actor != Actor::host() {
            statements.push(seen(person, now));
        }
        statements.push(event(person, "released", None, &actor.name, now));
        let act = Act::on("desk.release", person.to_string()).changes(Some(by.to_owned()), None);
        Ok(self.audited_all(statements, actor, act).await? > 0)
    }

    /// Takeovers by hand in which neither side has said anything since then.
    pub async fn takeovers_stale(&self, since: i64) -> Result<Vec<Stale>, StoreError> {
        let query = self.query(
            "select s.id, s.taken_by, s.last_at from (
                 select p.person_id::text as id, p.taken_over_by as taken_by, greatest(coalesce(p.taken_over_at, 0), p.staff_at,
                     coalesce((select max(l.wrote_at) from lane as l where l.person_id = p.person_id), 0)) as last_at
                 from person as p where p.taken_over_by is not null and p.taken_over_until is null) as s
             where s.last_at < $1 order by s.last_at limit 100",
        );
        let rows = query.bind(since).all().await?;
        let stale = |row: &Row| -> Result<Stale, sqlx::Error> {
            Ok(Stale { person: uuid(row.get(0)?), by: row.get(1)?, last_at: row.get(2)? })
        };
        Ok(rows.iter().map(stale).collect::<Result<_, _>>()?)
    }

    /// Ends a talk: the takeover, and these tickets of the person. The person is asked once whether they were satisfied. Nothing is written
    /// if there is nothing to end.
    pub async fn close_talk(&self, person: Uuid, of: &[Ticket], actor: &Actor) -> Result<Closed, StoreError> {
        let now = self.now();
        let taken = self.taken(person).await?.map(|taken| taken.by);
        let numbers: Vec<String> = of.iter().map(|ticket| ticket.number.clone()).collect();
        let mut statements: Vec<Statement> = taken.iter().map(|by| given_back(person, by, i64::MAX)).collect();
        for number in &numbers {
            statements.extend([tickets::closed(number, now), tickets::unbound(person, number)]);
        }
        if statements.is_empty() {
            return Ok(Closed::default());
        }
        let rating = Uuid::now_v7();
        let sql = "insert into desk_rating (rating_id, person_id, number, who, asked_at) values ($1::uuid, $2::uuid, nullif($3, ''), $4, $5)";
        let number = numbers.first().map(String::as_str);
        let values = vec![
            rating.into(),
            person.into(),
            number.unwrap_or_default().into(),
            actor.name.as_str().into(),
            now.into(),
        ];
        statements.push(seen(person, now));
        statements.push(Statement { sql, values });
        statements.push(notice(person, "", kind::RATE, &json!({ "rating": rating }), now));
        statements.push(event(person, "closed", number, &actor.name, now));
        let act = Act::on("desk.close", person.to_string()).changes(taken.clone(), Some(numbers.join(" ")));
        match self.audited_all(statements, actor, act).await? {
            0 => Ok(Closed::default()),
            _ => Ok(Closed { taken_from: taken, tickets: numbers, asks: true }),
        }
    }
}

/// A person is given back whom this human has, if nobody said anything after that time.
fn given_back(person: Uuid, by: &str, last_at: i64) -> Statement {
    let sql = "update person set taken_over_by = null, taken_over_at = null, taken_over_until = null
        where person_id = $1::uuid and taken_over_by = $2 and coalesce(taken_over_at, 0) <= $3 and staff_at <= $3
            and not exists (select 1 from lane as l where l.person_id = person.person_id and l.wrote_at > $3)";
    Statement { sql, values: vec![person.into(), by.into(), last_at.into()] }
}
