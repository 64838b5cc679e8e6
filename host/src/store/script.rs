//! The script of a batch: begin, every part that it needs, commit; one execution.
//!
//! sqlx hands each execution, and the result of each statement, from one thread to another, which costs more than the statement:
//! so a part is one statement for all of its rows. What every message writes comes as rows of bound values ([`Kind`]); rare or
//! short things come as JSON arrays ([`Once`]), since taking a wide row apart with `->>` costs far more than binding it.
//!
//! In a part, `{rows}` stands for its rows, and `{known}` or another name of [`Once`] for that value. Postgres runs the same
//! parts, one after the other: see [`postgres`](super::postgres).

use std::{collections::HashMap, sync::Arc};

use super::dialect::Dialect;

/// Rows that a part has room for. Few sizes, so that few distinct scripts exist and stay prepared; the room that is left is
/// filled with rows of nulls, which do nothing.
const ROOMS: [usize; 5] = [1, 4, 16, 64, 128];

/// The most rows of a part in one execution.
pub(super) const ROOM_MAX: usize = ROOMS[ROOMS.len() - 1];

/// The least room for so many rows.
pub(super) fn room(rows: usize) -> usize {
    ROOMS.into_iter().find(|room| *room >= rows).unwrap_or(ROOM_MAX)
}

/// A part of a batch's script, in the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Statements over values that the whole batch shares.
    Once(&'static str),
    /// One statement for all rows of a kind.
    Rows(Kind),
}

impl Part {
    /// Its text, with names in braces.
    pub(super) fn sql(&self) -> &'static str {
        match self {
            Part::Once(sql) => sql,
            Part::Rows(kind) => kind.sql(),
        }
    }
}

/// A value that the whole batch shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    Known,
    Merges,
    Statuses,
    Persons,
    Ended,
    Effects,
    Forget,
    Sends,
    /// Lanes to claim if they are free.
    Lanes,
    /// Lanes whose heads are wanted.
    Heads,
    FirstMessage,
    Now,
    Node,
    Batch,
}

impl Once {
    const ALL: [(Once, &'static str); 14] = [
        (Once::Known, "known"),
        (Once::Merges, "merges"),
        (Once::Statuses, "statuses"),
        (Once::Persons, "persons"),
        (Once::Ended, "ended"),
        (Once::Effects, "effects"),
        (Once::Forget, "forget"),
        (Once::Sends, "sends"),
        (Once::Lanes, "lanes"),
        (Once::Heads, "heads"),
        (Once::FirstMessage, "first_message"),
        (Once::Now, "now"),
        (Once::Node, "node"),
        (Once::Batch, "batch"),
    ];
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Person,
    Identity,
    Lane,
    Delivery,
    Message,
    Answered,
    NewSession,
    Session,
    Event,
    Journal,
    Reply,
    Release,
}

impl Kind {
    /// How many kinds there are.
    pub(super) const COUNT: usize = 12;

    /// The statement for all rows.
    fn sql(self) -> &'static str {
        match self {
            Kind::Person => PERSON,
            Kind::Identity => IDENTITY,
            Kind::Lane => LANE,
            Kind::Delivery => DELIVERY,
            Kind::Message => MESSAGE,
            Kind::Answered => ANSWERED,
            Kind::NewSession => NEW_SESSION,
            Kind::Session => SESSION,
            Kind::Event => EVENT,
            Kind::Journal => JOURNAL,
            Kind::Reply => REPLY,
            Kind::Release => RELEASE,
        }
    }

    /// How the values of a row are bound, one letter for each: an integer, a text or bytes.
    pub(super) fn wire(self) -> &'static str {
        match self {
            Kind::Person => "tittti",
            Kind::Identity => "ttt",
            Kind::Lane => "itt",
            Kind::Delivery => "iibt",
            Kind::Message => "iiitttttttiii",
            Kind::Answered => "ittt",
            Kind::NewSession => "tttttttttttttttt",
            Kind::Session => "tttttttttttt",
            Kind::Event => "tttttttttit",
            Kind::Journal => "iiib",
            Kind::Reply => "iiittiit",
            Kind::Release => "ii",
        }
    }

    /// How many values a row has.
    pub(super) fn values(self) -> usize {
        self.wire().len()
    }
}

/// A piece of a part's text.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Rows,
    Once(Once),
}

