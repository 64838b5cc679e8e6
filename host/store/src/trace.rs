//! One message, followed through all tables: what `switchboard trace` and the console show.
//!
//! The chain is `message.wamid` → `message_id` → `unified_agent_events.correlation_id` (`turn-<message_id>`) and `journal.message_id` →
//! `outbox.message_id` → `outbox.wamid` → `status.wamid`.

use serde::Serialize;
use uuid::Uuid;

use crate::{Store, StoreError, db::Row, time::iso, value::uuid};
use switchboard_core::{phone::Phone, quota::DAY_MS};

/// How far the clocks of two hosts may differ.
const CLOCKS_MS: i64 = 60_000;

/// A message, and all that became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Traced {
    /// The message.
    pub message: TracedMessage,
    /// Who wrote it, or whom it was for; none if the sender could not be told.
    pub person: Option<TracedPerson>,
    /// The events of its turns, the oldest first.
    pub events: Vec<TracedEvent>,
    /// The journals of its turns, compressed, the oldest first: epoch, time in milliseconds, body.
    #[serde(skip)]
    pub journals: Vec<(i64, i64, Vec<u8>)>,
    /// What was sent because of it, in order.
    pub sends: Vec<TracedSend>,
}

/// A row of `message`.
#[derive(Clone, Debug, Serialize)]
pub struct TracedMessage {
    /// Its id; its turn is called `turn-<id>`.
    pub id: i64,
    /// Meta's id; none of what the host queued.
    pub wamid: Option<String>,
    /// The business number's id.
    pub business: String,
    /// `message`, `notice`, `echo` and others.
    pub kind: String,
    /// `queued`, `answered`, `held`, `dead` or `stored`.
    pub state: String,
    /// The contract's content, as JSON.
    pub content: String,
    /// Of a notice: the agent it is for.
    pub agent: Option<String>,
    /// When it was sent, by Meta's time, in milliseconds.
    pub sent_at: i64,
    /// When it was received, in milliseconds.
    pub received_at: i64,
    /// When it is or was due, in milliseconds.
    pub ready_at: i64,
    /// How often its turn failed.
    pub attempts: i64,
    /// Why its turn failed last.
    pub error: Option<String>,
    /// Why it has no answer, if it wants none: see [`Unanswered`](crate::Unanswered).
    pub why: Option<String>,
    /// The host that answered it.
    pub host: Option<String>,
    /// The delivery that it came in, if that is still kept.
    pub delivery: Option<i64>,
    /// The host that received it.
    pub received_by: Option<String>,
    /// Who works on its lane now.
    pub claimed_by: Option<String>,
    /// Since when it waits behind an earlier message of its lane: that one's id.
    pub behind: Option<i64>,
}

/// What matters of the person.
#[derive(Clone, Debug, Serialize)]
pub struct TracedPerson {
    /// Their id.
    pub id: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// Their number; it prints masked.
    #[serde(skip)]
    pub phone: Option<Phone>,
    /// Since when they want no messages, in milliseconds.
    pub opted_out_at: Option<i64>,
    /// Who answers in the agents' place.
    pub taken_over_by: Option<String>,
    /// When they asked to be forgotten, in milliseconds.
    pub forgotten_at: Option<i64>,
    /// Ids of persons that were merged into them.
    pub merged: Vec<Uuid>,
    /// When they last wrote to that number, by Meta's time, in milliseconds; 0: never.
    pub wrote_at: i64,
}

/// A row of `unified_agent_events`.
#[derive(Clone, Debug, Serialize)]
pub struct TracedEvent {
    /// The agent that answered.
    pub agent: String,
    /// The reason of its route.
    pub reason: String,
    /// JSON: confidence, keywords, language, version, error.
    pub payload: String,
    /// How long the message took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// How long it waited for others of its person, in milliseconds.
    pub waited_ms: Option<i64>,
}

/// A row of `outbox`.
#[derive(Clone, Debug, Serialize)]
pub struct TracedSend {
    /// Its id; also our reference at Meta.
    pub id: i64,
    /// The agent that speaks.
    pub agent: String,
    /// `answer`, `notice`, `template` or `forward`.
    pub kind: String,
    /// `queued`, `sending`, `unknown`, `sent`, `barred`, `dead` or `discarded`.
    pub state: String,
    /// The body as it goes out.
    pub body: String,
    /// Attempts that were charged to it.
    pub attempts: i64,
    /// When it is due next, in milliseconds.
    pub run_at: i64,
    /// When it was queued, in milliseconds.
    pub created_at: i64,
    /// When it was last begun, in milliseconds.
    pub begun_at: Option<i64>,
    /// Meta's id of it.
    pub wamid: Option<String>,
    /// Why it was refused or barred, in Meta's words or ours.
    pub error: Option<String>,
    /// The host that began it last.
    pub host: Option<String>,
    /// Why its business number sends nothing now.
    pub rests: Option<String>,
    /// What Meta said of it, the oldest first.
    pub statuses: Vec<TracedStatus>,
}

