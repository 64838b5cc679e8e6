//! The statement that writes each kind of row. `{column}` is a column of the row.

/// Who said stop before they were forgotten stays opted out.
pub(super) const PERSON: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at, opted_out_at)
select {person_id}::uuid, {bucket}, {phone}, {user_id}, {name}, {created_at},
    (select max(at) from opt_out where hash in ({by_phone}, {by_user_id})) from {rows};
";

/// One that another host gave away since it was looked up fails the batch, which is made again.
pub(super) const IDENTITY: &str = "
insert into identity (kind, value, person_id, since, pair, paired_at)
select {kind}, {value}, {person_id}::uuid, {since}, {pair}, {paired_at} from {rows};
";

/// Of somebody who was merged since they were looked up, the lane is that of the person they are now.
pub(super) const LANE: &str = "
insert into lane (lane_id, person_id, business)
select {lane_id}, coalesce((select m.person_id from person_merge as m where m.merged_person_id = {person_id}::uuid limit 1), {person_id}::uuid), {business}
from {rows};
";

pub(super) const DELIVERY: &str = "
insert into delivery (delivery_id, received_at, body, unreadable, host) select {delivery_id}, {received_at}, {body}, {unreadable}, {node} from {rows};
";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing. A lane that was merged since
/// it was looked up has another in its place.
pub(super) const MESSAGE: &str = "
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sender, sent_at, received_at, ready_at, joins, extras)
select {message_id}, {delivery_id}, (select coalesce(l.moved_to, l.lane_id) from lane as l where l.lane_id = {lane_id}), {business}, {wamid}, {space}, {kind},
    {state}, {content}, {quotes}, {sender}, {sent_at}, {received_at}, {ready_at}, {joins}, {extras}
from {rows} where true
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at, joins = excluded.joins, extras = excluded.extras,
    delivery_id = excluded.delivery_id
where message.kind = 'placeholder' and excluded.kind = 'message';
";

/// Only what is in the message as it is stored: one that comes again after it was forgotten brings no file.
pub(super) const FILE: &str = "
insert into file (file_id, message_id, person_id, business, media_id, kind, name, mime_type, state, due_at, until_at, created_at)
select {file_id},
    (select m.message_id from message as m where m.business = {business} and m.wamid = {wamid} and m.space = 'message' limit 1),
    (select l.person_id from message as m join lane as l using (lane_id) where m.business = {business} and m.wamid = {wamid} and m.space = 'message' limit 1),
    {business}, {media_id}, {kind}, {name}, {mime_type}, 'pending', {due_at}, {until_at}, {created_at}
from {rows} where exists (select 1 from message as m join lane as l using (lane_id)
    where m.business = {business} and m.wamid = {wamid} and m.space = 'message' and m.content like '%' || {file_id} || '%' limit 1)
on conflict (file_id) do nothing;
";

/// A placeholder whose content came while it was answered stays queued. What cannot be read has no kind to compare.
pub(super) const ANSWERED: &str = "
update message set state = {state}, error = coalesce({error}, message.error), why = {why}, host = {node} from {rows}
where message.message_id = {message_id} and message.kind = coalesce({kind}, message.kind);
";

pub(super) const NEW_SESSION: &str = "
insert into unified_sessions (id, current_agent, active_flow, flow_step, collected_data, conversation_history, offered, last_message_at,
    updated_at, expires_at, agent_version, kept_flow, open_things, user_phone, user_id, business_number, created_at)
select {id}::uuid, {current_agent}, {active_flow}, {flow_step}, {collected_data}::jsonb, {conversation_history}::jsonb, {offered}::jsonb, {last_message_at}::timestamptz,
    {updated_at}::timestamptz, {expires_at}::timestamptz, {agent_version}, {kept_flow}::jsonb, {open_things}::jsonb, {user_phone}, {user_id}::uuid, {business_number}, {created_at}::timestamptz
from {rows};
";

