//! What the database of a [`Stage`] holds.

use std::path::PathBuf;

use super::stage::{Stage, until};
use crate::shell::Shell;

impl Stage {
    /// The file of the SQLite database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data/switchboard.db")
    }

    /// Runs SQL as an operator's shell would.
    pub async fn sql(&self, sql: &'static str) {
        self.shell().await.run(sql).await;
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.shell().await.value(sql).await
    }

    /// A column of numbers from the database.
    pub async fn ids(&self, sql: &'static str) -> Vec<i64> {
        self.shell().await.values(sql).await
    }

    /// Waits until so many messages are answered and nothing is left to send; checks that each has one event and one
    /// reply.
    pub async fn each_answered_once(&self, total: i64) {
        until("every message is answered", async || {
            self.count("select count(*) from message where state = 'answered'").await == total
        })
        .await;
        until("every reply is sent or given up", async || {
            self.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
        })
        .await;
        assert_eq!(self.count("select count(*) from message").await, total);
        assert_eq!(self.count("select count(*) from unified_agent_events").await, total);
        assert_eq!(self.count("select count(distinct correlation_id) from unified_agent_events").await, total);
        assert_eq!(self.count("select count(*) from outbox").await, total, "one reply to each message");
        assert_eq!(self.count("select count(distinct message_id) from outbox").await, total);
    }

    /// One text from the database.
    pub async fn text(&self, sql: &'static str) -> Option<String> {
        self.shell().await.value(sql).await
    }

    pub(super) async fn shell(&self) -> Shell {
        Shell::open(&self.url()).await
    }
}