/// A text in pieces: what is named in braces, and what lies between. Other braces are text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let mut from = 0;
    while let Some(open) = rest[from..].find('{').map(|at| from + at) {
        let name = rest[open + 1..].split('}').next().unwrap_or_default();
        let once = Once::ALL.into_iter().find(|(_, known)| *known == name).map(|(once, _)| Piece::Once(once));
        let Some(piece) = once.or_else(|| (name == "rows").then_some(Piece::Rows)) else {
            from = open + 1;
            continue;
        };
        pieces.extend([Piece::Text(&rest[..open]), piece]);
        (rest, from) = (&rest[open + name.len() + 2..], 0);
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// A script, and what is to be bound to it.
pub(super) struct Script {
    pub(super) sql: Arc<str>,
    /// Bound first, in this order: kinds, each with all of its room.
    pub(super) rows: Vec<Kind>,
    /// Bound after them.
    pub(super) once: Vec<Once>,
}

impl Script {
    /// Parts one after the other, in SQLite's words, with this much room for the rows of each.
    pub(super) fn new(parts: &[Part], room: usize) -> Script {
        let rows = parts.iter().filter_map(|part| if let Part::Rows(kind) = part { Some(*kind) } else { None });
        let rows: Vec<Kind> = rows.collect();
        // A `?` takes the next value, whatever statement it is in; a `$n` takes the n-th.
        let bound: usize = rows.iter().map(|kind| kind.values() * room).sum();
        let (mut text, mut named) = (String::new(), Vec::new());
        for part in parts {
            let sql = Dialect::Sqlite.native(part.sql());
            for piece in pieces(&sql) {
                match (piece, part) {
                    (Piece::Text(piece), _) => text.push_str(piece),
                    (Piece::Once(once), _) => text.push_str(&format!("${}", bound + place(&mut named, once) + 1)),
                    (Piece::Rows, Part::Rows(kind)) => {
                        let row = format!("({}?),", "?,".repeat(kind.values() - 1));
                        text.push_str("values ");
                        text.push_str(&row.repeat(room));
                        text.pop();
                    }
                    (Piece::Rows, Part::Once(_)) => debug_assert!(false, "no rows here"),
                }
            }
        }
        Script { sql: text.into(), rows, once: named }
    }
}

/// Where a value stands among those that a text names, added if need be.
pub(super) fn place(named: &mut Vec<Once>, once: Once) -> usize {
    named.iter().position(|known| *known == once).unwrap_or_else(|| {
        named.push(once);
        named.len() - 1
    })
}

/// The scripts made so far: the same few come again and again.
#[derive(Default)]
pub(super) struct Scripts(HashMap<(Vec<Part>, usize), Arc<Script>>);

/// Scripts kept, at the most: as many as SQLite keeps prepared.
const SCRIPTS_MAX: usize = 256;

impl Scripts {
    pub(super) fn get(&mut self, parts: Vec<Part>, room: usize) -> Arc<Script> {
        let key = (parts, room);
        if let Some(script) = self.0.get(&key) {
            return script.clone();
        }
        if self.0.len() >= SCRIPTS_MAX {
            self.0.clear();
        }
        let script = Arc::new(Script::new(&key.0, room));
        self.0.insert(key, script.clone());
        script
    }
}

pub(super) const BEGIN: Part = Part::Once("begin immediate;\n");

pub(super) const COMMIT: Part = Part::Once("commit;\n");

const PERSON: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at)
select column1::uuid, column2, column3, column4, column5, column6 from ({rows}) as r where column1 is not null;
";

/// Values: kind, value, person.
const IDENTITY: &str = "
insert into identity (kind, value, person_id, since)
select column1, column2, column3::uuid, {now} from ({rows}) as r where column1 is not null
on conflict (kind, value) do update set person_id = excluded.person_id, since = excluded.since;
";

const LANE: &str = "
insert into lane (lane_id, person_id, business)
select column1, column2::uuid, column3 from ({rows}) as r where column1 is not null;
";

const DELIVERY: &str = "
insert into delivery (delivery_id, received_at, body, unreadable) select * from ({rows}) as r where column1 is not null;
";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing.
const MESSAGE: &str = "
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sent_at, received_at, ready_at)
select * from ({rows}) as r where column1 is not null
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at, delivery_id = excluded.delivery_id
where message.kind = 'placeholder' and excluded.kind = 'message';
";

/// A placeholder whose content came while it was answered stays queued.
const ANSWERED: &str = "
with j (id, state, error, kind) as ({rows})
update message set state = j.state, error = coalesce(j.error, message.error) from j
where message.message_id = j.id and message.kind = j.kind;
";

