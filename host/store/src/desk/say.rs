//! What staff say to people, and what became of it.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Ticket, kind, notice, seen};
use crate::{Store, StoreError, db::Row, op::Statement, stored};
use switchboard_core::{
    act::{Act, Actor},
    contract::types::Content,
};

/// The progress of a send that Meta could not deliver.
const FAILED: i64 = 20;

/// What a human says to a person.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// Its id. What was said under an id is not said again.
    pub id: Uuid,
    /// To whom.
    pub person: Uuid,
    /// The ticket that it answers.
    pub ticket: Option<&'a Ticket>,
    /// The words, as they are sent.
    pub words: &'a str,
    /// What goes before them on WhatsApp.
    pub before: Option<String>,
}

/// What became of something that was to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No host has taken it up yet.
    New,
    /// It waits until the person writes.
    Waits,
    /// It waits for its turn in the outbox, or Meta's answer is unknown; what was wrong the last time, if it was tried.
    Queued(Option<String>),
    /// Meta took it.
    Sent {
        /// In milliseconds.
        at: i64,
        /// How far it came: 10 sent, 30 delivered, 40 read, 50 played.
        progress: i64,
    },
    /// It was given up; why.
    Refused(String),
    /// It is not sent: the person wants no messages.
    OptedOut,
}

impl Store {
    /// Says something to a person in a human's name. An answer to a ticket stands in its thread, and what the person writes next belongs to it.
    /// False if it was said before.
    pub async fn staff_says(&self, word: &Word<'_>, actor: &Actor) -> Result<bool, StoreError> {
        let now = self.now();
        let number = word.ticket.map(|ticket| ticket.number.as_str());
        let sql = "insert into desk_word (word_id, person_id, number, at, who, words) values ($1::uuid, $2::uuid, nullif($3, ''), $4, $5, $6)
            on conflict (word_id) do nothing";
        let values = vec![
            word.id.into(),
            word.person.into(),
            number.unwrap_or_default().into(),
            now.into(),
            actor.name.as_str().into(),
            word.words.into(),
        ];
        let mut statements = vec![Statement { sql, values }];
        if let Some(ticket) = word.ticket {
            statements.extend(answered(ticket, word.words, &actor.name, now));
        }
        let text = word
            .before
            .as_deref()
            .map_or_else(|| word.words.to_owned(), |before| format!("{before}\n\n{}", word.words));
        let data = json!({ "text": text, "word": word.id, "by": actor.name });
        let business = word.ticket.map_or("", |ticket| ticket.business.as_str());
        statements.push(notice(word.person, business, kind::SAY, &data, now));
        statements.push(seen(word.person, now));
        let sql = "insert into desk_event (person_id, kind, number, word_id, who, at, due_at)
            values ($1::uuid, 'said', nullif($2, ''), $3::uuid, $4, $5, $5)";
        let values = vec![
            word.person.into(),
            number.unwrap_or_default().into(),
            word.id.into(),
            actor.name.as_str().into(),
            now.into(),
        ];
        statements.push(Statement { sql, values });
        // Their length, and never the words.
        let length = Some(word.words.chars().count().to_string());
        let act = match word.ticket {
            Some(ticket) => Act::on("ticket.answer", ticket.number.clone()),
            None => Act::on("desk.say", word.person.to_string()),
        };
        Ok(self.audited_all(statements, actor, act.changes(None, length)).await? > 0)
    }

    /// A note about a person, which is never sent.
    pub async fn staff_notes(
        &self,
        person: Uuid,
        number: Option<&str>,
        words: &str,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let sql =
            "insert into desk_note (person_id, number, at, who, words) values ($1::uuid, nullif($2, ''), $3, $4, $5)";
        let values = vec![
            person.into(),
            number.unwrap_or_default().into(),
            now.into(),
            actor.name.as_str().into(),
            words.into(),
        ];
        let act = Act::on("desk.note", person.to_string()).changes(None, Some(words.chars().count().to_string()));
        Ok(self.audited_all(vec![Statement { sql, values }, seen(person, now)], actor, act).await? > 0)
    }

