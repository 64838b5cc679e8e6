//! The inbox: people who wait for a human.

use std::collections::HashMap;

use uuid::Uuid;

use super::Ticket;
use crate::{Store, StoreError, db::Row, value::uuid};

/// Somebody who waits for a human, or whom a human has.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Waiting {
    /// Who.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// The business number that they wrote to last.
    pub business: Option<String>,
    /// The agent that they talked to last.
    pub agent: Option<String>,
    /// The human who has them; `app` if the business writes from its own app.
    pub claimed_by: Option<String>,
    /// Since when, in milliseconds.
    pub claimed_at: Option<i64>,
    /// Messages that no human has seen, since they asked or were taken over.
    pub unread: i64,
    /// When the first of these came, in milliseconds.
    pub unread_since: Option<i64>,
    /// When they last wrote, by Meta's time in milliseconds.
    pub wrote_at: i64,
    /// Their tickets that wait for an answer, the oldest first.
    pub tickets: Vec<Ticket>,
}

impl Waiting {
    /// Since when they wait, in milliseconds; none if nothing waits: a human has them and has seen all.
    pub fn since(&self) -> Option<i64> {
        let tickets = self.tickets.iter().map(|ticket| ticket.changed_at);
        tickets.chain(self.unread_since).min()
    }
}

impl Store {
    /// Who waits for a human, and whom a human has; those who wait first, the longest wait first.
    pub async fn inbox(&self) -> Result<Vec<Waiting>, StoreError> {
        let mut tickets: HashMap<Uuid, Vec<Ticket>> = HashMap::new();
        for ticket in self.tickets_open().await? {
            tickets.entry(ticket.person).or_default().push(ticket);
        }
        let rows = self.query(PEOPLE).bind(self.now()).all().await?;
        let mut waiting = rows.iter().map(|row| read(row, &mut tickets)).collect::<Result<Vec<_>, _>>()?;
        waiting.sort_by_key(|one| (one.since().unwrap_or(i64::MAX), one.claimed_at, one.person));
        Ok(waiting)
    }
}

/// Messages of `p` that no human has seen: since a human has them, or since the oldest ticket of theirs that is open.
macro_rules! unread {
    ($what:literal) => {
        concat!(
            "(select ",
            $what,
            " from message as m join lane as l on l.lane_id = m.lane_id where l.person_id = p.person_id and m.kind = 'message'
              and m.message_id > p.staff_read and (m.received_at >= p.taken_over_at or exists (select 1 from ticket as t
                  where t.person_id = p.person_id and t.status = 'open' and t.message_id <= m.message_id)))"
        )
    };
}

const PEOPLE: &str = concat!(
    "select p.person_id::text, p.name, case when coalesce(p.taken_over_until > $1, true) then p.taken_over_by end, p.taken_over_at, ",
    unread!("count(*)"),
    ", ",
    unread!("min(m.received_at)"),
    ", (select l.business from lane as l where l.person_id = p.person_id and l.wrote_at > 0 order by l.wrote_at desc limit 1),
     (select coalesce(max(l.wrote_at), 0) from lane as l where l.person_id = p.person_id),
     (select s.current_agent from unified_sessions as s where s.user_id = p.person_id order by s.last_message_at desc limit 1)
     from person as p where p.person_id in (
         select g.person_id from person as g where g.taken_over_by is not null and coalesce(g.taken_over_until > $1, true)
         union select o.person_id from ticket as o where o.status = 'open')
     order by p.person_id limit 1000"
);

/// The statement that is put together.
#[cfg(feature = "test-hooks")]
pub(crate) fn statement() -> String {
    PEOPLE.to_owned()
}

fn read(row: &Row, tickets: &mut HashMap<Uuid, Vec<Ticket>>) -> Result<Waiting, sqlx::Error> {
    let person = uuid(row.get(0)?);
    let claimed_by: Option<String> = row.get(2)?;
    let mut tickets = tickets.remove(&person).unwrap_or_default();
    tickets.sort_by_key(|ticket| ticket.changed_at);
    Ok(Waiting {
        person,
        name: row.get(1)?,
        claimed_at: row.get::<Option<i64>>(3)?.filter(|_| claimed_by.is_some()),
        claimed_by,
        unread: row.get(4)?,
        unread_since: row.get(5)?,
        business: row.get(6)?,
        wrote_at: row.get(7)?,
        agent: row.get(8)?,
        tickets,
    })
}