const NEW_SESSION: &str = "
insert into unified_sessions (id, current_agent, active_flow, flow_step, collected_data, conversation_history, offered, last_message_at,
    updated_at, expires_at, agent_version, kept_flow, user_phone, user_id, business_number, created_at)
select column1::uuid, column2, column3, column4, column5::jsonb, column6::jsonb, column7::jsonb, column8::timestamptz,
    column9::timestamptz, column10::timestamptz, column11, column12::jsonb, column13, column14::uuid, column15, column16::timestamptz
from ({rows}) as r where column1 is not null;
";

/// No column of an index among them.
const SESSION: &str = "
with j (id, agent, flow, step, data, history, offered, last_message_at, updated_at, expires_at, version, kept) as ({rows})
update unified_sessions set current_agent = j.agent, active_flow = j.flow, flow_step = j.step, collected_data = j.data::jsonb,
    conversation_history = j.history::jsonb, offered = j.offered::jsonb, last_message_at = j.last_message_at::timestamptz,
    updated_at = j.updated_at::timestamptz, expires_at = j.expires_at::timestamptz, agent_version = j.version,
    kept_flow = j.kept::jsonb
from j where unified_sessions.id = j.id::uuid;
";

const EVENT: &str = "
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, created_at)
select column1, column2, column3::uuid, column4, column5, column6, column7::jsonb, column8, column9::jsonb, column10, column11::timestamptz
from ({rows}) as r where column1 is not null;
";

const JOURNAL: &str = "
insert into journal (message_id, epoch, created_at, body) select * from ({rows}) as r where column1 is not null;
";

const REPLY: &str = "
insert into outbox (outbox_id, lane_id, message_id, agent, body, run_at, created_at, url, state)
select column1, column2, column3, column4, column5, column6, column7, column8, 'queued' from ({rows}) as r where column1 is not null;
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go. Either way its epoch moves on: a settlement counts once, though whoever sent
/// it may not have heard that it was committed.
const RELEASE: &str = "
with j as materialized (
    select column1 as id, column2 as epoch,
        exists (select 1 from message where lane_id = column1 and state = 'queued' and ready_at <= {now}) as more
    from ({rows}) as r where column1 is not null)
update lane set
    epoch = case when lane.epoch = j.epoch then lane.epoch + 1 end,
    lease_owner = case when j.more then {node} end,
    lease_until = case when j.more then {now} + 15000 else 0 end,
    claimed_in = case when j.more then {batch} else lane.claimed_in end
from j where lane.lane_id = j.id;
";

/// Sessions that a newer one takes the place of.
pub(super) const ENDED: &str = "
update unified_sessions set status = 'completed' where id in (select value::uuid from texts({ended})) and status = 'active';
";

/// The messages of this batch that were not known before.
pub(super) const NEW: &str = "
select 'new', json_list(message_id)::text from message where message_id >= {first_message};
";

/// What is newly known of persons: id, name, phone, user id, bucket.
pub(super) const KNOWN: &str = "
update person set name = coalesce(j.name, person.name), phone = coalesce(j.phone, person.phone), user_id = coalesce(j.user_id, person.user_id),
    bucket = coalesce(person.bucket, j.bucket)
from (select value->>0 as id, max(value->>1) as name, max(value->>2) as phone, max(value->>3) as user_id,
             max((value->>4)::bigint) as bucket from each({known}) as k group by 1) as j
where person_id = j.id::uuid;
update unified_sessions set user_phone = '+' || (value->>2) from each({known}) as j
where user_id = (value->>0)::uuid and status = 'active' and value->>2 is not null;
";

/// Who turned out to be one: rare, and apart, since it looks at identities by person.
pub(super) const MERGES: &str = "
insert into person_merge (person_id, merged_person_id, merged_at)
select (value->>0)::uuid, (value->>1)::uuid, {now} from each({merges}) as j where true on conflict do nothing;
update identity set person_id = (j.value->>0)::uuid from each({merges}) as j where person_id = (j.value->>1)::uuid;
";

