//! The script of a batch: parts that are there only if the batch needs them, so that few distinct scripts exist and stay
//! prepared. Values come as JSON arrays; long texts and bytes come in one blob, cut by offset and length.
//!
//! Parameters: $1 the blob · $2 deliveries · $3 messages · $4 statuses · $5 people, identities, lanes, names · $6 settlements ·
//! $7 sessions · $8 replies · $9 effects · $10 sends · $11 lanes to claim · $12 now · $13 node · $14 batch.

/// The parts that a batch may need.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    pub(super) people: bool,
    pub(super) ingest: bool,
    pub(super) statuses: bool,
    pub(super) settle: bool,
    pub(super) effects: bool,
    pub(super) sends: bool,
    pub(super) claims: bool,
}

impl Parts {
    /// The script's text.
    pub(super) fn script(self) -> String {
        let parts = [
            (true, "begin immediate;"),
            (self.people, PEOPLE),
            (self.ingest, INGEST),
            (self.statuses, STATUSES),
            (self.settle, SETTLE),
            (self.effects, super::effects::SCRIPT),
            (self.sends, SENDS),
            (self.settle, RELEASE),
            (self.claims, CLAIM),
            (self.claims || self.settle, super::claims::SELECT),
            (true, "commit"),
        ];
        parts.iter().filter(|(wanted, _)| *wanted).map(|(_, part)| *part).collect()
    }
}

const PEOPLE: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at)
select value->>1, value->>2, value->>3, value->>4, value->>5, $12 from json_each($5) where value->>0 = 'person';
insert into identity (kind, value, person_id, since)
select value->>1, value->>2, value->>3, $12 from json_each($5) where value->>0 = 'identity'
on conflict do update set person_id = excluded.person_id, since = excluded.since;
insert into person_merge (person_id, merged_person_id, merged_at)
select value->>1, value->>2, $12 from json_each($5) where value->>0 = 'merge' on conflict do nothing;
update identity set person_id = j.stays from
(select value->>1 as stays, value->>2 as goes from json_each($5) where value->>0 = 'merge') as j where person_id = j.goes;
update person set name = coalesce(j.name, person.name), phone = coalesce(j.phone, person.phone), user_id = coalesce(j.user_id, person.user_id)
from (select value->>1 as id, max(value->>2) as name, max(value->>3) as phone, max(value->>4) as user_id from json_each($5)
      where value->>0 = 'known' group by 1) as j
where person_id = j.id;
insert into lane (lane_id, person_id, business)
select value->>1, value->>2, value->>3 from json_each($5) where value->>0 = 'lane';
";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing.
const INGEST: &str = "
insert into delivery (delivery_id, received_at, body, unreadable)
select value->>0, value->>1, substr($1, value->>2, value->>3), value->>4 from json_each($2);
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sent_at, received_at, ready_at)
select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
       cast(substr($1, value->>8, value->>9) as text), value->>10, value->>11, value->>12, value->>13
from json_each($3) where true
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at
where message.kind = 'placeholder' and excluded.kind = 'message'
returning 'new', message_id;
";

const STATUSES: &str = "
insert into status (business, wamid, status, recipient, reference, at, progress, error, billable)
select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8 from json_each($4)
where true on conflict do nothing;
update outbox set
    progress = max(outbox.progress, j.progress),
    wamid = coalesce(outbox.wamid, j.wamid),
    error = coalesce(j.error, outbox.error),
    state = case when j.progress = 20 and outbox.progress < 30 then 'dead'
                 when outbox.state in ('sending', 'unknown') then 'sent' else outbox.state end
from (select coalesce(cast(value->>4 as integer), (select outbox_id from outbox where wamid = value->>1)) as id,
             max(value->>6) as progress, max(value->>1) as wamid, max(value->>7) as error from json_each($4) group by 1) as j
where outbox_id = j.id and j.progress > outbox.progress;
";

