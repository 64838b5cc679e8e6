//! The outbox table as a dispatcher's queue: rows for people, and rows for the legacy service.

use switchboard_store::{Outgoing, SendResult, Store, To};

use super::port::Outbox;

impl Outbox for Store {
    async fn begin(&self, ids: Vec<i64>, now: i64) -> anyhow::Result<Vec<i64>> {
        Ok(self.outbox_begin(ids, now).await?)
    }

    async fn finished(&self, id: i64, result: SendResult, now: i64) -> anyhow::Result<()> {
        Ok(self.send_finished(id, result, now).await?)
    }

    async fn due(&self, now: i64, limit: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(self.outbox_due(To::Person, now, limit).await?)
    }
}

/// The outbox's rows for the legacy service.
pub struct Forwards(pub Store);

impl Outbox for Forwards {
    async fn begin(&self, ids: Vec<i64>, now: i64) -> anyhow::Result<Vec<i64>> {
        Ok(self.0.outbox_begin(ids, now).await?)
    }

    async fn finished(&self, id: i64, result: SendResult, now: i64) -> anyhow::Result<()> {
        Ok(self.0.send_finished(id, result, now).await?)
    }

    async fn due(&self, now: i64, limit: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(self.0.outbox_due(To::Legacy, now, limit).await?)
    }
}
