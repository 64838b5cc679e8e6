//! The script of a batch: every part that it needs, in one transaction.
//!
//! A part is one statement for all of its rows, or a few over values that the batch shares. What every message writes comes as rows
//! of bound values ([`Kind`]); rare or short things come as JSON arrays ([`Once`]), since taking a wide row apart with `->>` costs
//! far more than binding it.
//!
//! In a part, `from {rows}` stands for where its rows come from, `column1` and so on for their values, and `{known}` or another name
//! of [`Once`] for that value. A subselect ends in `limit 1 offset 0` where Postgres might make a join of it: a plan that was made while a
//! table was small would read all of it for each batch. How a part is run is each database's own: see [`sqlite`](super::sqlite) and
//! [`postgres`](super::postgres).

use super::dialect::Dialect;

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
    fn sql(self) -> &'static str {
        match self {
            Part::Once(sql) => sql,
            Part::Rows(kind) => kind.sql(),
        }
    }

    /// How the values of its rows are bound, as [`Kind::wire`] says.
    pub(super) fn wire(self) -> &'static str {
        match self {
            Part::Once(_) => "",
            Part::Rows(kind) => kind.wire(),
        }
    }

    /// Its statements in a database's words, before a statement is made of each.
    pub(super) fn native(self, dialect: Dialect) -> String {
        dialect.native(self.sql()).to_string()
    }
}

/// A value that the whole batch shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    /// Identities to look up.
    Senders,
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
    const ALL: [(Once, &'static str); 15] = [
        (Once::Senders, "senders"),
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

    /// All kinds.
    #[cfg(feature = "test-hooks")]
    pub(super) const ALL: [Kind; Kind::COUNT] = [
        Kind::Person,
        Kind::Identity,
        Kind::Lane,
        Kind::Delivery,
        Kind::Message,
        Kind::Answered,
        Kind::NewSession,
        Kind::Session,
        Kind::Event,
        Kind::Journal,
        Kind::Reply,
        Kind::Release,
    ];

    /// The statement for its rows.
    pub(super) fn sql(self) -> &'static str {
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
            Kind::Person => "titttitt",
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

/// A statement of a part, and what is bound to it: first the values of its rows, then those of `once`.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) once: Vec<Once>,
}

impl Statement {
    /// The statements of a text that gives its rows in its database's words; `sign` comes before the number of a bound value.
    pub(super) fn all(text: &str, wire: &str, sign: char) -> Vec<Statement> {
        let texts = text.split(";\n").filter(|text| !text.trim().is_empty());
        texts.map(|text| Statement::new(text, wire, sign)).collect()
    }

    /// Names in braces become numbers; other braces are text.
    fn new(text: &str, wire: &str, sign: char) -> Statement {
        let (mut sql, mut named, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            let name = after.split('}').next().unwrap_or_default();
            if let Some((once, _)) = Once::ALL.into_iter().find(|(_, known)| *known == name) {
                sql.push_str(&format!("{sign}{}", wire.len() + place(&mut named, once) + 1));
                rest = &after[name.len() + 1..];
            } else {
                sql.push('{');
                rest = after;
            }
        }
        sql.push_str(rest);
        Statement { sql, once: named }
    }
}

/// Where a value stands among those that a text names, added if need be.
fn place(named: &mut Vec<Once>, once: Once) -> usize {
    named.iter().position(|known| *known == once).unwrap_or_else(|| {
        named.push(once);
        named.len() - 1
    })
}

/// Who said stop before they were forgotten stays opted out.
const PERSON: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at, opted_out_at)
select column1::uuid, column2, column3, column4, column5, column6, (select max(at) from opt_out where hash in (column7, column8)) from {rows};
";

/// Values: kind, value, person.
const IDENTITY: &str = "
insert into identity (kind, value, person_id, since)
select column1, column2, column3::uuid, {now} from {rows} where true
on conflict (kind, value) do update set person_id = excluded.person_id, since = excluded.since;
";

const LANE: &str = "
insert into lane (lane_id, person_id, business)
select column1, column2::uuid, column3 from {rows};
";

