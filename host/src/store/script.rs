//! The script of a batch: statements once for the whole batch, and statements once for each row.
//!
//! Rare or short things come as JSON arrays ([`Part::Once`]). What every message writes comes row by row with bound values
//! ([`Part::Rows`]): taking a wide row apart with `->>` costs far more than binding it. A small batch is one execution; in a
//! large one, each part is executed in powers of two, so that few distinct scripts exist and stay prepared.
//!
//! Parameters of statements that run once: $1 people · $2 statuses · $3 effects · $4 sends · $5 lanes to claim · $6 lanes whose
//! heads are wanted · $7 now · $8 node · $9 batch · $10 changes of persons. In a row's statement, `{n}` is its n-th value.

/// Values of the statements that run once.
pub(super) const ONCE_VALUES: usize = 10;

/// A part of a batch's script, in the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Runs once, over JSON arrays.
    Once(&'static str),
    /// Runs for each row of its kind.
    Rows(Kind),
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Delivery,
    Message,
    Answered,
    Session,
    Event,
    Journal,
    Reply,
    Release,
}

impl Kind {
    /// How many kinds there are.
    pub(super) const COUNT: usize = 8;

    /// The statements for one row, `{n}` standing for its values.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Kind::Delivery => DELIVERY,
            Kind::Message => MESSAGE,
            Kind::Answered => ANSWERED,
            Kind::Session => SESSION,
            Kind::Event => EVENT,
            Kind::Journal => JOURNAL,
            Kind::Reply => REPLY,
            Kind::Release => RELEASE,
        }
    }

    /// How many values a row has.
    pub(super) fn values(self) -> usize {
        match self {
            Kind::Delivery => 4,
            Kind::Message => 13,
            Kind::Answered => 4,
            Kind::Session => 14,
            Kind::Event => 11,
            Kind::Journal => 4,
            Kind::Reply => 7,
            Kind::Release => 5,
        }
    }

    /// The statements for `rows` rows whose values begin after the first `bound` ones.
    pub(super) fn script(self, rows: usize, bound: usize, script: &mut String) {
        for row in 0..rows {
            let first = bound + row * self.values() + 1;
            let mut rest = self.sql();
            while let Some((before, after)) = rest.split_once('{') {
                let (index, after) = after.split_once('}').unwrap_or(("0", after));
                script.push_str(before);
                script.push('$');
                script.push_str(&(first + index.parse::<usize>().unwrap_or_default()).to_string());
                rest = after;
            }
            script.push_str(rest);
        }
    }
}

const DELIVERY: &str =
    "insert into delivery (delivery_id, received_at, body, unreadable) values ({0}, {1}, {2}, {3});\n";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing.
const MESSAGE: &str = "
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sent_at, received_at, ready_at)
values ({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12})
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at
where message.kind = 'placeholder' and excluded.kind = 'message'
returning 'new', message_id;
";

/// A placeholder whose content came while it was answered stays queued.
const ANSWERED: &str =
    "update message set state = {1}, error = coalesce({2}, error) where message_id = {0} and kind = {3};\n";

const SESSION: &str = "
update unified_sessions set status = 'completed', updated_at = {9}
where user_id = {2} and business_number = {3} and status = 'active' and id <> {0};
insert into unified_sessions (id, user_phone, user_id, business_number, current_agent, active_flow, flow_step, offered, last_message_at,
    updated_at, expires_at, collected_data, conversation_history, created_at, status)
values ({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}, 'active')
on conflict (id) do update set user_phone = excluded.user_phone, current_agent = excluded.current_agent,
    active_flow = excluded.active_flow, flow_step = excluded.flow_step, collected_data = excluded.collected_data,
    conversation_history = excluded.conversation_history, offered = excluded.offered, status = 'active',
    last_message_at = excluded.last_message_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at;
";

const EVENT: &str = "
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, created_at)
values ({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10});
";

const JOURNAL: &str =
    "insert or replace into journal (message_id, epoch, created_at, body) values ({0}, {1}, {2}, {3});\n";

const REPLY: &str = "
insert into outbox (outbox_id, lane_id, message_id, agent, body, state, run_at, created_at)
values ({0}, {1}, {2}, {3}, {4}, 'queued', {5}, {6});
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go. Values: lane, epoch, now, node, batch.
const RELEASE: &str = "
update lane set
    epoch = case when lane.epoch = {1} and lane.lease_owner = {3} then lane.epoch end,
    lease_owner = case when j.more then {3} end,
    lease_until = case when j.more then {2} + 15000 else 0 end,
    claimed_in = case when j.more then {4} else lane.claimed_in end
from (select exists (select 1 from message where lane_id = {0} and state = 'queued' and ready_at <= {2}) as more) as j
where lane_id = {0};
";

