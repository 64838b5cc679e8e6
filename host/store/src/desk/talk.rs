//! A whole conversation, from messages, replies, what staff said and noted. Reading it changes nothing.

use uuid::Uuid;

use super::Fate;
use crate::{Store, StoreError, db::Row, stored};

/// Entries of the same time that a page may take beyond its length, so that the next begins with an earlier one.
const TIES: i64 = 20;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The person.
    Person,
    /// An agent, or the host in its place.
    Agent,
    /// A human of the business.
    Staff,
    /// The business, from its own app.
    App,
    /// A template that asks the person to write.
    Template,
    /// A note of staff, which the person does not see.
    Note,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// A text.
    Text(String),
    /// A body of the Graph API, as it was sent.
    Body(String),
}

/// An entry of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct TalkEntry {
    /// Unique within the person's conversation.
    pub id: String,
    /// In milliseconds: when it came, or when it was said.
    pub at: i64,
    /// Who said it.
    pub side: Side,
    /// The agent's or the human's name.
    pub name: Option<String>,
    /// What was said.
    pub words: Words,
    /// The ticket that it is about.
    pub number: Option<String>,
    /// What became of what was to be sent.
    pub fate: Option<Fate>,
}

impl Store {
    /// The latest entries of a person's conversation before a time in milliseconds, on whatever business number; the oldest first. At least
    /// `limit` of them, if there are so many.
    pub async fn talk(&self, person: Uuid, before: i64, limit: usize) -> Result<Vec<TalkEntry>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(TIES);
        let mut entries = Vec::new();
        for sql in [MESSAGES, REPLIES, WORDS, NOTES] {
            let rows = self.query(sql).bind(person).bind(before).bind(most).all().await?;
            for row in &rows {
                entries.push(entry(row)?);
            }
        }
        entries.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let mut from = entries.len().saturating_sub(limit);
        while from > 0 && entries[from - 1].at == entries[from].at {
            from -= 1;
        }
        entries.drain(..from);
        let staff = |entry: &&TalkEntry| entry.side == Side::Staff;
        if let Some(first) = entries.iter().find(staff).map(|entry| entry.at) {
            let fates = self.fates(person, first).await?;
            for entry in entries.iter_mut().filter(|entry| entry.side == Side::Staff) {
                entry.fate = entry.id.parse().ok().and_then(|id: Uuid| fates.get(&id).cloned());
            }
        }
        Ok(entries)
    }
}

// The columns of all four: kind, id, time, name, words, ticket, state, progress, when it was begun, error.

const MESSAGES: &str = "select m.kind, 'm' || m.message_id, m.received_at, cast(null as text), m.content, cast(null as text), cast(null as text),
        cast(null as bigint), cast(null as bigint), cast(null as text)
    from message as m where m.lane_id in (select l.lane_id from lane as l where l.person_id = $1::uuid) and m.kind <> 'notice'
        and m.received_at < $2 order by m.message_id desc limit $3";

const REPLIES: &str = "select case when o.kind = 'template' then 'template' else 'reply' end, 'o' || o.outbox_id, o.created_at, o.agent, o.body,
        cast(null as text), o.state, o.progress, coalesce(o.begun_at, o.created_at), o.error
    from outbox as o where o.lane_id in (select l.lane_id from lane as l where l.person_id = $1::uuid) and o.url is null
        and (o.agent <> 'staff' or o.kind = 'template') and o.created_at < $2 order by o.outbox_id desc limit $3";

const WORDS: &str = "select 'word', w.word_id::text, w.at, w.who, w.words, w.number, cast(null as text), cast(null as bigint), cast(null as bigint),
        cast(null as text)
    from desk_word as w where w.person_id = $1::uuid and w.at < $2 order by w.at desc limit $3";

const NOTES: &str = "select 'note', 'n' || n.note_id, n.at, n.who, n.words, n.number, cast(null as text), cast(null as bigint), cast(null as bigint),
        cast(null as text)
    from desk_note as n where n.person_id = $1::uuid and n.at < $2 order by n.at desc limit $3";

fn entry(row: &Row) -> Result<TalkEntry, sqlx::Error> {
    let (kind, words): (String, String) = (row.get(0)?, row.get(4)?);
    let side = match kind.as_str() {
        "reply" => Side::Agent,
        "template" => Side::Template,
        "word" => Side::Staff,
        "note" => Side::Note,
        "echo" => Side::App,
        _ => Side::Person,
    };
    let words = match side {
        Side::Agent | Side::Template => Words::Body(words),
        Side::Person | Side::App => Words::Text(stored::content(&words, 0).shown()),
        Side::Staff | Side::Note => Words::Text(words),
    };
    let fate = match row.get::<Option<String>>(6)? {
        Some(state) => {
            let begun_at = row.get::<Option<i64>>(8)?.unwrap_or_default();
            Some(Fate::of(&state, row.get::<Option<i64>>(7)?.unwrap_or_default(), begun_at, row.get(9)?))
        }
        None => None,
    };
    let (id, at, name, number) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(5)?);
    Ok(TalkEntry { id, at, side, name, words, number, fate })
}
