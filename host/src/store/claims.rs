//! A claimed lane with all that its turn needs, in one row.

use uuid::Uuid;

use super::{
    db::Row,
    types::{Claim, Lane, Message, Person},
};
use crate::{
    agent::types::{Content, FlowState, Place, Point},
    phone::Phone,
    session::Session,
};

/// The lanes that this batch claimed or kept, each with its head. Head and session are found by subselects: their indexes are the only
/// way to them, however small a plan thinks the tables are.
pub(super) const SELECT: &str = "
select 'claim', l.lane_id, l.epoch, m.message_id, m.business, m.wamid, m.kind, m.content, m.agent, m.sent_at, m.received_at, m.attempts,
    p.person_id::text, p.bucket, p.phone, p.user_id, p.name, p.language, p.lat, p.lng, p.place, p.opted_out_at is not null, p.created_at,
    p.taken_over_by is not null,
    s.id::text, s.current_agent, s.active_flow, s.flow_step, s.collected_data::text, s.conversation_history::text, s.offered::text,
    ms(s.created_at), ms(s.last_message_at), s.agent_version, s.kept_flow::text
from lane as l
join message as m on m.message_id = (select message_id from message where lane_id = l.lane_id and state = 'queued' and ready_at <= {now}
                                     order by message_id limit 1)
join person as p using (person_id)
left join unified_sessions as s on s.id = (select id from unified_sessions where user_id = l.person_id and business_number = l.business
                                           and status = 'active' limit 1)
where l.lane_id in (select value::bigint from texts({heads}) as t) and l.claimed_in = {batch};
";

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row) -> Result<Claim, sqlx::Error> {
    let content: String = row.get(7)?;
    let content = serde_json::from_str(&content).unwrap_or_else(|_| Content::Unsupported("unreadable".into()));
    let message = Message {
        id: row.get(3)?,
        business: row.get(4)?,
        wamid: row.get(5)?,
        kind: row.get(6)?,
        content,
        agent: row.get(8)?,
        sent_at: row.get(9)?,
        received_at: row.get(10)?,
        attempts: row.get(11)?,
    };
    let (lat, lng): (Option<f64>, Option<f64>) = (row.get(18)?, row.get(19)?);
    let point = lat.zip(lng).map(|(latitude, longitude)| Point { latitude, longitude });
    let name: Option<String> = row.get(20)?;
    let person = Person {
        id: uuid(row.get(12)?),
        bucket: u16::try_from(row.get::<i64>(13)?).unwrap_or_default(),
        phone: row.get::<Option<String>>(14)?.and_then(|phone| Phone::parse(&phone).ok()),
        user_id: row.get(15)?,
        name: row.get(16)?,
        language: row.get(17)?,
        place: (point.is_some() || name.is_some()).then_some(Place { point, name, address: None }),
        opted_out: row.get(21)?,
        created_at: row.get(22)?,
        taken_over: row.get(23)?,
    };
    let lane = Lane { id: row.get(1)?, epoch: row.get(2)? };
    Ok(Claim { lane, message, person, session: session(row)? })
}

/// Reads several.
pub(super) fn read_all(rows: &[Row]) -> Result<Vec<Claim>, sqlx::Error> {
    rows.iter().map(read).collect()
}

fn session(row: &Row) -> Result<Option<Session>, sqlx::Error> {
    let Some(id) = row.get::<Option<String>>(24)? else { return Ok(None) };
    let flow: Option<String> = row.get(26)?;
    let flow = match flow {
        Some(flow) => {
            let step = row.get::<Option<String>>(27)?.unwrap_or_default();
            Some(FlowState { flow, step, data: row.get(28)? })
        }
        None => None,
    };
    let history: String = row.get(29)?;
    let offered: Option<String> = row.get(30)?;
    Ok(Some(Session {
        id: uuid(id),
        agent: row.get(25)?,
        flow,
        history: serde_json::from_str(&history).unwrap_or_default(),
        offered: offered.and_then(|offered| serde_json::from_str(&offered).ok()),
        created_at: row.get(31)?,
        last_message_at: row.get(32)?,
        version: row.get(33)?,
        kept: row.get::<Option<String>>(34)?.and_then(|kept| serde_json::from_str(&kept).ok()),
    }))
}

/// Our own ids are written by us; a row that somebody changed by hand reads as nil rather than failing its lane.
pub(super) fn uuid(text: String) -> Uuid {
    text.parse().unwrap_or_default()
}