/// Persons, identities, lanes, and what is newly known.
pub(super) const PEOPLE: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at)
select value->>1, value->>2, value->>3, value->>4, value->>5, $7 from json_each($1) where value->>0 = 'person';
insert into identity (kind, value, person_id, since)
select value->>1, value->>2, value->>3, $7 from json_each($1) where value->>0 = 'identity'
on conflict do update set person_id = excluded.person_id, since = excluded.since;
update person set name = coalesce(j.name, person.name), phone = coalesce(j.phone, person.phone), user_id = coalesce(j.user_id, person.user_id)
from (select value->>1 as id, max(value->>2) as name, max(value->>3) as phone, max(value->>4) as user_id from json_each($1)
      where value->>0 = 'known' group by 1) as j
where person_id = j.id;
insert into lane (lane_id, person_id, business)
select value->>1, value->>2, value->>3 from json_each($1) where value->>0 = 'lane';
";

/// Who turned out to be one: rare, and apart, since it looks at identities by person.
pub(super) const MERGES: &str = "
insert into person_merge (person_id, merged_person_id, merged_at)
select value->>1, value->>2, $7 from json_each($1) where value->>0 = 'merge' on conflict do nothing;
update identity set person_id = (select value->>1 from json_each($1) where value->>0 = 'merge' and value->>2 = person_id)
where person_id in (select value->>2 from json_each($1) where value->>0 = 'merge');
";

pub(super) const STATUSES: &str = "
insert into status (business, wamid, status, recipient, reference, at, progress, error, billable)
select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8 from json_each($2)
where true on conflict do nothing;
update outbox set
    progress = max(outbox.progress, j.progress),
    wamid = coalesce(outbox.wamid, j.wamid),
    error = coalesce(j.error, outbox.error),
    state = case when j.progress = 20 and outbox.progress < 30 then 'dead'
                 when outbox.state in ('sending', 'unknown') then 'sent' else outbox.state end
from (select coalesce(cast(value->>4 as integer), (select outbox_id from outbox where wamid = value->>1)) as id,
             max(value->>6) as progress, max(value->>1) as wamid, max(value->>7) as error from json_each($2) group by 1) as j
where outbox_id = j.id and j.progress > outbox.progress;
";

/// What turns learnt of persons: id, language, latitude, longitude, place, opted out, now.
pub(super) const PERSONS: &str = "
update person set language = coalesce(j.language, person.language), lat = coalesce(j.lat, person.lat), lng = coalesce(j.lng, person.lng),
    place = case when j.lat is null then coalesce(j.place, person.place) else j.place end,
    opted_out_at = case j.opted_out when 1 then j.now when 0 then null else person.opted_out_at end
from (select value->>0 as id, value->>1 as language, value->>2 as lat, value->>3 as lng, value->>4 as place, value->>5 as opted_out,
             value->>6 as now from json_each($10)) as j where person_id = j.id;
";

pub(super) const SENDS: &str = "
update outbox set state = 'sending' from (select value->>0 as id from json_each($4) where value->>1 = 'begin') as j
where outbox_id = j.id and state in ('queued', 'unknown') returning 'begun', outbox_id;
update outbox set
    attempts = outbox.attempts + 1,
    state = case j.result when 'sent' then 'sent' when 'retry' then 'queued' when 'dead' then 'dead'
                          else case when outbox.unknowns > 0 then 'dead' else 'unknown' end end,
    unknowns = outbox.unknowns + (j.result = 'unknown'),
    wamid = coalesce(j.wamid, outbox.wamid),
    run_at = coalesce(j.at, outbox.run_at),
    error = coalesce(j.error, outbox.error),
    progress = case j.result when 'sent' then
        max(outbox.progress, 10, coalesce((select max(progress) from status where wamid = j.wamid and business = j.business), 0))
        else outbox.progress end
from (select value->>0 as id, value->>1 as result, value->>2 as wamid, value->>3 as at, value->>4 as error,
             (select business from lane join outbox using (lane_id) where outbox_id = value->>0) as business
      from json_each($4) where value->>1 <> 'begin') as j
where outbox_id = j.id and outbox.state = 'sending';
update outbox set wamid = j.wamid from
(select value->>0 as id, value->>2 as wamid from json_each($4) where value->>1 = 'sent') as j
where outbox_id = j.id and outbox.wamid is null;
";

/// Claimed at ingest: lanes of this batch that are free and whose head is due. Strict order: the head alone decides, but for a
/// placeholder, which blocks nobody.
pub(super) const CLAIM: &str = "
update lane set lease_owner = $8, lease_until = $7 + 15000, epoch = epoch + 1, claimed_in = $9
where lane_id in (select value from json_each($5))
  and (lease_owner is null or lease_until < $7)
  and exists (select 1 from message as m where m.lane_id = lane.lane_id and m.state = 'queued' and m.ready_at <= $7
              and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued'
                              and e.message_id < m.message_id and e.kind <> 'placeholder'));
";
