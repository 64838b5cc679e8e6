//! The outbox table as a dispatcher's queue: rows for people, and rows for the legacy service.

use std::sync::Arc;

use switchboard_store::{Begun, Noted, Outgoing, SendEnd, Store, To};

use super::port::Outbox;

/// The outbox's rows for people, or for the legacy service.
#[derive(Clone)]
pub struct Rows {
    store: Store,
    to: To,
    /// The body of the template that asks a person to write.
    template_of: TemplateOf,
}

/// The body, from `type` on, of the template that asks a person of a business number to write, if there is one.
pub type TemplateOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl Rows {
    /// The rows for people.
    pub fn for_people(store: Store, template_of: TemplateOf) -> Rows {
        Rows { store, to: To::Person, template_of }
    }

    /// The rows for the legacy service.
    pub fn for_legacy(store: Store) -> Rows {
        Rows { store, to: To::Legacy, template_of: Arc::new(|_| None) }
    }
}

impl Outbox for Rows {
    async fn begin(&self, rows: Vec<(i64, i64, bool)>, now: i64) -> anyhow::Result<Begun> {
        Ok(self.store.outbox_begin(rows, now).await?)
    }

    async fn finished(&self, end: SendEnd, now: i64) -> anyhow::Result<Noted> {
        Ok(self.store.send_finished(end, now).await?)
    }

    async fn claim(&self, lanes: Vec<i64>, now: i64) -> anyhow::Result<Vec<Outgoing>> {
        let lanes = self.store.claim_sends(lanes, now).await?;
        if lanes.is_empty() { Ok(Vec::new()) } else { Ok(self.store.outbox_heads(self.to, &lanes).await?) }
    }

    async fn due(&self, now: i64, limit: i64, probe_at: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(self.store.claim_due_sends(self.to, now, limit, probe_at).await?)
    }

    async fn renew(&self, lanes: Vec<i64>, now: i64) -> anyhow::Result<usize> {
        self.store.renew_sends(&lanes, now).await?;
        // Only a business number's pace is shared.
        Ok(if self.store.is_shared() && self.to == To::Person { self.store.hosts().await?.len() } else { 1 })
    }

    async fn rest(&self, business: &str, until: i64, why: &str, now: i64) -> anyhow::Result<()> {
        Ok(self.store.rest_number(business, until, why, now).await?)
    }

    async fn window_closed(&self, id: i64, now: i64) -> anyhow::Result<()> {
        Ok(self.store.window_closed(id, &*self.template_of, now).await?)
    }

    async fn took(&self, business: &str, now: i64) -> anyhow::Result<bool> {
        Ok(self.store.number_took(business, now).await?)
    }
}
