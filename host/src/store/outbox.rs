//! The path's own operations: ingest, settle, claims, and the outbox's life.

use sqlx::Row;

use super::{
    SettleError, Store, StoreError, claims,
    prepared::Prepared,
    types::{Claim, Ingested, Lane, Outgoing, SendResult, Settled, Settlement},
    writer::{Op, Value},
};
use crate::{inbox::Delivery, phone::Phone};

/// A reply just settled is in the sender's hands; the poll leaves it alone for this long.
pub(super) const IN_HAND_MS: i64 = 30_000;

impl Store {
    /// Stores a delivery with all it holds; returns after the commit.
    pub async fn ingest(&self, delivery: Delivery) -> Result<Ingested, StoreError> {
        let (ingested, claimed) = self.inner.writer.ask(|answer| Op::Ingest(delivery, answer)).await??;
        Ok(Ingested { claimed: claims::read_all(&claimed)?, ..ingested })
    }

    /// Commits all of a turn, if its lease still holds.
    pub async fn settle(&self, settlement: Settlement) -> Result<Settled, SettleError> {
        let prepared = Some(Prepared::of(&settlement));
        let settlement = Box::new(settlement);
        let (settled, next, woken) =
            self.inner.writer.ask(|answer| Op::Settle { settlement, prepared, answer }).await??;
        let next = next.as_ref().map(claims::read).transpose().map_err(StoreError::from)?;
        let woken = claims::read_all(&woken).map_err(StoreError::from)?;
        Ok(Settled { next, woken, ..settled })
    }

    /// Puts a message back after a failure of ours: it keeps its place and waits until `at`, and so does its lane.
    pub async fn postpone(&self, lane: Lane, message_id: i64, at: i64, reason: &str) -> Result<(), StoreError> {
        let sql = "
            update message set attempts = attempts + 1, ready_at = $3, error = $4 where message_id = $2
                and exists (select 1 from lane where lane_id = $1 and epoch = $5);
            update lane set lease_owner = null, lease_until = 0 where lane_id = $1 and epoch = $5";
        let values = vec![
            Value::Int(lane.id),
            Value::Int(message_id),
            Value::Int(at),
            Value::Text(reason.to_owned()),
            Value::Int(lane.epoch),
        ];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Claims lanes that nobody woke: due retries, grown placeholders, leases run out. Longest wait first.
    pub async fn claim_due(&self, now: i64, limit: i64) -> Result<Vec<Claim>, StoreError> {
        let lanes: Vec<i64> = sqlx::query_scalar(
            "select m.lane_id from message as m join lane as l using (lane_id)
             where m.state = 'queued' and m.ready_at <= $1 and (l.lease_owner is null or l.lease_until < $1)
               and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued' and e.ready_at > $1
                               and e.message_id < m.message_id and e.kind <> 'placeholder')
             group by m.lane_id order by min(m.message_id) limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        if lanes.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.inner.writer.ask(|answer| Op::Claim { lanes, now, answer }).await??;
        Ok(claims::read_all(&claimed)?)
    }

    /// Keeps the leases of this process alive: only a running process has any (see `take_over`).
    pub async fn renew(&self, now: i64) -> Result<(), StoreError> {
        let sql = "update lane set lease_until = $1 where lease_owner is not null";
        self.inner.writer.plain(sql, vec![Value::Int(now + super::LEASE_MS)]).await.map(drop)
    }

    /// Puts held messages back into their lanes; gives their number.
    pub async fn release_held(&self, now: i64) -> Result<u64, StoreError> {
        let sql = "update message set state = 'queued', ready_at = $1 where state = 'held'";
        self.inner.writer.plain(sql, vec![Value::Int(now)]).await
    }

    /// Marks replies as being sent, before they are: after a crash, whatever bears this mark may have arrived. Gives
    /// those that were marked: a status may have said meanwhile that one has arrived.
    pub async fn outbox_begin(&self, ids: Vec<i64>) -> Result<Vec<i64>, StoreError> {
        self.inner.writer.ask(|answer| Op::SendBegins(ids, answer)).await?
    }

    /// Notes what came of a send. What a status already said of it stands.
    pub async fn send_finished(&self, id: i64, result: SendResult, now: i64) -> Result<(), StoreError> {
        self.inner.writer.ask(|answer| Op::SendEnded { id, result, now, answer }).await?
    }

    /// Replies that nobody has in hand: retries, leftovers of a crash, and unknown ones whose wait is over. Only the first
    /// unsent one of each lane: a person's replies go out in order.
    pub async fn outbox_due(&self, now: i64, limit: i64) -> Result<Vec<Outgoing>, StoreError> {
        let rows = sqlx::query(
            "select o.outbox_id, o.lane_id, l.business, p.phone, p.user_id, o.body, o.attempts,
                    coalesce(p.opted_out_at > o.created_at, false),
                    coalesce(cast(round(unixepoch(s.last_message_at, 'subsec') * 1000) as integer), 0)
             from outbox as o join lane as l using (lane_id) join person as p using (person_id)
             left join unified_sessions as s on s.user_id = l.person_id and s.business_number = l.business and s.status = 'active'
             where o.state in ('queued', 'sending', 'unknown') and o.state <> 'sending' and o.run_at <= $1
               and not exists (select 1 from outbox as e where e.lane_id = o.lane_id and e.outbox_id < o.outbox_id
                               and e.state in ('queued', 'sending', 'unknown'))
             order by o.outbox_id limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let phone: Option<String> = row.try_get(3)?;
                Ok(Outgoing {
                    id: row.try_get(0)?,
                    lane_id: row.try_get(1)?,
                    business: row.try_get(2)?,
                    phone: phone.and_then(|phone| Phone::parse(&phone).ok()),
                    user_id: row.try_get(4)?,
                    body: row.try_get(5)?,
                    attempts: row.try_get(6)?,
                    opted_out: row.try_get(7)?,
                    last_message_at: row.try_get(8)?,
                })
            })
            .collect()
    }
}

impl crate::outbox::Outbox for Store {
    async fn begin(&self, ids: Vec<i64>) -> anyhow::Result<Vec<i64>> {
        Ok(self.outbox_begin(ids).await?)
    }

    async fn finished(&self, id: i64, result: SendResult, now: i64) -> anyhow::Result<()> {
        Ok(self.send_finished(id, result, now).await?)
    }

    async fn due(&self, now: i64, limit: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(self.outbox_due(now, limit).await?)
    }
}
