//! A claimed lane with all that its turn needs, as a JSON array; all that a batch claimed come in one row.
//!
//! Columns would come from Postgres as texts, each looked up and copied: a row of that many for each claim costs several times what JSON
//! costs.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    burst, stored,
    types::{Claim, Lane, Message, Person},
    value::uuid,
};
use switchboard_core::{
    contract::types::{FlowState, Place, Point},
    inbox::Kind,
    phone::{Address, Phone},
    session::Session,
};

/// A claim as the database gave it.
pub(super) type Claimed = Box<RawValue>;

/// The lanes that this batch claimed or kept, each with its head. Head and session are found by subselects: their indexes are the only
/// way to them, however small a plan thinks the tables are. Casts: SQLite has no JSON of bytes, which a column of texts may hold there.
pub(super) const SELECT: &str = "
select json_object_agg(l.lane_id, json_build_array(
    l.lane_id, l.epoch, m.message_id, m.business, m.wamid, m.kind, cast(m.content as text), m.agent, m.sent_at, m.received_at, m.attempts, l.claims,
    m.template, m.until_at, m.depth, m.quotes,
    p.person_id::text, p.bucket, p.phone, p.user_id, p.name, p.language, p.lat, p.lng, p.place, (p.opted_out_at is not null)::int,
    p.created_at, (p.taken_over_by is not null and coalesce(p.taken_over_until > {now}, true))::int,
    s.id::text, s.current_agent, s.active_flow, s.flow_step, cast(s.collected_data as text),
    cast(s.conversation_history as text), cast(s.offered as text),
    ms(s.created_at), ms(s.last_message_at), s.agent_version, cast(s.kept_flow as text), cast(s.open_things as text), l.wrote_at,
    (m.kind = 'message' and m.received_at - m.sent_at > 3600000
        and exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued' and e.kind = 'message'
            and e.received_at - e.sent_at > 3600000 and (e.sent_at, e.message_id) > (m.sent_at, m.message_id) limit 1 offset 0))::int,
    coalesce(m.sender, l.address, p.phone, p.user_id), (coalesce(p.no_marketing_at, 0) > 0)::int, m.extras,
    case when m.quotes is null then 0 else (exists (select 1 from outbox as o where o.wamid = m.quotes and o.lane_id = m.lane_id
        and o.created_at >= ms(s.last_message_at) limit 1 offset 0))::int end,
    case when m.joins = 1 and m.attempts = 0 then m.ready_at - m.received_at end,
    case when m.joins = 1 and m.attempts < 2 and l.claims < 3 then (
        select json_agg(json_build_array(b.message_id, b.wamid, cast(b.content as text), b.sent_at, b.received_at))::text
        from message as b where b.lane_id = m.lane_id and b.state = 'queued' and b.joins = 1 and b.message_id > m.message_id
            and not exists (select 1 from message as x where x.lane_id = m.lane_id and x.state = 'queued' and x.joins = 0
                and x.message_id > m.message_id and x.message_id < b.message_id limit 1 offset 0) limit 1 offset 0) end,
    p.ticket, p.ticket_at))::text as claims
from lane as l
join message as m on m.message_id = (select message_id from message where lane_id = l.lane_id and state = 'queued' and ready_at <= {now}
                                     order by message_id limit 1)
join person as p using (person_id)
left join unified_sessions as s on s.id = (select id from unified_sessions where user_id = l.person_id and business_number = l.business
                                           and status = 'active' limit 1)
where l.lane_id = any (array(select value::bigint from texts({heads}) as t)) and l.claimed_in = {batch};
";

/// The columns of [`SELECT`], in their order.
#[derive(Deserialize)]
struct Columns {
    lane_id: i64,
    epoch: i64,
    message_id: i64,
    business: String,
    wamid: Option<String>,
    kind: Kind,
    content: String,
    agent: Option<String>,
    sent_at: i64,
    received_at: i64,
    attempts: i64,
    claims: i64,
    template: Option<String>,
    until_at: Option<i64>,
    depth: u32,
    quotes: Option<String>,
    person_id: String,
    /// Null for somebody who came through SQL and has not written yet.
    bucket: Option<i64>,
    phone: Option<String>,
    user_id: Option<String>,
    name: Option<String>,
    language: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    place: Option<String>,
    opted_out: u8,
    person_created_at: i64,
    taken_over: u8,
    session_id: Option<String>,
    current_agent: Option<String>,
    active_flow: Option<String>,
    flow_step: Option<String>,
    collected_data: Option<String>,
    history: Option<String>,
    offered: Option<String>,
    session_created_at: Option<i64>,
    last_message_at: Option<i64>,
    agent_version: Option<String>,
    kept_flow: Option<String>,
    open_things: Option<String>,
    wrote_at: i64,
    newer_waits: u8,
    address: Option<String>,
    no_marketing: u8,
    extras: Option<String>,
    is_on_last: u8,
    waited_ms: Option<i64>,
    /// The messages of the burst behind the head: id, wamid, content, sent, received. As an array or as its text: SQLite may put one for the other.
    others: Option<serde_json::Value>,
    ticket: Option<String>,
    ticket_at: Option<i64>,
}

