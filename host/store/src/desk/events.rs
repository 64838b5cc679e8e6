//! Events of the desk for the business's webhook: an outbox, in order for each person.

use uuid::Uuid;

use super::Ticket;
use crate::{Store, StoreError, db::Arg, stored, value::uuid};

/// The most events of one look.
const EVENTS_MAX: i64 = 100;

/// An event that is to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskEvent {
    /// Its id: later events have greater ones.
    pub id: i64,
    /// Such as `message.received`.
    pub kind: String,
    /// In milliseconds.
    pub at: i64,
    /// Whom it is about.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// The human who did it.
    pub who: Option<String>,
    /// The ticket that it is about.
    pub ticket: Option<Ticket>,
    /// The message that it is about.
    pub message: Option<EventMessage>,
    /// What the human said.
    pub said: Option<String>,
    /// Posts that were not accepted.
    pub attempts: i64,
}

/// A message of a person in an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventMessage {
    /// Our id.
    pub id: i64,
    /// What it says.
    pub text: String,
    /// By Meta's time, in milliseconds.
    pub sent_at: i64,
    /// The business number that it came to.
    pub business: String,
}

impl Store {
    /// Events that are due, in their order; of a person whose earliest one waits for another try, none.
    pub async fn desk_events_due(&self, now: i64) -> Result<Vec<DeskEvent>, StoreError> {
        let rows = self
            .query(
                "select e.event_id, e.kind, e.at, e.person_id::text, p.name, nullif(e.who, ''), e.number, w.words, e.attempts,
                     m.message_id, m.content, m.sent_at, m.business
                 from desk_event as e join person as p using (person_id) left join desk_word as w on w.word_id = e.word_id
                 left join message as m on m.message_id = e.message_id
                 where e.posted_at is null and not exists (select 1 from desk_event as f
                     where f.person_id = e.person_id and f.posted_at is null and f.event_id <= e.event_id and f.due_at > $1)
                 order by e.event_id limit $2",
            )
            .bind(now)
            .bind(EVENTS_MAX)
            .all()
            .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let ticket = match row.get::<Option<String>>(6)? {
                Some(number) => self.ticket(&number).await?,
                None => None,
            };
            let message = match row.get::<Option<i64>>(9)? {
                Some(id) => Some(EventMessage {
                    id,
                    text: stored::content(&row.get::<String>(10)?, id).shown(),
                    sent_at: row.get(11)?,
                    business: row.get(12)?,
                }),
                None => None,
            };
            events.push(DeskEvent {
                id: row.get(0)?,
                kind: row.get(1)?,
                at: row.get(2)?,
                person: uuid(row.get(3)?),
                name: row.get(4)?,
                who: row.get(5)?,
                ticket,
                message,
                said: row.get(7)?,
                attempts: row.get(8)?,
            });
        }
        Ok(events)
    }

    /// An event was accepted.
    pub async fn desk_event_posted(&self, event: i64) -> Result<(), StoreError> {
        let sql = "update desk_event set posted_at = $2 where event_id = $1";
        self.inner.writer.plain(sql, vec![Arg::from(event), self.now().into()]).await.map(drop)
    }

    /// An event was not accepted: it is tried again then.
    pub async fn desk_event_refused(&self, event: i64, due_at: i64) -> Result<(), StoreError> {
        let sql = "update desk_event set attempts = attempts + 1, due_at = $2 where event_id = $1";
        self.inner.writer.plain(sql, vec![Arg::from(event), due_at.into()]).await.map(drop)
    }

    /// Nobody is to be told of what happened until now.
    pub async fn desk_events_dropped(&self) -> Result<(), StoreError> {
        let any = self.query("select exists (select 1 from desk_event where posted_at is null)");
        if any.value::<bool>().await? {
            let sql = "update desk_event set posted_at = $1 where posted_at is null";
            self.inner.writer.plain(sql, vec![self.now().into()]).await?;
        }
        Ok(())
    }
}
