//! The desk: what humans of the business do for people. Tickets, takeovers, what staff say and note, whole conversations, ready answers,
//! and the events that are posted about it.
//!
//! Commands use it beside a running host, so nothing here gives out ids that the writer gives out: word to a person goes through `notice`.
//! What a human does is one transaction with its row of the audit.

mod canned;
mod events;
mod inbox;
mod people;
mod ratings;
mod reports;
mod say;
mod takeover;
mod talk;
mod tickets;

use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(feature = "test-hooks")]
pub(crate) use inbox::statement;

pub use canned::Canned;
pub use events::{DeskEvent, EventMessage};
pub use inbox::Waiting;
pub use ratings::Ratings;
pub use reports::Reported;
pub use say::{Fate, Word};
pub use takeover::{Closed, Stale, Taken};
pub use talk::{Side, TalkEntry, Words};
pub use tickets::{Ticket, TicketWord};

use crate::{Store, StoreError, effect_rows, op::Statement, value::Arg};
use switchboard_core::contract::types::Notice;

/// The kinds of the host's own notices that the desk makes.
pub mod kind {
    /// What a human says to the person.
    pub const SAY: &str = "host.say";
    /// A human has joined the conversation.
    pub const JOINED: &str = "host.joined";
    /// The human has left it.
    pub const LEFT: &str = "host.left";
    /// Asks whether the person was satisfied.
    pub const RATE: &str = "host.rate";
}

/// A notice of the host's own to a person; an empty business number stands for the one that they wrote to last.
fn notice(person: Uuid, business: &str, kind: &str, data: &Value, now: i64) -> Statement {
    let content =
        effect_rows::content(Notice { kind: kind.into(), listing: None, match_: None, data: data.to_string() });
    let sql = "insert into notice (agent, person_id, business, content, run_at, created_at) values ('', $1::uuid, $2, $3, $4, $4)";
    Statement { sql, values: vec![Arg::from(person), Arg::from(business), Arg::from(content), Arg::from(now)] }
}

/// An event for the webhook, about a person and perhaps a ticket.
fn event(person: Uuid, kind: &'static str, number: Option<&str>, who: &str, now: i64) -> Statement {
    let sql = "insert into desk_event (person_id, kind, number, who, at, due_at) values ($1::uuid, $2, nullif($3, ''), $4, $5, $5)";
    let values = vec![person.into(), kind.into(), number.unwrap_or_default().into(), who.into(), now.into()];
    Statement { sql, values }
}

/// Staff did something for a person: they have seen what the person wrote until now.
fn seen(person: Uuid, now: i64) -> Statement {
    let sql = "update person set staff_at = $2, staff_read = coalesce((select max(m.message_id) from message as m
            join lane as l using (lane_id) where l.person_id = $1::uuid and m.kind = 'message'), 0) where person_id = $1::uuid";
    Statement { sql, values: vec![person.into(), now.into()] }
}

impl Store {
    /// Says something to a person in the business's own name; a running host sends it within a second.
    pub async fn say(&self, person: Uuid, business: &str, text: &str, now: i64) -> Result<(), StoreError> {
        let said = notice(person, business, kind::SAY, &json!({ "text": text }), now);
        self.inner.writer.plain_all(vec![said]).await.map(drop)
    }
}
