//! After a restore: the rights of roles are made again, and what was queued when the backup was made is held for an operator to look at.

use switchboard_core::act::{Act, Actor};

use crate::{Store, StoreError, options::ALIVE_MS, postgres};

/// What is held after a restore says so.
const HELD: &str = "held after a restore";

impl Store {
    /// Gives the roles of a Postgres server their rights again, as the migrations do.
    pub async fn repair(url: &str) -> Result<(), StoreError> {
        let server = postgres::Server::parse(url)?.ok_or_else(|| {
            StoreError::Server("only a database of Postgres has roles: a file needs no repair".into())
        })?;
        postgres::repair(&server).await
    }

    /// Makes dead letters of all messages that wait for an answer and all that waits to be sent: it may have been answered and sent after
    /// the backup was made. Gives how many messages and how many sends.
    ///
    /// # Errors
    /// Where a host lives on the database.
    pub async fn hold_queued(&self, actor: &Actor) -> Result<(u64, u64), StoreError> {
        let now = self.now();
        if let Some(host) = self.hosts().await?.iter().find(|host| now - host.seen_at < ALIVE_MS) {
            return Err(StoreError::Server(format!("the host {} lives on this database: stop it first", host.node)));
        }
        let messages = "update message set state = 'dead', error = $1 where state = 'queued'";
        let act = |subject: &str| Act::on("restore.hold", subject);
        let messages = self.audited(messages, vec![HELD.into()], actor, act("messages")).await?;
        let sends = "update outbox set state = 'dead', version = version + 1, error = $1
            where state in ('queued', 'sending', 'unknown')";
        let sends = self.audited(sends, vec![HELD.into()], actor, act("replies")).await?;
        Ok((messages, sends))
    }
}