/// A row of `status`.
#[derive(Clone, Debug, Serialize)]
pub struct TracedStatus {
    /// `sent`, `delivered`, `read`, `played` or `failed`.
    pub status: String,
    /// By Meta's time, in milliseconds.
    pub at: i64,
    /// In Meta's words.
    pub error: Option<String>,
    /// Whether it is billed.
    pub billable: Option<bool>,
}

/// A delivery that was refused since its signature was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedDelivery {
    /// When it came last, in milliseconds.
    pub at: i64,
    /// The host that refused it.
    pub host: String,
    /// How often it came.
    pub times: i64,
}

impl Store {
    /// The ids of the messages that carry a wamid, also as that of a reply to them; the latest first.
    pub async fn messages_of_wamid(&self, wamid: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self.query(OF_WAMID).bind(wamid).values().await?)
    }

    /// The ids of a person's messages, the latest first.
    pub async fn messages_of_person(&self, person: Uuid, limit: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "select m.message_id from message as m join lane as l using (lane_id) where l.person_id = $1::uuid
            order by m.message_id desc limit $2";
        Ok(self.query(sql).bind(person).bind(limit).values().await?)
    }

    /// A message and all that became of it; none if there is no such message any more.
    pub async fn trace(&self, message: i64) -> Result<Option<Traced>, StoreError> {
        let Some(row) = self.query(MESSAGE).bind(message).optional().await? else { return Ok(None) };
        let person: Option<String> = row.get(18)?;
        let wrote_at: Option<i64> = row.get(19)?;
        let person_id = person.clone().map(uuid).unwrap_or_default();
        let person = match person.map(uuid) {
            Some(person) => self.traced_person(person, wrote_at.unwrap_or_default()).await?,
            None => None,
        };
        let message = message_of(&row)?;
        let journals = self.query(JOURNALS).bind(message.id).all().await?;
        let journal = |row: &Row| -> Result<_, sqlx::Error> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
        let journals: Vec<(i64, i64, Vec<u8>)> = journals.iter().map(journal).collect::<Result<_, sqlx::Error>>()?;
        let sends = self.traced_sends(message.id).await?;
        // An event is written with its journal and its replies, so their time finds it without an index of its own.
        let settled = journals.iter().map(|(_, at, _)| *at).chain(sends.iter().map(|send| send.created_at)).max();
        let until = settled.unwrap_or(message.received_at + DAY_MS);
        let events = self.query(EVENTS).bind(format!("turn-{}", message.id)).bind(person_id).bind(message.id);
        let events = events.bind(iso(message.received_at - CLOCKS_MS)).bind(iso(until)).all().await?;
        Ok(Some(Traced {
            sends,
            events: events.iter().map(event_of).collect::<Result<_, _>>()?,
            journals,
            message,
            person,
        }))
    }

    async fn traced_person(&self, id: Uuid, wrote_at: i64) -> Result<Option<TracedPerson>, StoreError> {
        let sql =
            "select name, opted_out_at, taken_over_by, forgotten_at, phone from person where person_id = $1::uuid";
        let Some(row) = self.query(sql).bind(id).optional().await? else { return Ok(None) };
        let merged = self
            .query("select merged_person_id::text from person_merge where person_id = $1::uuid order by merged_at")
            .bind(id)
            .values::<String>()
            .await?;
        Ok(Some(TracedPerson {
            id,
            name: row.get(0)?,
            phone: row.get::<Option<String>>(4)?.and_then(|phone| Phone::parse(&phone).ok()),
            opted_out_at: row.get(1)?,
            taken_over_by: row.get(2)?,
            forgotten_at: row.get(3)?,
            merged: merged.into_iter().map(uuid).collect(),
            wrote_at,
        }))
    }

    async fn traced_sends(&self, message: i64) -> Result<Vec<TracedSend>, StoreError> {
        let rows = self.query(SENDS).bind(message).all().await?;
        let mut sends = rows.iter().map(send_of).collect::<Result<Vec<_>, _>>()?;
        for send in &mut sends {
            let Some(wamid) = &send.wamid else { continue };
            let rows = self.query(STATUSES).bind(wamid.as_str()).bind(message).all().await?;
            send.statuses = rows.iter().map(status_of).collect::<Result<_, _>>()?;
        }
        Ok(sends)
    }

    /// Notes wamids of deliveries whose signature was wrong; keeps the latest [`REFUSED_KEPT`].
    pub async fn note_refused(&self, wamids: &[(String, i64)]) -> Result<(), StoreError> {
        let sql = "insert into refused_delivery (wamid, at, host, times) values ($1, $2, $3, 1)
            on conflict (wamid) do update set at = excluded.at, host = excluded.host, times = refused_delivery.times + 1";
        for (wamid, at) in wamids {
            let values = vec![wamid.as_str().into(), (*at).into(), self.node().into()];
            self.inner.writer.plain(sql, values).await?;
        }
        let surplus = "delete from refused_delivery where at <
            (select at from refused_delivery order by at desc limit 1 offset $1)";
        self.inner.writer.plain(surplus, vec![REFUSED_KEPT.into()]).await.map(drop)
    }

    /// What is known of a delivery with this wamid that was refused.
    pub async fn refused_delivery(&self, wamid: &str) -> Result<Option<RefusedDelivery>, StoreError> {
        let sql = "select at, host, times from refused_delivery where wamid = $1";
        let Some(row) = self.query(sql).bind(wamid).optional().await? else { return Ok(None) };
        Ok(Some(RefusedDelivery { at: row.get(0)?, host: row.get(1)?, times: row.get(2)? }))
    }
}

