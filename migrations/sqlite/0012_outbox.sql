-- The outbox as one state machine: rows have a version, lanes have one sender at a time, and business numbers are rows that can rest.

-- What a number is to us. A row is made for each number that the host sends from.
create table business_number (
    -- Meta's `phone_number_id`.
    business text primary key,
    name text,
    -- The environment variable that holds its access token.
    token_ref text not null default 'WHATSAPP_ACCESS_TOKEN',
    -- Where messages of people outside the rollout are forwarded to; null: as LEGACY_WEBHOOK_URL says.
    legacy_url text,
    created_at integer not null,
    -- Nothing is sent from it before this time; at this time one row goes as a probe.
    rests_until integer not null default 0,
    -- Why it rests; null while it does not.
    rest_reason text,
    rest_since integer,
    -- When a status of a send was last received, and when Meta last took a send.
    status_at integer not null default 0,
    taken_at integer not null default 0
);

insert into business_number (business, created_at)
select business, cast(strftime('%s', 'now') as integer) * 1000 from (select distinct business from lane);

-- This installation's id: references of ours carry it.
create table installation (
    id text primary key,
    created_at integer not null
);

insert into installation (id, created_at)
select lower(hex(randomblob(6))), cast(strftime('%s', 'now') as integer) * 1000;

-- Who sends what waits in the lane, until when; the pace towards the person: as if one message were sent every six seconds, the next
-- could go then; and when the person last wrote, by Meta's time: the customer service window is counted from it.
alter table lane add column send_owner text;
alter table lane add column send_until integer not null default 0;
alter table lane add column pair_at integer not null default 0;
alter table lane add column wrote_at integer not null default 0;

update lane set wrote_at = coalesce((
    select cast(round((julianday(max(s.last_message_at)) - 2440587.5) * 86400000) as integer)
    from unified_sessions as s where s.user_id = lane.person_id and s.business_number = lane.business), 0);

create table outbox_new (
    -- With the installation's id our reference at Meta.
    outbox_id integer primary key,
    lane_id integer not null references lane (lane_id),
    message_id integer not null,
    agent text not null,
    -- Graph API body from `type` on.
    body text not null,
    -- docs/outbox.md has the table of states and events.
    state text not null check (state in ('queued', 'sending', 'unknown', 'sent', 'barred', 'dead', 'discarded')),
    -- How far it came: 10 sent, 20 failed, 30 delivered, 40 read, 50 played.
    progress integer not null default 0,
    attempts integer not null default 0,
    unknowns integer not null default 0,
    -- Due then.
    run_at integer not null,
    created_at integer not null,
    wamid text,
    error text,
    url text,
    -- Grows with each change: an event names the version that it is about.
    version integer not null default 0,
    -- An answer to what the person wrote; a notice, which nobody asked for; a template, which asks the person to write; a forward to the
    -- legacy service.
    kind text not null default 'answer' check (kind in ('answer', 'notice', 'template', 'forward')),
    -- When it was last begun.
    begun_at integer,
    -- Unknown outcomes that were its own, and not trouble that befell all; `unknowns` counts all.
    losses integer not null default 0
);

insert into outbox_new (outbox_id, lane_id, message_id, agent, body, state, progress, attempts, unknowns, run_at, created_at, wamid, error, url, kind)
select outbox_id, lane_id, message_id, agent, body, state, progress, attempts, unknowns, run_at, created_at, wamid, error, url,
    case when url is not null then 'forward' when body like '{"type":"template"%' or body like '%"type":"template"%' then 'template' else 'answer' end
from outbox;

drop table outbox;
alter table outbox_new rename to outbox;

create index outbox_waiting on outbox (lane_id, outbox_id) where state in ('queued', 'sending', 'unknown');
create index outbox_wamid on outbox (wamid) where wamid is not null;
create index outbox_dead on outbox (outbox_id) where state in ('dead', 'barred');
create index outbox_unknowns on outbox (unknowns) where unknowns > 0;
create index outbox_forwarded on outbox (lane_id, outbox_id) where url is not null;