/// The claims of a row of [`SELECT`], by lane, unread.
pub(super) fn by_lane(json: &str) -> Result<HashMap<i64, Claimed>, serde_json::Error> {
    serde_json::from_str(json)
}

/// Reads a claim. `bucket_of` gives the bucket of somebody who has none yet, from their number or else their user id, as the writer
/// does for a new person.
pub(super) fn read(claimed: &Claimed, bucket_of: fn(&str) -> u16) -> Result<Claim, serde_json::Error> {
    let columns: Columns = serde_json::from_str(claimed.get())?;
    let known_by = columns.phone.as_deref().or(columns.user_id.as_deref()).unwrap_or_default();
    let bucket = columns.bucket.and_then(|bucket| u16::try_from(bucket).ok()).unwrap_or_else(|| bucket_of(known_by));
    let mut message = Message {
        id: columns.message_id,
        business: columns.business,
        wamid: columns.wamid,
        kind: columns.kind,
        content: stored::content(&columns.content, columns.message_id),
        agent: columns.agent,
        sent_at: columns.sent_at,
        received_at: columns.received_at,
        waited_ms: columns.waited_ms.map(|waited| waited.max(0)),
        extras: stored::optional(columns.extras, "extras").unwrap_or_default(),
        is_on_last: columns.is_on_last != 0,
        failures: columns.attempts,
        crashes: (columns.claims - 1).max(0),
        template: stored::optional(columns.template, "template"),
        until: columns.until_at,
        depth: columns.depth,
        quotes: columns.quotes,
    };
    let burst = burst::of(&mut message, columns.others)?;
    let point = columns.lat.zip(columns.lng).map(|(latitude, longitude)| Point { latitude, longitude });
    let name = columns.place;
    let person = Person {
        id: uuid(columns.person_id),
        bucket,
        phone: columns.phone.and_then(|phone| Phone::parse(&phone).ok()),
        user_id: columns.user_id,
        name: columns.name,
        language: columns.language,
        place: (point.is_some() || name.is_some()).then_some(Place { point, name, address: None }),
        opted_out: columns.opted_out != 0,
        created_at: columns.person_created_at,
        taken_over: columns.taken_over != 0,
        no_marketing: columns.no_marketing != 0,
        ticket: columns.ticket.zip(columns.ticket_at),
    };
    let flow = columns.active_flow.map(|flow| FlowState {
        flow,
        step: columns.flow_step.unwrap_or_default(),
        data: columns.collected_data.unwrap_or_else(|| "{}".into()),
    });
    let session = columns.session_id.map(|id| Session {
        id: uuid(id),
        agent: columns.current_agent.unwrap_or_default(),
        flow,
        history: stored::optional(columns.history, "conversation_history").unwrap_or_default(),
        offered: stored::optional(columns.offered, "offered"),
        created_at: columns.session_created_at.unwrap_or_default(),
        last_message_at: columns.last_message_at.unwrap_or_default(),
        version: columns.agent_version,
        kept: stored::optional(columns.kept_flow, "kept_flow"),
        open: stored::optional(columns.open_things, "open_things").unwrap_or_default(),
    });
    let lane = Lane { id: columns.lane_id, epoch: columns.epoch };
    let address = columns.address.as_deref().map(Address::parse);
    Ok(Claim {
        lane,
        message,
        person,
        address,
        session,
        wrote_at: columns.wrote_at,
        newer_waits: columns.newer_waits != 0,
        burst,
    })
}

/// What is left of a claim that cannot be read: enough to give its message up.
pub(super) struct Damaged {
    pub(super) lane: Lane,
    pub(super) message_id: i64,
    pub(super) business: String,
}

impl Damaged {
    /// The first columns of [`SELECT`], whatever the others hold; none if even these cannot be read.
    pub(super) fn of(claimed: &Claimed) -> Option<Damaged> {
        let columns: Vec<serde_json::Value> = serde_json::from_str(claimed.get()).ok()?;
        let number = |n: usize| columns.get(n).and_then(serde_json::Value::as_i64);
        Some(Damaged {
            lane: Lane { id: number(0)?, epoch: number(1)? },
            message_id: number(2)?,
            business: columns.get(3).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
        })
    }
}