const DELIVERY: &str = "
insert into delivery (delivery_id, received_at, body, unreadable) select column1, column2, column3, column4 from {rows};
";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing.
const MESSAGE: &str = "
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sent_at, received_at, ready_at)
select column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, column13
from {rows} where true
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at, delivery_id = excluded.delivery_id
where message.kind = 'placeholder' and excluded.kind = 'message';
";

/// A placeholder whose content came while it was answered stays queued. Values: id, state, error, kind.
const ANSWERED: &str = "
update message set state = column2, error = coalesce(column3, message.error) from {rows}
where message.message_id = column1 and message.kind = column4;
";

const NEW_SESSION: &str = "
insert into unified_sessions (id, current_agent, active_flow, flow_step, collected_data, conversation_history, offered, last_message_at,
    updated_at, expires_at, agent_version, kept_flow, user_phone, user_id, business_number, created_at)
select column1::uuid, column2, column3, column4, column5::jsonb, column6::jsonb, column7::jsonb, column8::timestamptz,
    column9::timestamptz, column10::timestamptz, column11, column12::jsonb, column13, column14::uuid, column15, column16::timestamptz
from {rows};
";

/// No column of an index among them.
const SESSION: &str = "
update unified_sessions set current_agent = column2, active_flow = column3, flow_step = column4, collected_data = column5::jsonb,
    conversation_history = column6::jsonb, offered = column7::jsonb, last_message_at = column8::timestamptz,
    updated_at = column9::timestamptz, expires_at = column10::timestamptz, agent_version = column11, kept_flow = column12::jsonb
from {rows} where unified_sessions.id = column1::uuid;
";

const EVENT: &str = "
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, created_at)
select column1, column2, column3::uuid, column4, column5, column6, column7::jsonb, column8, column9::jsonb, column10, column11::timestamptz
from {rows};
";

const JOURNAL: &str = "
insert into journal (message_id, epoch, created_at, body) select column1, column2, column3, column4 from {rows};
";

const REPLY: &str = "
insert into outbox (outbox_id, lane_id, message_id, agent, body, run_at, created_at, url, state)
select column1, column2, column3, column4, column5, column6, column7, column8, 'queued' from {rows};
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go. Either way its epoch moves on: a settlement counts once, though whoever sent
/// it may not have heard that it was committed. Values: lane, epoch.
const RELEASE: &str = "
update lane set
    epoch = case when lane.epoch = column2 then lane.epoch + 1 end,
    (lease_owner, lease_until, claimed_in) = (
        select case when more then {node} end, case when more then {now} + 15000 else 0 end, case when more then {batch} else lane.claimed_in end
        from (select exists (select 1 from message where lane_id = column1 and state = 'queued' and ready_at <= {now} limit 1 offset 0) as more) as m)
from {rows} where lane.lane_id = column1;
";

/// Sessions that a newer one takes the place of.
pub(super) const ENDED: &str = "
update unified_sessions set status = 'completed' where id in (select value::uuid from texts({ended})) and status = 'active';
";

/// The messages of this batch that were not known before.
pub(super) const NEW: &str = "
select 'new', json_agg(message_id)::text from message where message_id >= {first_message};
";

/// What is newly known of persons: id, name, phone, user id, bucket, and the hashes of number and user id.
pub(super) const KNOWN: &str = "
update person set name = coalesce(j.name, person.name), phone = coalesce(j.phone, person.phone), user_id = coalesce(j.user_id, person.user_id),
    bucket = coalesce(person.bucket, j.bucket),
    opted_out_at = coalesce(person.opted_out_at, (select max(at) from opt_out where hash in (j.by_phone, j.by_user_id)))
from (select value->>0 as id, max(value->>1) as name, max(value->>2) as phone, max(value->>3) as user_id,
             max((value->>4)::bigint) as bucket, max(value->>5) as by_phone, max(value->>6) as by_user_id from each({known}) as k group by 1) as j
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
                  and (e.url is null) = (outbox.url is null) and e.state in ('queued', 'sending', 'unknown') limit 1 offset 0)
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
where lane_id = any (array(select value::bigint from texts({lanes}) as t))
  and (lease_owner is null or lease_until < {now})
  and exists (select 1 from message as m where m.lane_id = lane.lane_id and m.state = 'queued' and m.ready_at <= {now}
              and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued'
                              and e.message_id < m.message_id and e.kind <> 'placeholder' limit 1 offset 0) limit 1 offset 0);
";
