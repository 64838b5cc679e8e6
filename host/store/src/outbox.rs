//! The path's own operations: ingest, settle, claims, and the outbox's life.

use super::{
    SettleError, Store, StoreError, claims,
    db::Arg,
    db::Pool,
    op::Op,
    postgres,
    prepared::Prepared,
    types::{Claim, Ingested, Lane, Outgoing, SendResult, Settled, Settlement},
};
use std::sync::atomic::Ordering;

use switchboard_core::{
    effect::{Effect, Write},
    inbox::Delivery,
    phone::Phone,
};
use uuid::Uuid;

/// Which part of the outbox is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// What goes to people.
    Person,
    /// What goes to the legacy service.
    Legacy,
}

impl Store {
    /// Stores a delivery with all it holds; returns after the commit.
    pub async fn ingest(&self, delivery: Delivery) -> Result<Ingested, StoreError> {
        let (ingested, claimed) = self.inner.writer.ask(|answer| Op::Ingest(delivery, answer)).await??;
        Ok(Ingested { claimed: claims::read_all(&claimed)?, ..ingested })
    }

    /// Commits all of a turn, if its lease still holds.
    pub async fn settle(&self, settlement: Settlement) -> Result<Settled, SettleError> {
        let prepared = Some(Box::new(Prepared::of(&settlement)));
        let forgets = settlement.effects.iter().any(|effect| effect.write == Write::Forget);
        let notified = |effect: &Effect| match effect.write {
            Write::Notify { person, .. } => Some(person),
            _ => None,
        };
        let (notified, now): (Vec<Uuid>, i64) =
            (settlement.effects.iter().filter_map(notified).collect(), settlement.now);
        let settlement = Box::new(settlement);
        let (settled, next) = self.inner.writer.ask(|answer| Op::Settle { settlement, prepared, answer }).await??;
        self.inner.forgetting.fetch_or(forgets, Ordering::Relaxed);
        let next = next.as_ref().map(claims::read).transpose()?;
        let woken = match notified.is_empty() {
            true => Vec::new(),
            false => self.bring_to(&notified, now).await.unwrap_or_else(|failed| {
                // The next look brings them.
                tracing::warn!("notices could not be brought at once: {failed}");
                Vec::new()
            }),
        };
        Ok(Settled { next, woken, ..settled })
    }

    /// Puts a message back after a failure of ours: it keeps its place and waits until `at`, and so does its lane.
    pub async fn postpone(&self, lane: Lane, message_id: i64, at: i64, reason: &str) -> Result<(), StoreError> {
        let put_back = "update message set attempts = attempts + 1, ready_at = $3, error = $4 where message_id = $2
            and exists (select 1 from lane where lane_id = $1 and epoch = $5)";
        let values = vec![lane.id.into(), message_id.into(), at.into(), reason.into(), lane.epoch.into()];
        self.inner.writer.plain(put_back, values).await?;
        let let_go = "update lane set lease_owner = null, lease_until = 0 where lane_id = $1 and epoch = $2";
        self.inner.writer.plain(let_go, vec![lane.id.into(), lane.epoch.into()]).await.map(drop)
    }

