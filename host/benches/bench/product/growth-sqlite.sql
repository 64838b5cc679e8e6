-- {people} people, with what {each} messages of each leave behind; the last of them came at {now}, in milliseconds. Ids go from 1 on; the
-- host goes on after them.
begin;
create temp table n as with recursive n (i) as (select 1 union all select i + 1 from n where i < {people})
select i, printf('00000000-0000-7000-8000-%012x', i) as id, printf('25072%07d', i) as phone from n;
create temp table m as with recursive k (k) as (select 1 union all select k + 1 from k where k < {each})
select (k - 1) * {people} + i as message, i, id, phone, {now} - ({each} - k) * 3600000 as at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ({now} - ({each} - k) * 3600000) / 1000.0, 'unixepoch') as time from k, n order by 1;
insert into person (person_id, bucket, phone, name, created_at) select id, i % 10000, phone, 'Somebody', {now} from n;
insert into identity (kind, value, person_id, since) select 'phone', phone, id, {now} from n;
insert into lane (lane_id, person_id, business) select i, id, '106540352242922' from n;
insert into unified_sessions (id, user_phone, user_id, business_number, conversation_history, last_message_at, created_at, updated_at, expires_at)
select id, '+' || phone, id, '106540352242922', '[{"speaker":"Person","text":"Hello","at":1760000000000}]',
    strftime('%Y-%m-%dT%H:%M:%fZ'), strftime('%Y-%m-%dT%H:%M:%fZ'), strftime('%Y-%m-%dT%H:%M:%fZ'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day') from n;
insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
select message, i, '106540352242922', 'wamid.before.' || message, 'message', 'message', 'answered', '{"Text":"Hello"}', at, at, at from m;
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, payload, response_text, duration_ms, created_at)
select 'turn-' || message, '+' || phone, id, 'support', '{}', 'Hello', 3, time from m;
insert into outbox (outbox_id, lane_id, message_id, agent, body, state, progress, run_at, created_at, wamid)
select message, i, message, 'support', '{"type":"text","text":{"body":"Hello"}}', 'sent', 30, 0, at, 'wamid.sent.' || message from m;
drop table m;
drop table n;
commit;
analyze;
