-- Files that people sent: what is to be fetched from Meta, what is kept and what is not. A row is made in the commit of its message.
create table switchboard.file (
    -- What agents hold of it, behind its kind and a colon; the name of the kept file. Of files before this migration Meta's id.
    file_id text collate "C" primary key,
    -- The message that it came in; null of files before this migration that no message names any more.
    message_id bigint,
    person_id uuid not null references switchboard.person (person_id),
    business text collate "C" not null,
    -- Meta's id of it, which Meta forgets after a week or so.
    media_id text not null,
    -- image, audio, video, document or sticker.
    kind text not null,
    -- As its sender named it, cleaned; of documents.
    name text,
    -- As Meta says, and once it is kept as its first bytes say.
    mime_type text not null,
    state text collate "C" not null check (state in ('pending', 'kept', 'refused')),
    bytes bigint not null default 0,
    -- Fetches that were begun.
    attempts bigint not null default 0,
    -- When it is fetched next, or when whoever fetches it is taken for gone.
    due_at bigint not null,
    -- Then it is given up.
    until_at bigint not null,
    created_at bigint not null,
    -- Why it is not kept, or not yet.
    error text
);

create index file_due on switchboard.file (due_at) where state = 'pending';
create index file_person on switchboard.file (person_id);
create index file_created on switchboard.file (created_at);

-- Which folder this host keeps files in: hosts of one database share one.
alter table switchboard.host_status add column files text;

-- What people sent before: it is looked for in the folder of files, and at Meta.
insert into switchboard.file (file_id, message_id, person_id, business, media_id, kind, name, mime_type, state, due_at, until_at, created_at)
select substr(handle, strpos(handle, ':') + 1), message_id, person_id, business, substr(handle, strpos(handle, ':') + 1), substr(handle, 1, strpos(handle, ':') - 1),
    name, mime_type, 'pending', received_at, received_at + 518400000, received_at
from (
    select m.message_id, l.person_id, m.business, m.received_at, m.content::jsonb->'Media'->>'handle' as handle,
        m.content::jsonb->'Media'->>'file_name' as name, coalesce(m.content::jsonb->'Media'->>'mime_type', 'application/octet-stream') as mime_type
    from switchboard.message as m join switchboard.lane as l using (lane_id)
    where m.content like '{"Media":%' and m.kind = 'message'
) as sent where strpos(handle, ':') > 1
on conflict do nothing;
insert into switchboard.file (file_id, person_id, business, media_id, kind, mime_type, state, due_at, until_at, created_at)
select substr(i.value, strpos(i.value, ':') + 1), l.owner_user_id, '', substr(i.value, strpos(i.value, ':') + 1), substr(i.value, 1, strpos(i.value, ':') - 1),
    'application/octet-stream', 'pending', 0, 0, (extract(epoch from l.created_at) * 1000)::bigint
from public.unified_listings as l,
    jsonb_array_elements_text(case when jsonb_typeof(l.images) = 'array' then l.images else '[]' end) as i (value)
where strpos(i.value, ':') > 1
on conflict do nothing;

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.file to switchboard_node');
