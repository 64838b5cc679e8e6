-- A day of the service up to `$now` (milliseconds), for pictures and for what judges pages: 2,000 turns of 200 people, five of whom wait for a
-- human, a business number that rests, and twelve replies that were given up. Times are spread by the turn's number; nothing is random.
begin;
create temp table p as with recursive p (i) as (select 1 union all select i + 1 from p where i < 200)
select i, printf('00000000-0000-7000-8000-%012x', 9000 + i) as id, printf('25079%07d', i) as phone, 90000 + i as lane,
    (select value from json_each('["Aline","Eric","Claire","Jean","Divine","Olivier","Keza","Patrick","Fatuma","Grace"]') where key = i % 10) || ' ' ||
    (select value from json_each('["Uwase","Ndahiro","Mutesi","Bizimana","Juma","Mugisha","Ingabire"]') where key = i % 7) as name from p;
insert into person (person_id, bucket, phone, name, language, created_at)
select id, i * 37 % 10000, phone, name, (select value from json_each('["en","fr","rw","sw"]') where key = i % 4), $now - 86400000 from p;
insert into identity (kind, value, person_id, since) select 'phone', phone, id, $now - 86400000 from p;
insert into lane (lane_id, person_id, business, wrote_at) select lane, id, '$business', $now - 600000 - i * 60000 from p;
create temp table t as with recursive t (n) as (select 1 union all select n + 1 from t where n < 2000)
-- The more of them the later it is.
select n, 900000 + n as message, $now - cast(86400000.0 * (1.0 - n / 2000.0) * (2.0 - n / 2000.0) / 2 as integer) - 1000 as at,
    1 + n * 7 % 200 as i, case n % 5 when 0 then 'support' when 1 then 'support' when 2 then 'jobs' else 'marketplace' end as agent,
    120 + n * 389 % 700 + case when n % 23 = 0 then 900 else 0 end + case when n % 151 = 0 then 4000 else 0 end as ms from t;
insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
select message, (select lane from p where p.i = t.i), '$business', 'wamid.day.' || n, 'message', 'message', 'answered',
    '{"Text":"' || (select value from json_each('["looking for a fridge in Remera","post a job","Muraho, nshaka akazi","je cherche un vélo","menu"]') where key = n % 5) || '"}',
    at - ms, at - ms, at - ms from t;
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, payload, response_text, duration_ms, created_at)
select 'turn-' || message, '+' || (select phone from p where p.i = t.i), (select id from p where p.i = t.i), agent, 'keywords',
    case when n % 173 = 0 then '{"error":"the agent was stopped"}' when n % 3 = 0 then '{"next":"completed"}' when n % 11 = 0 then '{"next":"cancelled"}' else '{}' end,
    'I found 3 of them, best first.', ms, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') from t;
insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at, message_id, changed_at)
select 'T-DAY' || i || 'A', id, '$business', 'support',
    (select value from json_each('["My order did not come","I paid twice","Je n’ai pas reçu mon accord","Ndashaka kuvugana n’umuntu","The tenant does not answer"]') where key = i - 1),
    'See the conversation', case when i = 1 then 'urgent' else 'medium' end, $now - i * 240000, (select max(message) from t where t.i = p.i), $now - i * 240000
from p where i <= 5;
insert into outbox (lane_id, message_id, agent, body, state, attempts, run_at, created_at, error)
select (select lane from p where p.i = t.i), message, agent, '{"type":"text","text":{"body":"I found 3 of them, best first."}}', 'dead', 1, 0, at,
    case when n % 3 = 0 then '131047: (#131047) Re-engagement message' when n % 3 = 1 then '131026: (#131026) Message undeliverable' else '130472: (#130472) User''s number is part of an experiment' end
from t where n % 160 = 7 limit 12;
insert into business_number (business, name, created_at, rests_until, rest_reason, rest_since)
values ('998877665544332', 'Second number', $now - 86400000, $now + 86400000, '190: (#190) Error validating access token', $now - 900000);
-- What was counted before is counted again.
delete from figure_counted;
drop table t;
drop table p;
commit;
