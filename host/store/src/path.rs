//! The path's own operations: ingest, settle, and claims of lanes.

use super::{
    SettleError, Store, StoreError,
    claims::Claimed,
    db::Arg,
    db::Pool,
    effect_rows::Written,
    op::{Op, Part, SettledRows},
    postgres,
    prepared::Prepared,
    settlement::{Settled, Settlement},
    types::{Claim, Ingested, Lane},
};
use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use switchboard_core::{
    act::{Act, Actor},
    effect::{Effect, Write},
    inbox::Delivery,
};
use uuid::Uuid;

/// Items of a delivery that are stored in one commit.
pub const ITEMS_MAX: usize = 1_000;

impl Store {
    /// Stores a delivery with all it holds; returns after the commit. One with more than [`ITEMS_MAX`] items is stored in parts, and the
    /// lanes of the first part alone are claimed: the others are found when lanes are looked for, as many as there is room for. If it
    /// fails in between, what is stored is known when the delivery comes again.
    pub async fn ingest(&self, mut delivery: Delivery) -> Result<Ingested, StoreError> {
        let now = delivery.received_at;
        let mut rest = delivery.items.split_off(delivery.items.len().min(ITEMS_MAX));
        let forwards = delivery.forwards;
        let (mut ingested, claimed) = self.ingest_part(Part { delivery, of: None }).await?;
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(ITEMS_MAX));
            let items = std::mem::replace(&mut rest, after);
            let delivery = Delivery { body: Bytes::new(), received_at: now, items, unreadable: None, forwards };
            let part = Part { delivery, of: Some(ingested.delivery) };
            let (more, _) = self.ingest_part(part).await?;
            ingested.new += more.new;
            ingested.known += more.known;
            ingested.waiting.extend(more.waiting);
            ingested.bursts.extend(more.bursts);
        }
        Ok(Ingested { claimed: self.read_claims(claimed, now).await, ..ingested })
    }

    async fn ingest_part(&self, part: Part) -> Result<(Ingested, Vec<Claimed>), StoreError> {
        self.inner.writer.ask(|answer| Op::Ingest(part, answer)).await?
    }

    /// Commits all of a turn, if its lease still holds.
    pub async fn settle(&self, settlement: impl Into<Arc<Settlement>>) -> Result<Settled, SettleError> {
        let settlement = settlement.into();
        let now = settlement.now;
        let forgets = settlement.effects.iter().any(|effect| effect.write == Write::Forget);
        let notified = |effect: &Effect| match effect.write {
            Write::Notify { person, .. } => Some(person),
            _ => None,
        };
        let notified: Vec<Uuid> = settlement.effects.iter().filter_map(notified).collect();
        let (settled, next) = self.commit(settlement).await?;
        self.inner.forgetting.fetch_or(forgets, Ordering::Relaxed);
        let next = match next {
            Some(next) => self.read_claim(next, now).await,
            None => None,
        };
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

    /// Has a settlement committed; its claims come back unread.
    pub(super) async fn commit(&self, settlement: Arc<Settlement>) -> Result<SettledRows, SettleError> {
        let prepared = Some(Box::new(Prepared::of(&settlement)));
        let written = Arc::new(Written::of(&settlement));
        self.inner.writer.ask(|answer| Op::Settle { settlement, prepared, written, answer }).await?
    }

    /// Puts a message back after a failure of ours: it keeps its place and waits until `at`, and so does its lane.
    pub async fn postpone(&self, lane: Lane, message_id: i64, at: i64, reason: &str) -> Result<(), StoreError> {
        let put_back = "update message set attempts = attempts + 1, ready_at = $3, error = $4 where message_id = $2
            and exists (select 1 from lane where lane_id = $1 and epoch = $5)";
        let values = vec![lane.id.into(), message_id.into(), at.into(), reason.into(), lane.epoch.into()];
        self.inner.writer.plain(put_back, values).await?;
        let let_go =
            "update lane set lease_owner = null, lease_until = 0, claims = 0 where lane_id = $1 and epoch = $2";
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
        self.claim(lanes, now).await
    }

    /// Claims those of some lanes that are free and due.
    pub async fn claim(&self, lanes: Vec<i64>, now: i64) -> Result<Vec<Claim>, StoreError> {
        let claimed = self.inner.writer.ask(|answer| Op::Claim { lanes, now, answer }).await??;
        Ok(self.read_claims(claimed, now).await)
    }

    /// How long a message waits for more of its thought; 0: not at all.
    pub fn burst_wait_ms(&self) -> i64 {
        self.inner.options.burst.wait_ms
    }

    /// Keeps the leases of these lanes alive, if they are still this process's.
    pub async fn renew(&self, lanes: &[i64], now: i64) -> Result<(), StoreError> {
        if let Pool::Postgres { pool, .. } = &self.inner.readers {
            postgres::correct(&self.inner.options.clock, pool).await?;
        }
        let sql = "update lane set lease_until = $1 where lease_owner = $2 and lane_id = any (array(select value::bigint from texts($3::jsonb) as t))";
        let lanes = serde_json::json!(lanes).to_string();
        let values = vec![(now + super::LEASE_MS).into(), self.inner.writer.node.as_str().into(), lanes.into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }

    /// Lets go of all lanes of this process, at its end: what was running is answered by the host that claims them next, and is not charged
    /// with that end.
    pub async fn let_go(&self) -> Result<(), StoreError> {
        let node = || vec![self.inner.writer.node.as_str().into()];
        let sends = "update lane set send_owner = null, send_until = 0 where send_owner = $1";
        self.inner.writer.plain(sends, node()).await?;
        let turns = "update lane set lease_owner = null, lease_until = 0, claims = 0 where lease_owner = $1";
        self.inner.writer.plain(turns, node()).await.map(drop)
    }

    /// Puts held messages back into their lanes; gives their number.
    pub async fn release_held(&self, actor: &Actor, now: i64) -> Result<u64, StoreError> {
        let sql = "update message set state = 'queued', ready_at = $1, joins = 0 where state = 'held'";
        self.audited(sql, vec![Arg::from(now)], actor, Act::on("messages.release", "held")).await
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
}
