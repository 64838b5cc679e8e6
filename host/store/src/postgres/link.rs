//! The writer's connection, made anew after it was lost.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::{
    server::{WAITS, is_lost, writing},
    statements::Statements,
};

/// The writer's connection, made anew after it was lost.
pub(super) struct Link {
    pub(super) connection: Option<PgConnection>,
    /// A pooler before the server hands out its sessions for a transaction each.
    pub(super) by_transaction: bool,
    pub(super) node: String,
    options: PgConnectOptions,
    lost: Option<Lost>,
    pub(super) statements: Statements,
}

struct Lost {
    why: String,
    /// Until then nothing is tried: callers are refused at once.
    again: Instant,
    wait: Duration,
}

impl Link {
    /// None yet: it is made on the writer's own thread.
    pub(super) fn new(
        options: PgConnectOptions,
        by_transaction: bool,
        node: String,
        faults: &'static [(&'static str, &'static str)],
    ) -> Link {
        Link {
            connection: None,
            by_transaction,
            node,
            options,
            statements: Statements::new(faults),
            lost: Some(Lost { why: String::new(), again: Instant::now(), wait: WAITS[0] }),
        }
    }

    /// Notes that the connection is of no more use, if this error says so.
    pub(super) fn lost(&mut self, error: &sqlx::Error) -> bool {
        if self.lost.is_some() || is_lost(error) {
            if self.lost.is_none() {
                tracing::error!("the database is away: {error}");
                self.lost = Some(Lost { why: error.to_string(), again: Instant::now(), wait: WAITS[0] });
            }
            return true;
        }
        false
    }

    /// Makes the connection anew if it was lost. While that fails, callers are refused at once and it is tried now and then.
    pub(super) async fn restore(&mut self) -> Result<(), sqlx::Error> {
        let Some(lost) = &mut self.lost else { return Ok(()) };
        if Instant::now() < lost.again {
            return Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::NotConnected, lost.why.clone())));
        }
        match writing(&self.options, self.by_transaction).await {
            Ok(anew) => {
                self.connection = Some(anew);
                self.statements.forget_prepared();
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
