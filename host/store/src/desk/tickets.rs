//! Tickets: what people want a human to look at, and what both sides said about it.

use uuid::Uuid;

use crate::{
    Store, StoreError,
    db::{Arg, Row},
    op::Statement,
    value::uuid,
};

/// A ticket as the desk sees it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Ticket {
    /// What the person knows it by.
    pub number: String,
    /// Whose it is.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// The business number that they wrote to.
    pub business: String,
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
    /// Whether the person asked for a human.
    pub asked: bool,
    /// In milliseconds.
    pub opened_at: i64,
    /// When its status changed last, in milliseconds.
    pub changed_at: i64,
    /// Who has the person taken over.
    pub claimed_by: Option<String>,
}

/// What one side said about a ticket.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TicketWord {
    /// In milliseconds.
    pub at: i64,
    /// The name of the human of the business; none for the person's own words.
    pub who: Option<String>,
    /// The words.
    pub words: String,
}

macro_rules! tickets {
    () => {
        "select t.number, t.person_id::text, p.name, t.business, t.agent, t.subject, t.details, t.priority, t.status,
        coalesce(t.why, '') = 'asked', t.opened_at, coalesce(t.changed_at, t.opened_at),
        case when coalesce(p.taken_over_until > $1, true) then p.taken_over_by end
    from ticket as t join person as p using (person_id) where "
    };
}

/// The most urgent first, then the oldest.
macro_rules! by_urgency {
    () => {
        " order by case t.priority when 'urgent' then 0 when 'high' then 1 when 'medium' then 2 else 3 end, t.opened_at limit 500"
    };
}

fn ticket(row: &Row) -> Result<Ticket, sqlx::Error> {
    Ok(Ticket {
        number: row.get(0)?,
        person: uuid(row.get(1)?),
        name: row.get(2)?,
        business: row.get(3)?,
        agent: row.get(4)?,
        subject: row.get(5)?,
        details: row.get(6)?,
        priority: row.get(7)?,
        status: row.get(8)?,
        asked: row.get(9)?,
        opened_at: row.get(10)?,
        changed_at: row.get(11)?,
        claimed_by: row.get(12)?,
    })
}

impl Store {
    /// Tickets, the most urgent first; those that are closed only if asked for.
    pub async fn tickets_all(&self, closed_too: bool) -> Result<Vec<Ticket>, StoreError> {
        let query = self.query(concat!(tickets!(), "(t.status <> 'closed' or $2)", by_urgency!()));
        let rows = query.bind(self.now()).bind(closed_too).all().await?;
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// Tickets that wait for an answer, the most urgent first.
    pub(super) async fn tickets_open(&self) -> Result<Vec<Ticket>, StoreError> {
        let rows = self.query(concat!(tickets!(), "t.status = 'open'", by_urgency!())).bind(self.now()).all().await?;
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// A person's tickets that are not closed, the newest first.
    pub async fn tickets_of_person(&self, person: Uuid) -> Result<Vec<Ticket>, StoreError> {
        let sql = concat!(
            tickets!(),
            "t.person_id = $2::uuid and t.status <> 'closed' order by t.opened_at desc, t.number limit 100"
        );
        let rows = self.query(sql).bind(self.now()).bind(person).all().await?;
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// A ticket by its number.
    pub async fn ticket(&self, number: &str) -> Result<Option<Ticket>, StoreError> {
        let query = self.query(concat!(tickets!(), "t.number = $2")).bind(self.now()).bind(number);
        Ok(query.optional().await?.as_ref().map(ticket).transpose()?)
    }

    /// What both sides said about a ticket, the oldest first.
    pub async fn ticket_words(&self, number: &str) -> Result<Vec<TicketWord>, StoreError> {
        let sql = "select at, nullif(who, ''), words from ticket_word where number = $1 order by at limit 500";
        let rows = self.query(sql).bind(number).all().await?;
        let word = |row: &Row| -> Result<TicketWord, sqlx::Error> {
            Ok(TicketWord { at: row.get(0)?, who: row.get(1)?, words: row.get(2)? })
        };
        Ok(rows.iter().map(word).collect::<Result<_, _>>()?)
    }

    /// The ticket that a message of the desk's was about; none if it was about none.
    pub async fn ticket_said_in(&self, message: i64, person: Uuid) -> Result<Option<String>, StoreError> {
        let query = self.query(
            "select w.number from message as m join lane as l using (lane_id) join desk_word as w on w.person_id = l.person_id
             where m.message_id = $1 and m.kind = 'notice' and l.person_id = $2::uuid and w.number is not null
                 and m.content like '%' || w.word_id::text || '%' limit 1",
        );
        Ok(query.bind(message).bind(person).maybe::<Option<String>>().await?.flatten())
    }
}

/// A ticket is closed, if it is not yet.
pub(super) fn closed(number: &str, now: i64) -> Statement {
    let sql = "update ticket set status = 'closed', changed_at = $2 where number = $1 and status <> 'closed'";
    Statement { sql, values: vec![number.into(), now.into()] }
}

/// What a person writes next does not belong to this ticket any more.
pub(super) fn unbound(person: Uuid, number: &str) -> Statement {
    let sql = "update person set ticket = null, ticket_at = null where person_id = $1::uuid and ticket = $2";
    Statement { sql, values: vec![Arg::from(person), number.into()] }
}