    /// What became of what staff said to a person since then, by its id.
    pub async fn fates(&self, person: Uuid, since: i64) -> Result<HashMap<Uuid, Fate>, StoreError> {
        let mut fates = HashMap::new();
        let query = self.query(
            "select m.content, m.state, o.state, o.progress, coalesce(o.begun_at, o.created_at), o.error from message as m
             join lane as l using (lane_id) left join outbox as o on o.message_id = m.message_id and o.kind <> 'template'
             where l.person_id = $1::uuid and m.kind = 'notice' and m.received_at >= $2 and m.content like '%\"host.say\"%'
             order by m.message_id, o.outbox_id",
        );
        for row in query.bind(person).bind(since).all().await? {
            if let Some(word) = word_of(&row.get::<String>(0)?) {
                fates.insert(word, fate(&row)?);
            }
        }
        let query = self
            .query("select content, waits from notice where person_id = $1::uuid and content like '%\"host.say\"%'");
        for row in query.bind(person).all().await? {
            if let Some(word) = word_of(&row.get::<String>(0)?) {
                fates.insert(word, if row.get(1)? { Fate::Waits } else { Fate::New });
            }
        }
        Ok(fates)
    }

    /// When a template asked a person to write, on whatever number, in milliseconds: the latest.
    pub async fn asked_by_template(&self, person: Uuid) -> Result<Option<i64>, StoreError> {
        let query = self.query("select max(sent_at) from template_sent where person_id = $1::uuid");
        Ok(query.bind(person).maybe::<Option<i64>>().await?.flatten())
    }

    /// When a person last wrote, on whatever number, by Meta's time in milliseconds; 0: never.
    pub async fn wrote_at(&self, person: Uuid) -> Result<i64, StoreError> {
        let query = self.query("select coalesce(max(wrote_at), 0) from lane where person_id = $1::uuid");
        Ok(query.bind(person).value().await?)
    }
}

/// A ticket was answered.
fn answered(ticket: &Ticket, words: &str, who: &str, now: i64) -> [Statement; 3] {
    let sql = "update ticket set status = 'answered', changed_at = $2 where number = $1 and status <> 'closed'";
    let status = Statement { sql, values: vec![ticket.number.as_str().into(), now.into()] };
    let sql = "insert into ticket_word (number, at, who, words) values ($1, $2, $3, $4)";
    let word = Statement { sql, values: vec![ticket.number.as_str().into(), now.into(), who.into(), words.into()] };
    let sql = "update person set ticket = $2, ticket_at = $3 where person_id = $1::uuid";
    let next = Statement { sql, values: vec![ticket.person.into(), ticket.number.as_str().into(), now.into()] };
    [status, word, next]
}

/// The id of what staff said, in the content of a notice.
fn word_of(content: &str) -> Option<Uuid> {
    let Ok(Content::Notice(notice)) = stored::read(content) else { return None };
    let data: Value = serde_json::from_str(&notice.data).ok()?;
    data["word"].as_str()?.parse().ok()
}

fn fate(row: &Row) -> Result<Fate, sqlx::Error> {
    let message: String = row.get(1)?;
    let Some(state) = row.get::<Option<String>>(2)? else {
        return Ok(match message.as_str() {
            "queued" => Fate::New,
            "dead" => Fate::Refused("the turn that was to send it failed".to_owned()),
            _ => Fate::OptedOut,
        });
    };
    let (progress, at) =
        (row.get::<Option<i64>>(3)?.unwrap_or_default(), row.get::<Option<i64>>(4)?.unwrap_or_default());
    Ok(Fate::of(&state, progress, at, row.get(5)?))
}

impl Fate {
    /// What became of a row of the outbox: its state, how far it came, when it was begun, and its error.
    pub(super) fn of(state: &str, progress: i64, at: i64, error: Option<String>) -> Fate {
        let why = || error.clone().unwrap_or_else(|| "it was given up".to_owned());
        // Outside the customer service window it waits again, as a notice.
        let is_window = error.as_deref().is_some_and(|error| error.contains("window") || error.starts_with("131047"));
        match state {
            "dead" | "barred" if is_window => Fate::Waits,
            "sent" if progress == FAILED => Fate::Refused(why()),
            "sent" => Fate::Sent { at, progress },
            "barred" if error.as_deref() == Some("opted out") => Fate::OptedOut,
            "dead" | "discarded" | "barred" => Fate::Refused(why()),
            _ => Fate::Queued(error),
        }
    }
}
