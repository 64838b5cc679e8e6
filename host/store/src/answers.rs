//! The rows that a batch's script gives back, read by the names of their columns.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{effects::DocumentPlace, error::WriteError, script::Gives, value::uuid};

/// A row of the writer's connection.
pub(crate) trait Columns {
    fn int(&self, column: &'static str) -> Result<Option<i64>, WriteError>;
    fn text(&self, column: &'static str) -> Result<Option<String>, WriteError>;
    fn flag(&self, column: &'static str) -> Result<bool, WriteError>;
}

/// An identity that is known, with one of its person's lanes if they have any.
#[derive(Debug)]
pub(crate) struct KnownIdentity {
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) pair: Option<String>,
    pub(crate) paired_at: i64,
    pub(crate) since: i64,
    pub(crate) person: Uuid,
    pub(crate) name: Option<String>,
    pub(crate) has_bucket: bool,
    pub(crate) created_at: i64,
    pub(crate) lane: Option<KnownLane>,
}

/// A lane of a person.
#[derive(Debug)]
pub(crate) struct KnownLane {
    pub(crate) id: i64,
    pub(crate) business: String,
}

/// What the parts of a script gave back.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The first of each step of ids.
    pub(crate) ids: Vec<i64>,
    pub(crate) identities: Vec<KnownIdentity>,
    /// JSON objects: claims by their lanes.
    pub(crate) claims: Vec<String>,
    /// JSON arrays of message ids.
    pub(crate) new: Vec<String>,
    /// Outbox rows that may be sent now, and those that never may.
    pub(crate) begun: Vec<i64>,
    pub(crate) barred: Vec<i64>,
    /// Outbox rows whose result is noted.
    pub(crate) noted: Vec<i64>,
    /// Lanes that are this host's sender's.
    pub(crate) send_lanes: Vec<i64>,
    /// Lanes of rows that statuses speak of, where something waits.
    pub(crate) waiting: Vec<i64>,
    /// Dead letters that were retried or discarded.
    pub(crate) letters: Vec<i64>,
    /// Documents that are written on a condition, and their values.
    pub(crate) documents: HashMap<DocumentPlace, String>,
}

impl Answers {
    /// Adds a row of a part that gives such rows.
    pub(crate) fn add(&mut self, gives: Gives, row: &dyn Columns) -> Result<(), WriteError> {
        match gives {
            Gives::Nothing => {}
            Gives::Ids => self.ids.push(needed(row.int("id")?, "id")?),
            Gives::Identities => self.identities.push(identity(row)?),
            Gives::Claims => self.claims.extend(row.text("claims")?),
            Gives::New => self.new.extend(row.text("ids")?),
            Gives::Begun => {
                let id = needed(row.int("outbox_id")?, "outbox_id")?;
                let is_begun = row.text("state")?.as_deref() == Some("sending");
                if is_begun { self.begun.push(id) } else { self.barred.push(id) }
            }
            Gives::Noted => self.noted.push(needed(row.int("outbox_id")?, "outbox_id")?),
            Gives::Letters => self.letters.push(needed(row.int("letter_id")?, "letter_id")?),
            Gives::Documents => {
                let text = |column| needed(row.text(column)?, column);
                let (agent, person) = (text("agent")?, text("person_id")?);
                let place = DocumentPlace { agent, person, collection: text("collection")?, key: text("key")? };
                self.documents.insert(place, text("value")?);
            }
            Gives::SendLanes if row.text("send_owner")?.is_none() => {}
            Gives::SendLanes => self.send_lanes.push(needed(row.int("lane_id")?, "lane_id")?),
            Gives::Waiting if !row.flag("waits")? => {}
            Gives::Waiting => self.waiting.push(needed(row.int("lane_id")?, "lane_id")?),
        }
        Ok(())
    }
}

fn identity(row: &dyn Columns) -> Result<KnownIdentity, WriteError> {
    let text = |column| needed(row.text(column)?, column);
    Ok(KnownIdentity {
        kind: text("kind")?,
        key: text("key")?,
        value: text("value")?,
        pair: row.text("pair")?,
        paired_at: row.int("paired_at")?.unwrap_or_default(),
        since: needed(row.int("since")?, "since")?,
        person: uuid(text("person_id")?),
        name: row.text("name")?,
        has_bucket: row.flag("has_bucket")?,
        created_at: needed(row.int("created_at")?, "created_at")?,
        lane: lane(row)?,
    })
}

/// The lane of a row, if it has one.
fn lane(row: &dyn Columns) -> Result<Option<KnownLane>, WriteError> {
    let Some(id) = row.int("lane_id")? else { return Ok(None) };
    Ok(Some(KnownLane { id, business: needed(row.text("business")?, "business")? }))
}

fn needed<T>(value: Option<T>, column: &str) -> Result<T, WriteError> {
    value.ok_or_else(|| WriteError::Row(format!("{column} is null")))
}
