-- {people} people, with what one message of each leaves behind. Their ids are below those that hosts are given.
begin;
create temp table n as select i, ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid as id, '25072' || lpad(i::text, 7, '0') as phone
from generate_series(1, {people}) as i;
select setval('switchboard.ids', {people} + 64);
insert into switchboard.person (person_id, bucket, phone, name, created_at) select id, i % 10000, phone, 'Somebody', 1760000000000 from n;
insert into switchboard.identity (kind, value, person_id, since) select 'phone', phone, id, 1760000000000 from n;
insert into switchboard.lane (lane_id, person_id, business) select i, id, '106540352242922' from n;
insert into public.unified_sessions (id, user_phone, user_id, business_number, conversation_history)
select id, '+' || phone, id, '106540352242922', '[{"speaker":"Person","text":"Hello","at":1760000000000}]' from n;
insert into switchboard.message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
select i, i, '106540352242922', 'wamid.before.' || id, 'message', 'message', 'answered', '{"Text":"Hello"}', 1760000000000, 1760000000000,
    1760000000000 from n;
insert into public.unified_agent_events (correlation_id, user_phone, user_id, agent_type, payload, response_text, duration_ms, created_at)
select 'turn-' || i, '+' || phone, id, 'support', '{}', 'Hello', 3, now() from n;
insert into switchboard.outbox (outbox_id, lane_id, message_id, agent, body, state, progress, run_at, created_at, wamid)
select i, i, i, 'support', '{"type":"text","text":{"body":"Hello"}}', 'sent', 30, 0, 1760000000000, 'wamid.sent.' || id from n;
drop table n;
commit;
analyze;