    /// Claims lanes that nobody woke: due retries, grown placeholders, leases run out. Longest wait first.
    pub async fn claim_due(&self, now: i64, limit: i64) -> Result<Vec<Claim>, StoreError> {
        let rows = self
            .query(
                "select m.lane_id from message as m join lane as l using (lane_id)
                 where m.state = 'queued' and m.ready_at <= $1 and (l.lease_owner is null or l.lease_until < $1)
                   and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued' and e.ready_at > $1
                                   and e.message_id < m.message_id and e.kind <> 'placeholder')
                 group by m.lane_id order by min(m.message_id) limit $2",
            )
            .bind(now)
            .bind(limit)
            .all()
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let lanes = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let claimed = self.inner.writer.ask(|answer| Op::Claim { lanes, now, answer }).await??;
        claims::read_all(&claimed)
    }

    /// Keeps the leases of these lanes alive, if they are still this process's; and what a process that is gone was sending may
    /// have arrived: it waits for a status.
    pub async fn renew(&self, lanes: &[i64], now: i64) -> Result<(), StoreError> {
        if let Pool::Postgres { pool, .. } = &self.inner.readers {
            postgres::correct(&self.inner.options.clock, pool).await?;
        }
        let sql = "update lane set lease_until = $1 where lease_owner = $2 and lane_id = any (array(select value::bigint from texts($3::jsonb) as t))";
        let lanes = serde_json::json!(lanes).to_string();
        let values = vec![(now + super::LEASE_MS).into(), self.inner.writer.node.as_str().into(), lanes.into()];
        self.inner.writer.plain(sql, values).await?;
        let sql = "update outbox set state = case when unknowns > 0 then 'dead' else 'unknown' end, unknowns = unknowns + 1, run_at = $2,
                error = 'the host stopped while sending' where state in ('queued', 'sending', 'unknown') and state = 'sending' and run_at < $1";
        let until = now + self.inner.options.unknown_wait_ms;
        self.inner.writer.plain(sql, vec![now.into(), until.into()]).await.map(drop)
    }

    /// Lets go of all lanes of this process, at its end: what was running is answered by whoever claims them next.
    pub async fn let_go(&self) -> Result<(), StoreError> {
        let sql = "update lane set lease_owner = null, lease_until = 0 where lease_owner = $1";
        self.inner.writer.plain(sql, vec![self.inner.writer.node.as_str().into()]).await.map(drop)
    }

    /// Puts held messages back into their lanes; gives their number.
    pub async fn release_held(&self, now: i64) -> Result<u64, StoreError> {
        let sql = "update message set state = 'queued', ready_at = $1 where state = 'held'";
        self.inner.writer.plain(sql, vec![Arg::from(now)]).await
    }

    /// Gives what could not be forwarded another try; gives their number.
    pub async fn retry_forwards(&self, now: i64) -> Result<u64, StoreError> {
        let sql = "update outbox set state = 'queued', attempts = 0, unknowns = 0, run_at = $1 where state = 'dead' and url is not null and body <> '{}'";
        self.inner.writer.plain(sql, vec![Arg::from(now)]).await
    }

    /// The raw body that a message came in, while it is kept.
    pub async fn raw_of(&self, message_id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "select d.body from delivery as d join message as m using (delivery_id) where m.message_id = $1";
        Ok(self.query(sql).bind(message_id).maybe().await?)
    }

    /// The domain of what was last forwarded from a lane.
    pub async fn last_forward(&self, lane_id: i64) -> Result<Option<String>, StoreError> {
        let sql = "select agent from outbox where lane_id = $1 and url is not null and agent <> '' order by outbox_id desc limit 1";
        Ok(self.query(sql).bind(lane_id).maybe().await?)
    }

    /// Marks replies as being sent, before they are: after a crash, whatever bears this mark may have arrived. Gives
    /// those that were marked: a status may have said meanwhile that one has arrived.
    pub async fn outbox_begin(&self, ids: Vec<i64>, now: i64) -> Result<Vec<i64>, StoreError> {
        self.inner.writer.ask(|answer| Op::SendBegins { ids, now, answer }).await?
    }

    /// Notes what came of a send. What a status already said of it stands.
    pub async fn send_finished(&self, id: i64, result: SendResult, now: i64) -> Result<(), StoreError> {
        self.inner.writer.ask(|answer| Op::SendEnded { id, result, now, answer }).await?
    }

    /// Replies that nobody has in hand: retries, leftovers of a crash, and unknown ones whose wait is over. Only the first
    /// unsent one of each lane: a person's replies go out in order.
    pub async fn outbox_due(&self, to: To, now: i64, limit: i64) -> Result<Vec<Outgoing>, StoreError> {
        let rows = self.query(
            "select o.outbox_id, o.lane_id, l.business, p.phone, p.user_id, o.body, o.attempts,
                    coalesce(p.opted_out_at > o.created_at, false),
                    coalesce(ms(s.last_message_at), 0), o.url
             from outbox as o join lane as l using (lane_id) join person as p using (person_id)
             left join unified_sessions as s on s.user_id = l.person_id and s.business_number = l.business and s.status = 'active'
             where o.state in ('queued', 'sending', 'unknown') and o.state <> 'sending' and o.run_at <= $1
               and (o.url is not null) = $3
               and not exists (select 1 from outbox as e where e.lane_id = o.lane_id and e.outbox_id < o.outbox_id
                               and (e.url is null) = (o.url is null) and e.state in ('queued', 'sending', 'unknown'))
             order by o.outbox_id limit $2",
        )
        .bind(now)
        .bind(limit)
        .bind(to == To::Legacy)
        .all()
        .await?;
        rows.iter()
            .map(|row| {
                let phone: Option<String> = row.get(3)?;
                Ok(Outgoing {
                    id: row.get(0)?,
                    lane_id: row.get(1)?,
                    business: row.get(2)?,
                    phone: phone.and_then(|phone| Phone::parse(&phone).ok()),
                    user_id: row.get(4)?,
                    body: row.get(5)?,
                    attempts: row.get(6)?,
                    opted_out: row.get(7)?,
                    last_message_at: row.get(8)?,
                    url: row.get(9)?,
                })
            })
            .collect()
    }
}
