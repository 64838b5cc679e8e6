//! Journals of turns, page by page: for lists of turns, and to play them again.

use uuid::Uuid;

use crate::{Store, StoreError, db::Row, value::uuid};

/// Which journals are read.
#[derive(Clone, Copy, Debug)]
pub struct JournalChoice {
    /// Of this person only.
    pub person: Option<Uuid>,
    /// Not older than this, in milliseconds.
    pub since: i64,
    /// Of messages before this one, by id.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
}

/// A turn's journal as it is stored.
#[derive(Clone, Debug)]
pub struct StoredJournal {
    /// The message that was answered.
    pub message: i64,
    /// The lane's epoch: a message that was answered twice has two.
    pub epoch: i64,
    /// When, in milliseconds.
    pub at: i64,
    /// Whose message it was.
    pub person: Uuid,
    /// Compressed JSON.
    pub body: Vec<u8>,
}

impl Store {
    /// The journals of turns, the latest message first. Those of test numbers (`test:`, see
    /// [`test_number`](switchboard_core::test_number)) only where a person is named.
    pub async fn journals(&self, choice: &JournalChoice) -> Result<Vec<StoredJournal>, StoreError> {
        let query = match choice.person {
            Some(person) => {
                self.query(OF_PERSON).bind(choice.since).bind(choice.before).bind(choice.limit).bind(person)
            }
            None => self.query(OF_ALL).bind(choice.since).bind(choice.before).bind(choice.limit),
        };
        let rows = query.all().await?;
        Ok(rows.iter().map(journal).collect::<Result<_, _>>()?)
    }

    /// The journals of a message, the oldest first.
    pub async fn journals_of(&self, message: i64) -> Result<Vec<StoredJournal>, StoreError> {
        let rows = self.query(OF_MESSAGE).bind(message).all().await?;
        Ok(rows.iter().map(journal).collect::<Result<_, _>>()?)
    }
}

const OF_ALL: &str = "
select j.message_id, j.epoch, j.created_at, l.person_id::text, j.body
from journal as j join message as m on m.message_id = j.message_id join lane as l on l.lane_id = m.lane_id
where j.created_at >= $1 and j.message_id < $2 and m.business not like 'test:%' order by j.message_id desc, j.epoch desc limit $3";

const OF_PERSON: &str = "
select j.message_id, j.epoch, j.created_at, l.person_id::text, j.body
from lane as l join message as m on m.lane_id = l.lane_id join journal as j on j.message_id = m.message_id
where j.created_at >= $1 and j.message_id < $2 and l.person_id = $4::uuid order by j.message_id desc, j.epoch desc limit $3";

const OF_MESSAGE: &str = "
select j.message_id, j.epoch, j.created_at, l.person_id::text, j.body
from journal as j join message as m on m.message_id = j.message_id join lane as l on l.lane_id = m.lane_id
where j.message_id = $1 order by j.epoch";

fn journal(row: &Row) -> Result<StoredJournal, sqlx::Error> {
    Ok(StoredJournal {
        message: row.get(0)?,
        epoch: row.get(1)?,
        at: row.get(2)?,
        person: uuid(row.get(3)?),
        body: row.get(4)?,
    })
}