const SETTLE: &str = "
update message set state = j.state, error = coalesce(j.error, message.error) from
(select value->>0 as id, value->>1 as state, value->>2 as error, value->>28 as kind from json_each($6)) as j
where message_id = j.id and message.kind = j.kind;
update person set language = coalesce(j.language, person.language), lat = coalesce(j.lat, person.lat), lng = coalesce(j.lng, person.lng),
    place = case when j.lat is null then coalesce(j.place, person.place) else j.place end,
    opted_out_at = case j.opted_out when 1 then j.now when 0 then null else person.opted_out_at end
from (select value->>6 as id, value->>7 as language, value->>8 as lat, value->>9 as lng, value->>10 as place, value->>11 as opted_out,
             value->>5 as now from json_each($6) where value->>12 = 1) as j where person_id = j.id;
update unified_sessions set status = 'completed', updated_at = j.at from
(select value->>0 as id, value->>2 as person, value->>3 as business, value->>9 as at from json_each($7)) as j
where user_id = j.person and business_number = j.business and status = 'active' and unified_sessions.id <> j.id;
insert into unified_sessions (id, user_phone, user_id, business_number, current_agent, active_flow, flow_step, collected_data,
    conversation_history, offered, status, last_message_at, created_at, updated_at, expires_at)
select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, cast(substr($1, value->>11, value->>12) as text),
       cast(substr($1, value->>13, value->>14) as text), value->>7, 'active', value->>8, value->>15, value->>9, value->>10
from json_each($7) where true
on conflict (id) do update set user_phone = excluded.user_phone, current_agent = excluded.current_agent,
    active_flow = excluded.active_flow, flow_step = excluded.flow_step, collected_data = excluded.collected_data,
    conversation_history = excluded.conversation_history, offered = excluded.offered, status = 'active',
    last_message_at = excluded.last_message_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at;
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, created_at)
select value->>13, value->>14, value->>6, value->>15, value->>16, value->>17, cast(substr($1, value->>18, value->>19) as text),
       cast(substr($1, value->>20, value->>21) as text), cast(substr($1, value->>22, value->>23) as text), value->>24, value->>25
from json_each($6) where value->>15 is not null;
insert or replace into journal (message_id, epoch, created_at, body)
select value->>0, value->>4, value->>5, substr($1, value->>26, value->>27) from json_each($6) where value->>27 > 0;
insert into outbox (outbox_id, lane_id, message_id, agent, body, state, run_at, created_at)
select value->>0, value->>1, value->>2, value->>3, cast(substr($1, value->>4, value->>5) as text), 'queued', value->>6, value->>7
from json_each($8);
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go.
const RELEASE: &str = "
update lane set
    epoch = case when lane.epoch = j.epoch and lane.lease_owner = $13 then lane.epoch end,
    lease_owner = case when j.more then $13 end,
    lease_until = case when j.more then $12 + 15000 else 0 end,
    claimed_in = case when j.more then $14 else lane.claimed_in end
from (select value->>3 as id, value->>4 as epoch,
             exists (select 1 from message where lane_id = value->>3 and state = 'queued' and ready_at <= $12) as more
      from json_each($6)) as j
where lane_id = j.id;
";

const SENDS: &str = "
update outbox set state = 'sending' from (select value->>0 as id from json_each($10) where value->>1 = 'begin') as j
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
      from json_each($10) where value->>1 <> 'begin') as j
where outbox_id = j.id and outbox.state = 'sending';
update outbox set wamid = j.wamid from
(select value->>0 as id, value->>2 as wamid from json_each($10) where value->>1 = 'sent') as j
where outbox_id = j.id and outbox.wamid is null;
";

/// Claimed at ingest: lanes of this batch that are free and whose head is due. Strict order: the head alone decides, but for a
/// placeholder, which blocks nobody.
const CLAIM: &str = "
update lane set lease_owner = $13, lease_until = $12 + 15000, epoch = epoch + 1, claimed_in = $14
where lane_id in (select value->>1 from json_each($11) where value->>0 = 'lane')
  and (lease_owner is null or lease_until < $12)
  and exists (select 1 from message as m where m.lane_id = lane.lane_id and m.state = 'queued' and m.ready_at <= $12
              and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued'
                              and e.message_id < m.message_id and e.kind <> 'placeholder'));
";
