-- The outbox as one state machine: rows have a version, lanes have one sender at a time, and business numbers are rows that can rest.

-- What a number is to us. A row is made for each number that the host sends from.
create table switchboard.business_number (
    -- Meta's `phone_number_id`.
    business text collate "C" primary key,
    name text,
    -- The environment variable that holds its access token.
    token_ref text not null default 'WHATSAPP_ACCESS_TOKEN',
    -- Where messages of people outside the rollout are forwarded to; null: as LEGACY_WEBHOOK_URL says.
    legacy_url text,
    created_at bigint not null,
    -- Nothing is sent from it before this time; at this time one row goes as a probe.
    rests_until bigint not null default 0,
    -- Why it rests; null while it does not.
    rest_reason text,
    rest_since bigint,
    -- When a status of a send was last received, and when Meta last took a send.
    status_at bigint not null default 0,
    taken_at bigint not null default 0
);

insert into switchboard.business_number (business, created_at)
select business, (extract(epoch from clock_timestamp()) * 1000)::bigint from (select distinct business from switchboard.lane) as l;

-- This installation's id: references of ours carry it.
create table switchboard.installation (
    id text collate "C" primary key,
    created_at bigint not null
);

insert into switchboard.installation (id, created_at)
select substr(replace(gen_random_uuid()::text, '-', ''), 1, 12), (extract(epoch from clock_timestamp()) * 1000)::bigint;

-- Who sends what waits in the lane, until when; the pace towards the person: as if one message were sent every six seconds, the next
-- could go then; and when the person last wrote, by Meta's time: the customer service window is counted from it.
alter table switchboard.lane add column send_owner text, add column send_until bigint not null default 0,
    add column pair_at bigint not null default 0, add column wrote_at bigint not null default 0;

update switchboard.lane set wrote_at = s.at
from (select user_id, business_number, (extract(epoch from max(last_message_at)) * 1000)::bigint as at from public.unified_sessions group by 1, 2) as s
where s.user_id = lane.person_id and s.business_number = lane.business;

-- docs/outbox.md has the table of states and events.
alter table switchboard.outbox drop constraint outbox_state_check,
    add constraint outbox_state_check check (state in ('queued', 'sending', 'unknown', 'sent', 'barred', 'dead', 'discarded')),
    -- Grows with each change: an event names the version that it is about.
    add column version bigint not null default 0,
    -- An answer to what the person wrote; a notice, which nobody asked for; a template, which asks the person to write; a forward to the
    -- legacy service.
    add column kind text not null default 'answer' check (kind in ('answer', 'notice', 'template', 'forward')),
    -- When it was last begun.
    add column begun_at bigint,
    -- Unknown outcomes that were its own, and not trouble that befell all; `unknowns` counts all.
    add column losses bigint not null default 0;

update switchboard.outbox set kind = case when url is not null then 'forward' else 'template' end
where url is not null or body like '%"type":"template"%';

drop index switchboard.outbox_dead;
create index outbox_dead on switchboard.outbox (outbox_id) where state in ('dead', 'barred');

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.business_number to switchboard_node');
select switchboard.for_role('switchboard_node', 'grant select on switchboard.installation to switchboard_node');
