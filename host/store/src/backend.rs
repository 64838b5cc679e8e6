//! What the writer needs of a database.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    answers::Answers, effects::DocumentPlace, error::WriteError, ids::Ids, op::Statement, people::People,
    values::Values,
};
use switchboard_core::inbox::Sender;

/// What an error means for the batch that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A lane's lease was lost: its settlement must not be written.
    Fenced,
    /// Others stood in the way: the same batch may succeed at once.
    Again,
    /// The connection is gone. Whether the batch was committed is not known.
    Lost,
    /// The database does not take it.
    Refused,
}

/// What a batch has to know before its rows can be made.
pub(crate) struct Wanted<'a> {
    /// Who sent something.
    pub(crate) senders: &'a [&'a Sender],
    /// How many ids it may take.
    pub(crate) ids: usize,
}

/// A connection on which batches are committed. One at a time, from one thread.
pub(crate) trait Backend: Sized + 'static {
    /// Begins a batch: looks up what is wanted. Ids are taken from `ids` afterwards.
    async fn look_up(&mut self, wanted: Wanted<'_>, people: &mut People, ids: &mut Ids) -> Result<(), WriteError>;

    /// Reads and locks documents that are written on a condition, in the batch that has begun.
    async fn documents(&mut self, conditions: Vec<Value>) -> Result<HashMap<DocumentPlace, String>, WriteError>;

    /// Runs a batch and commits it.
    async fn execute(&mut self, values: Values) -> Result<Answers, WriteError>;

    /// Ends a batch that failed.
    async fn roll_back(&mut self);

    /// Runs statements in a transaction of their own; none is kept if the first changes no row. Gives the number of rows that the first
    /// changed.
    async fn run(&mut self, statements: Vec<Statement>) -> Result<u64, WriteError>;

    /// What an error means.
    fn fate(&mut self, error: &WriteError) -> Fate;

    /// Something was written, and nothing waits to be.
    fn rests(&mut self) {}

    /// Ends the connection.
    async fn close(self) {}
}
