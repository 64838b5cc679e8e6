//! The writer's way to a server: its session, made anew after it was lost.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    address::Address,
    server::WAITS,
    session::{Flight, Session},
    statements::{Statement, Statements},
};
use crate::{answers::Answers, error::WriteError, script::Part, values::Values};

/// The writer's connection to a server.
pub(super) struct Postgres {
    /// None until it is made, on the writer's own thread, and while it is lost.
    pub(super) session: Option<Session>,
    address: Address,
    by_transaction: bool,
    node: String,
    statements: Statements,
    lost: Option<Lost>,
}

struct Lost {
    why: String,
    /// Until then nothing is tried: callers are refused at once.
    again: Instant,
    wait: Duration,
}

impl Postgres {
    /// Not yet connected.
    pub(super) fn new(
        address: Address,
        by_transaction: bool,
        node: String,
        faults: &'static [(&'static str, &'static str)],
    ) -> Postgres {
        Postgres {
            session: None,
            address,
            by_transaction,
            node,
            statements: Statements::new(faults),
            lost: Some(Lost { why: String::new(), again: Instant::now(), wait: WAITS[0] }),
        }
    }

    /// The session, if there is one.
    pub(super) fn session(&mut self) -> Result<&mut Session, WriteError> {
        self.session.as_mut().ok_or_else(|| WriteError::Away("there is no connection".to_owned()))
    }

    /// Sends parts of a batch's script in one flight.
    pub(super) async fn fly(
        &mut self,
        flight: Flight,
        parts: Vec<Part>,
        values: &mut Values,
    ) -> Result<Answers, WriteError> {
        let parts: Vec<(Part, Arc<[Statement]>)> =
            parts.into_iter().map(|part| (part, self.statements.of(part))).collect();
        let session = self.session.as_mut().ok_or_else(|| WriteError::Away("there is no connection".to_owned()))?;
        session.fly(flight, parts, values, &self.node).await
    }

    /// Notes that the connection is of no more use, if this error says so.
    pub(super) fn lost(&mut self, error: &WriteError) -> bool {
        if self.lost.is_none() && is_lost(error) {
            tracing::error!("the database is away: {error}");
            self.session = None;
            self.lost = Some(Lost { why: error.to_string(), again: Instant::now(), wait: WAITS[0] });
        }
        self.lost.is_some()
    }

    /// Makes the connection anew if it was lost. While that fails, callers are refused at once and it is tried now and then.
    pub(super) async fn restore(&mut self) -> Result<(), WriteError> {
        let Some(lost) = &mut self.lost else { return Ok(()) };
        if Instant::now() < lost.again {
            return Err(WriteError::Away(lost.why.clone()));
        }
        match Session::connect(&self.address, self.by_transaction).await {
            Ok(session) => {
                self.session = Some(session);
                if !lost.why.is_empty() {
                    tracing::info!("the database is back");
                }
                self.lost = None;
                Ok(())
            }
            Err(error) => {
                lost.why = error.to_string();
                lost.again = Instant::now() + lost.wait;
                lost.wait = (lost.wait * 2).min(Duration::from_secs(1));
                Err(error)
            }
        }
    }
}

/// Whether the connection is gone, or the server is for now.
fn is_lost(error: &WriteError) -> bool {
    let error = match error {
        WriteError::Postgres(error) => error,
        WriteError::Away(_) => return true,
        WriteError::Sqlite(_) | WriteError::Row(_) => return false,
    };
    if let Some(code) = error.code() {
        // Connection exceptions, a server that stops or starts, and a session that only reads, which it would do even when the
        // database may be written to again.
        return code.code().starts_with("08")
            || code.code().starts_with("57P")
            || *code == tokio_postgres::error::SqlState::READ_ONLY_SQL_TRANSACTION;
    }
    match std::error::Error::source(error) {
        // What is too long to be sent is refused here; all else that is not of the server is of the way to it.
        Some(source) => {
            source.downcast_ref().is_some_and(|error: &io::Error| error.kind() != io::ErrorKind::InvalidInput)
        }
        None => true,
    }
}
