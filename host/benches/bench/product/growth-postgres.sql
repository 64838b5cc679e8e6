-- {people} people, with what {each} messages of each leave behind; the last of them came at {now}, in milliseconds. Their ids are below
-- those that hosts are given.
begin;
create temp table n as select i, ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid as id, '25072' || lpad(i::text, 7, '0') as phone
from generate_series(1, {people}) as i;
create temp table m as select (k - 1) * {people} + i as message, i, id, phone, {now} - ({each} - k) * 3600000::bigint as at
from n, generate_series(1, {each}) as k order by 1;
select setval('switchboard.ids', {people} * {each} + 64);
insert into switchboard.person (person_id, bucket, phone, name, created_at) select id, i % 10000, phone, 'Somebody', {now} from n;
insert into switchboard.identity (kind, value, person_id, since) select 'phone', phone, id, {now} from n;
insert into switchboard.lane (lane_id, person_id, business) select i, id, '106540352242922' from n;
insert into public.unified_sessions (id, user_phone, user_id, business_number, conversation_history)
select id, '+' || phone, id, '106540352242922', '[{"speaker":"Person","text":"Hello","at":1760000000000}]' from n;
insert into switchboard.message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
select message, i, '106540352242922', 'wamid.before.' || message, 'message', 'message', 'answered', '{"Text":"Hello"}', at, at, at from m;
insert into public.unified_agent_events (correlation_id, user_phone, user_id, agent_type, payload, response_text, duration_ms, created_at)
select 'turn-' || message, '+' || phone, id, 'support', '{}', 'Hello', 3, to_timestamp(at / 1000.0) from m;
insert into switchboard.outbox (outbox_id, lane_id, message_id, agent, body, state, progress, run_at, created_at, wamid)
select message, i, message, 'support', '{"type":"text","text":{"body":"Hello"}}', 'sent', 30, 0, at, 'wamid.sent.' || message from m;
drop table m;
drop table n;
commit;
analyze;
