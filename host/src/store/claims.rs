//! A claimed lane with all that its turn needs, in one row.

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::types::{Claim, Lane, Message, Person};
use crate::{
    agent::types::{Content, FlowState, Place, Point},
    phone::Phone,
    session::Session,
};

/// The lanes that this batch claimed or kept, each with its head.
pub(super) const SELECT: &str = "
select 'claim', l.lane_id, l.epoch, m.message_id, m.business, m.wamid, m.kind, m.content, m.agent, m.sent_at, m.received_at, m.attempts,
    p.person_id, p.bucket, p.phone, p.user_id, p.name, p.language, p.lat, p.lng, p.place, p.opted_out_at is not null, p.created_at,
    p.taken_over_by is not null,
    s.id, s.current_agent, s.active_flow, s.flow_step, s.collected_data, s.conversation_history, s.offered,
    cast(round(unixepoch(s.created_at, 'subsec') * 1000) as integer), cast(round(unixepoch(s.last_message_at, 'subsec') * 1000) as integer)
from lane as l
join message as m on m.message_id = (select message_id from message where lane_id = l.lane_id and state = 'queued' and ready_at <= {now}
                                     order by message_id limit 1)
join person as p using (person_id)
left join unified_sessions as s on s.user_id = l.person_id and s.business_number = l.business and s.status = 'active'
where l.lane_id in (select value from json_each({heads})) and l.claimed_in = {batch};
";

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &SqliteRow) -> Result<Claim, sqlx::Error> {
    let content: String = row.try_get(7)?;
    let content = serde_json::from_str(&content).unwrap_or_else(|_| Content::Unsupported("unreadable".into()));
    let message = Message {
        id: row.try_get(3)?,
        business: row.try_get(4)?,
        wamid: row.try_get(5)?,
        kind: row.try_get(6)?,
        content,
        agent: row.try_get(8)?,
        sent_at: row.try_get(9)?,
        received_at: row.try_get(10)?,
        attempts: row.try_get(11)?,
    };
    let (lat, lng): (Option<f64>, Option<f64>) = (row.try_get(18)?, row.try_get(19)?);
    let point = lat.zip(lng).map(|(latitude, longitude)| Point { latitude, longitude });
    let name: Option<String> = row.try_get(20)?;
    let person = Person {
        id: uuid(row.try_get(12)?),
        bucket: u16::try_from(row.try_get::<i64, _>(13)?).unwrap_or_default(),
        phone: row.try_get::<Option<String>, _>(14)?.and_then(|phone| Phone::parse(&phone).ok()),
        user_id: row.try_get(15)?,
        name: row.try_get(16)?,
        language: row.try_get(17)?,
        place: (point.is_some() || name.is_some()).then_some(Place { point, name, address: None }),
        opted_out: row.try_get(21)?,
        created_at: row.try_get(22)?,
        taken_over: row.try_get(23)?,
    };
    let lane = Lane { id: row.try_get(1)?, epoch: row.try_get(2)? };
    Ok(Claim { lane, message, person, session: session(row)? })
}

/// Reads several.
pub(super) fn read_all(rows: &[SqliteRow]) -> Result<Vec<Claim>, sqlx::Error> {
    rows.iter().map(read).collect()
}

fn session(row: &SqliteRow) -> Result<Option<Session>, sqlx::Error> {
    let Some(id) = row.try_get::<Option<String>, _>(24)? else { return Ok(None) };
    let flow: Option<String> = row.try_get(26)?;
    let flow = match flow {
        Some(flow) => {
            let step = row.try_get::<Option<String>, _>(27)?.unwrap_or_default();
            Some(FlowState { flow, step, data: row.try_get(28)? })
        }
        None => None,
    };
    let history: String = row.try_get(29)?;
    let offered: Option<String> = row.try_get(30)?;
    Ok(Some(Session {
        id: uuid(id),
        agent: row.try_get(25)?,
        flow,
        history: serde_json::from_str(&history).unwrap_or_default(),
        offered: offered.and_then(|offered| serde_json::from_str(&offered).ok()),
        created_at: row.try_get(31)?,
        last_message_at: row.try_get(32)?,
    }))
}

/// Our own ids are written by us; a row that somebody changed by hand reads as nil rather than failing its lane.
pub(super) fn uuid(text: String) -> Uuid {
    text.parse().unwrap_or_default()
}