/// Refused deliveries that are kept: strangers can make as many as they like.
pub const REFUSED_KEPT: i64 = 1_000;

/// The index of wamids begins with the business number, so each number is looked through: there are few.
const OF_WAMID: &str = "
with recursive number (business) as (
    select min(business) from message
    union all select (select min(m.business) from message as m where m.business > n.business) from number as n where n.business is not null)
select m.message_id from number as n join message as m on m.business = n.business and m.wamid = $1
union select message_id from outbox where wamid = $1 order by 1 desc limit 20";

const MESSAGE: &str = "
select m.message_id, m.wamid, m.business, m.kind, m.state, m.content, m.agent, m.sent_at, m.received_at, m.ready_at, m.attempts, m.error,
    m.why, m.host, m.delivery_id, d.host, case when l.lease_until > 0 then l.lease_owner end,
    (select min(e.message_id) from message as e where e.lane_id = m.lane_id and e.state = 'queued' and m.state = 'queued' and e.message_id < m.message_id),
    l.person_id::text, l.wrote_at
from message as m left join lane as l on l.lane_id = m.lane_id left join delivery as d on d.delivery_id = m.delivery_id
where m.message_id = $1";

const EVENTS: &str = "
select agent, reason, payload, duration_ms, waited_ms from (
    select coalesce(agent_type, '') as agent, coalesce(intent_type, '') as reason, payload::text as payload, duration_ms::bigint as duration_ms,
        waited_ms::bigint as waited_ms, id as place
    from unified_agent_events where user_id = $2::uuid and correlation_id = $1 and created_at >= $4::timestamptz and created_at <= $5::timestamptz
    union all
    select agent, reason, payload::text, duration_ms, waited_ms, epoch from test_event where message_id = $3) as e
order by place";

const JOURNALS: &str = "select epoch, created_at, body from journal where message_id = $1 order by epoch";

const SENDS: &str = "
select o.outbox_id, o.agent, o.kind, o.state, o.body, o.attempts, o.run_at, o.created_at, o.begun_at, o.wamid, o.error, o.host, b.rest_reason
from outbox as o join lane as l using (lane_id) left join business_number as b on b.business = l.business
where o.lane_id = (select lane_id from message where message_id = $1) and o.message_id = $1 order by o.outbox_id";

const STATUSES: &str = "
select s.status, s.at, s.error, s.billable from status as s
where s.wamid = $1 and s.business = (select business from message where message_id = $2) order by s.progress, s.at";

fn message_of(row: &Row) -> Result<TracedMessage, sqlx::Error> {
    Ok(TracedMessage {
        id: row.get(0)?,
        wamid: row.get(1)?,
        business: row.get(2)?,
        kind: row.get(3)?,
        state: row.get(4)?,
        content: row.get(5)?,
        agent: row.get(6)?,
        sent_at: row.get(7)?,
        received_at: row.get(8)?,
        ready_at: row.get(9)?,
        attempts: row.get(10)?,
        error: row.get(11)?,
        why: row.get(12)?,
        host: row.get(13)?,
        delivery: row.get(14)?,
        received_by: row.get(15)?,
        claimed_by: row.get(16)?,
        behind: row.get(17)?,
    })
}

fn event_of(row: &Row) -> Result<TracedEvent, sqlx::Error> {
    Ok(TracedEvent {
        agent: row.get(0)?,
        reason: row.get(1)?,
        payload: row.get(2)?,
        duration_ms: row.get(3)?,
        waited_ms: row.get(4)?,
    })
}

fn send_of(row: &Row) -> Result<TracedSend, sqlx::Error> {
    Ok(TracedSend {
        id: row.get(0)?,
        agent: row.get(1)?,
        kind: row.get(2)?,
        state: row.get(3)?,
        body: row.get(4)?,
        attempts: row.get(5)?,
        run_at: row.get(6)?,
        created_at: row.get(7)?,
        begun_at: row.get(8)?,
        wamid: row.get(9)?,
        error: row.get(10)?,
        host: row.get(11)?,
        rests: row.get(12)?,
        statuses: Vec::new(),
    })
}

fn status_of(row: &Row) -> Result<TracedStatus, sqlx::Error> {
    Ok(TracedStatus { status: row.get(0)?, at: row.get(1)?, error: row.get(2)?, billable: row.get(3)? })
}
