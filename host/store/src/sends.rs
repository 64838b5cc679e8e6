//! What senders do with the outbox.

use serde_json::json;

use crate::{
    Begun, Noted, Outgoing, SendEnd, Store, StoreError, To,
    db::Row,
    op::Op,
    outbox::{UNKNOWN_MAX_MS, script},
};
use switchboard_core::{
    act::{Act, Actor},
    phone::Address,
};

impl Store {
    /// Begins rows, by id, version and whether they are probes, in one commit before the first byte is sent: after a crash, whatever is
    /// marked may have arrived.
    pub async fn outbox_begin(&self, rows: Vec<(i64, i64, bool)>, now: i64) -> Result<Begun, StoreError> {
        self.inner.writer.ask(|answer| Op::SendBegins { rows, now, answer }).await?
    }

    /// Notes what came of a send. What a status already said of it stands.
    pub async fn send_finished(&self, end: SendEnd, now: i64) -> Result<Noted, StoreError> {
        self.inner.writer.ask(|answer| Op::SendEnded { end, now, answer }).await?
    }

    /// Gives these lanes to this host's sender where something is due and nobody has them, and lets go of the others; gives those that
    /// it has then.
    pub async fn claim_sends(&self, lanes: Vec<i64>, now: i64) -> Result<Vec<i64>, StoreError> {
        self.inner.writer.ask(|answer| Op::ClaimSends { lanes, now, answer }).await?
    }

    /// The first waiting row of each of these lanes.
    pub async fn outbox_heads(&self, to: To, lanes: &[i64]) -> Result<Vec<Outgoing>, StoreError> {
        let rows = self.query(script::HEADS).bind(json!(lanes).to_string()).bind(to == To::Legacy).all().await?;
        rows.iter().map(|row| self.outgoing(row)).collect()
    }

    /// Claims lanes that nobody has and where something is due, the longest due first, one row each. Of a number that rests and whose rest
    /// is over, one row goes as a probe, and the next not before `probe_at`.
    pub async fn claim_due_sends(
        &self,
        to: To,
        now: i64,
        limit: i64,
        probe_at: i64,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let due = self.query(script::DUE).bind(now).bind(limit).bind(to == To::Legacy).all().await?;
        let mut rows: Vec<Outgoing> = due.iter().map(|row| self.outgoing(row)).collect::<Result<_, _>>()?;
        if !rows.is_empty() {
            let ours = self.claim_sends(rows.iter().map(|row| row.lane_id).collect(), now).await?;
            rows.retain(|row| ours.contains(&row.lane_id));
            // What was due when it was read may have been sent before the lane was claimed.
            match self.outbox_heads(to, &rows.iter().map(|row| row.lane_id).collect::<Vec<_>>()).await {
                Ok(heads) => rows = heads,
                // The lanes are this host's: without their rows they would wait for the leases to run out. A row that has changed since
                // it was read is not begun, and its lane is claimed again.
                Err(error) => tracing::warn!(%error, "lanes that were claimed could not be read again"),
            }
        }
        if to == To::Person {
            // The lanes above are this host's by now: a failure here must not cost them their rows.
            match self.probes(now, probe_at).await {
                Ok(probes) => rows.extend(probes),
                Err(error) => tracing::warn!(%error, "numbers that rest could not be probed"),
            }
        }
        Ok(rows)
    }

    /// One row of each number whose rest is over.
    async fn probes(&self, now: i64, next: i64) -> Result<Vec<Outgoing>, StoreError> {
        let mut probes = Vec::new();
        for number in self.numbers().await? {
            if number.rest_reason.is_some() && number.rests_until <= now {
                probes.extend(self.probe(&number.business, number.rests_until, now, next).await?);
            }
        }
        Ok(probes)
    }

    /// Takes the one row that may go though its number rests: one whose outcome is not unknown, if there is any.
    async fn probe(&self, business: &str, rested: i64, now: i64, next: i64) -> Result<Option<Outgoing>, StoreError> {
        let Some(row) = self.query(script::PROBE).bind(now).bind(business).optional().await? else { return Ok(None) };
        let row = self.outgoing(&row)?;
        let first = "update business_number set rests_until = $3 where business = $1 and rests_until = $2 and rest_reason is not null";
        if self.inner.writer.plain(first, vec![business.into(), rested.into(), next.into()]).await? == 0 {
            return Ok(None);
        }
        let claim = "update lane set send_owner = $2, send_until = $3 + 30000 where lane_id = $1 and (send_owner is null or send_until < $3)";
        let claimed = self.inner.writer.plain(claim, vec![row.lane_id.into(), self.node().into(), now.into()]).await?;
        Ok((claimed > 0).then_some(Outgoing { probe: true, ..row }))
    }

    fn outgoing(&self, row: &Row) -> Result<Outgoing, StoreError> {
        let (id, to): (i64, Option<String>) = (row.get(0)?, row.get(3)?);
        Ok(Outgoing {
            id,
            reference: self.inner.references.of(id),
            lane_id: row.get(1)?,
            business: row.get(2)?,
            to: to.as_deref().map(Address::parse),
            body: row.get(4)?,
            attempts: row.get(5)?,
            version: row.get(6)?,
            losses: row.get(7)?,
            due_at: row.get(8)?,
            pair_at: row.get(9)?,
            url: row.get(10)?,
            probe: false,
        })
    }

    /// Keeps this host's send leases alive, as far as it still holds them.
    pub async fn renew_sends(&self, lanes: &[i64], now: i64) -> Result<(), StoreError> {
        if lanes.is_empty() {
            return Ok(());
        }
        let sql = "update lane set send_until = $1 + 30000 where send_owner = $2
            and lane_id = any (array(select value::bigint from texts($3::jsonb) as t))";
        let values = vec![now.into(), self.node().into(), json!(lanes).to_string().into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Notes what time alone brings: the rows of hosts that are gone have an unknown outcome, and what can never be known is dead.
    pub async fn expire_sends(&self, now: i64) -> Result<(), StoreError> {
        let until = now + self.inner.options.unknown_wait_ms;
        self.inner.writer.plain(script::CRASHED, vec![now.into(), until.into()]).await?;
        self.inner.writer.plain(script::EXPIRED, vec![now.into(), (now - UNKNOWN_MAX_MS).into()]).await.map(drop)
    }

    /// Gives what could not be forwarded another try; gives their number.
    pub async fn retry_forwards(&self, actor: &Actor, now: i64) -> Result<u64, StoreError> {
        let sql = "update outbox set state = 'queued', version = version + 1, attempts = 0, losses = 0, run_at = $1
            where state = 'dead' and url is not null and body <> '{}'";
        self.audited(sql, vec![now.into()], actor, Act::on("forwards.retry", "dead")).await
    }

    /// The row that a status's reference names, if it is one of this installation.
    pub fn row_of_reference(&self, reference: &str) -> Option<i64> {
        self.inner.references.row(reference)
    }
}