pub(super) const STATUSES: &str = "
insert into status (business, wamid, status, recipient, reference, at, progress, error, billable)
select value->>0, value->>1, value->>2, value->>3, value->>4, (value->>5)::bigint, (value->>6)::bigint, value->>7, (value->>8)::boolean
from each({statuses}) as j where true on conflict do nothing;
update outbox set
    progress = greatest(outbox.progress, j.progress),
    wamid = coalesce(outbox.wamid, j.wamid),
    error = coalesce(j.error, outbox.error),
    state = case when j.progress = 20 and outbox.progress < 30 then 'dead'
                 when outbox.state in ('sending', 'unknown') then 'sent' else outbox.state end
from (select coalesce(cast(value->>4 as bigint), (select outbox_id from outbox where wamid = value->>1 limit 1)) as id,
             max((value->>6)::bigint) as progress, max(value->>1) as wamid, max(value->>7) as error from each({statuses}) as s
      group by 1) as j
where outbox_id = j.id and j.progress > outbox.progress;
";

/// What turns learnt of persons: id, language, latitude, longitude, place, opted out, now.
pub(super) const PERSONS: &str = "
update person set language = coalesce(j.language, person.language), lat = coalesce(j.lat, person.lat), lng = coalesce(j.lng, person.lng),
    place = case when j.lat is null then coalesce(j.place, person.place) else j.place end,
    opted_out_at = case j.opted_out when 1 then j.now when 0 then null else person.opted_out_at end
from (select value->>0 as id, value->>1 as language, (value->>2)::float8 as lat, (value->>3)::float8 as lng, value->>4 as place,
             (value->>5)::bigint as opted_out, (value->>6)::bigint as now from each({persons}) as p) as j
where person_id = j.id::uuid;
";

/// What is begun is its sender's for a minute: a send lasts half of that at the most. Nothing of a lane is begun before what came
/// earlier in it, which another node may still have in hand; it is due then as soon as that is done. What goes to the person and what
/// goes to the service before do not wait for each other.
pub(super) const SENDS: &str = "
update outbox set state = 'sending', run_at = {now} + 60000
from (select (value->>0)::bigint as id from each({sends}) as s where value->>1 = 'begin') as j
where outbox_id = j.id and state in ('queued', 'unknown')
  and not exists (select 1 from outbox as e where e.lane_id = outbox.lane_id and e.outbox_id < outbox.outbox_id
                  and (e.url is null) = (outbox.url is null) and e.state in ('queued', 'sending', 'unknown'))
returning 'begun', outbox.outbox_id;
update outbox set run_at = {now}
from (select (value->>0)::bigint as id from each({sends}) as s where value->>1 = 'begin') as j
where outbox_id = j.id and state in ('queued', 'unknown') and run_at > {now};
update outbox set
    attempts = outbox.attempts + 1,
    state = case j.result when 'sent' then 'sent' when 'retry' then 'queued' when 'dead' then 'dead'
                          else case when outbox.unknowns > 0 then 'dead' else 'unknown' end end,
    unknowns = outbox.unknowns + case j.result when 'unknown' then 1 else 0 end,
    wamid = coalesce(j.wamid, outbox.wamid),
    run_at = coalesce(j.at, outbox.run_at),
    error = coalesce(j.error, outbox.error),
    progress = case j.result when 'sent' then
        greatest(outbox.progress, 10, coalesce((select max(progress) from status where wamid = j.wamid and business = j.business), 0))
        else outbox.progress end
from (select (value->>0)::bigint as id, value->>1 as result, value->>2 as wamid, (value->>3)::bigint as at, value->>4 as error,
             (select business from lane join outbox using (lane_id) where outbox_id = (value->>0)::bigint) as business
      from each({sends}) as s where value->>1 <> 'begin') as j
where outbox_id = j.id and outbox.state = 'sending';
update outbox set wamid = j.wamid from
(select (value->>0)::bigint as id, value->>2 as wamid from each({sends}) as s where value->>1 = 'sent') as j
where outbox_id = j.id and outbox.wamid is null;
";

/// Claimed at ingest: lanes of this batch that are free and whose head is due. Strict order: the head alone decides, but for a
/// placeholder, which blocks nobody.
pub(super) const CLAIM: &str = "
update lane set lease_owner = {node}, lease_until = {now} + 15000, epoch = epoch + 1, claimed_in = {batch}
where lane_id in (select value::bigint from texts({lanes}) as t)
  and (lease_owner is null or lease_until < {now})
  and exists (select 1 from message as m where m.lane_id = lane.lane_id and m.state = 'queued' and m.ready_at <= {now}
              and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued'
                              and e.message_id < m.message_id and e.kind <> 'placeholder'));
";