/// No column of an index among them.
pub(super) const SESSION: &str = "
update unified_sessions set current_agent = {current_agent}, active_flow = {active_flow}, flow_step = {flow_step}, collected_data = {collected_data}::jsonb,
    conversation_history = {conversation_history}::jsonb, offered = {offered}::jsonb, last_message_at = {last_message_at}::timestamptz,
    updated_at = {updated_at}::timestamptz, expires_at = {expires_at}::timestamptz, agent_version = {agent_version}, kept_flow = {kept_flow}::jsonb,
    open_things = {open_things}::jsonb
from {rows} where unified_sessions.id = {id}::uuid;
";

pub(super) const EVENT: &str = "
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, waited_ms, created_at)
select {correlation_id}, {user_phone}, {user_id}::uuid, {agent_type}, {intent_type}, {flow_name}, {payload}::jsonb, {response_text}, {tool_calls}::jsonb, {duration_ms}, {waited_ms}, {created_at}::timestamptz
from {rows};
";

pub(super) const TEST_EVENT: &str = "
insert into test_event (message_id, epoch, person_id, agent, reason, payload, duration_ms, waited_ms, created_at)
select {message_id}, {epoch}, {person_id}::uuid, {agent}, {reason}, {payload}::jsonb, {duration_ms}, {waited_ms}, {created_at} from {rows};
";

pub(super) const JOURNAL: &str = "
insert into journal (message_id, epoch, created_at, body) select {message_id}, {epoch}, {created_at}, {body} from {rows};
";

pub(super) const REPLY: &str = "
insert into outbox (outbox_id, lane_id, message_id, agent, body, run_at, created_at, url, kind, recipient, state)
select {outbox_id}, {lane_id}, {message_id}, {agent}, {body}, {run_at}, {created_at}, {url}, {kind}, {recipient}, 'queued' from {rows}
where {kind} <> 'template' or exists (select 1 from template_sent as t where t.outbox_id = {outbox_id});
";

/// Remembers a template, if none went to the person on that number within a day; only one that is remembered is sent. One that Meta
/// refused does not count after an hour. `Store::template_allowed` says the same of a person.
pub(super) const TEMPLATE: &str = "
insert into template_sent (person_id, business, sent_at, outbox_id)
select {person_id}::uuid, {business}, {sent_at}, {outbox_id} from {rows} where true
on conflict (person_id, business) do update set sent_at = excluded.sent_at, outbox_id = excluded.outbox_id
where template_sent.sent_at <= excluded.sent_at - 3600000
  and (template_sent.sent_at <= excluded.sent_at - 86400000
       or exists (select 1 from outbox as o where o.outbox_id = template_sent.outbox_id and o.state in ('barred', 'dead', 'discarded')))
  and not exists (select 1 from outbox as o where o.outbox_id = template_sent.outbox_id and o.state not in ('barred', 'dead', 'discarded')
                  and o.begun_at > excluded.sent_at - 86400000);
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go. Either way its epoch moves on: a settlement counts once, though the host that sent
/// it may not have heard that it was committed. A lane that is kept is claimed for its next message, for the first time. Where there is
/// something to send, this host's sender gets the lane unless another has it.
pub(super) const RELEASE: &str = "
update lane set
    epoch = case when lane.epoch = {epoch} then lane.epoch + 1 end,
    wrote_at = greatest(lane.wrote_at, {wrote_at}),
    address = coalesce({address}, lane.address),
    send_owner = case when {sends} = 1 and (lane.send_owner is null or lane.send_until < {now}) then {node} else lane.send_owner end,
    send_until = case when {sends} = 1 and (lane.send_owner is null or lane.send_owner = {node} or lane.send_until < {now})
        then {now} + 30000 else lane.send_until end,
    (lease_owner, lease_until, claimed_in, claims) = (
        select case when more then {node} end, case when more then {now} + 15000 else 0 end, case when more then {batch} else lane.claimed_in end,
            case when more then 1 else 0 end
        from (select exists (select 1 from message as m where m.lane_id = {lane_id} and m.state = 'queued' and m.ready_at <= {now}
            and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued' and e.message_id < m.message_id
                and e.kind <> 'placeholder' and e.ready_at > {now} limit 1 offset 0) limit 1 offset 0) as more) as due)
from {rows} where lane.lane_id = {lane_id};
";
