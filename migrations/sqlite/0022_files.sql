-- Files that people sent: what is to be fetched from Meta, what is kept and what is not. A row is made in the commit of its message.
create table file (
    -- What agents hold of it, behind its kind and a colon; the name of the kept file. Of files before this migration Meta's id.
    file_id text primary key,
    -- The message that it came in; null of files before this migration that no message names any more.
    message_id integer,
    person_id text not null references person (person_id),
    business text not null,
    -- Meta's id of it, which Meta forgets after a week or so.
    media_id text not null,
    -- image, audio, video, document or sticker.
    kind text not null,
    -- As its sender named it, cleaned; of documents.
    name text,
    -- As Meta says, and once it is kept as its first bytes say.
    mime_type text not null,
    state text not null check (state in ('pending', 'kept', 'refused')),
    bytes integer not null default 0,
    -- Fetches that were begun.
    attempts integer not null default 0,
    -- When it is fetched next, or when whoever fetches it is taken for gone.
    due_at integer not null,
    -- Then it is given up.
    until_at integer not null,
    created_at integer not null,
    -- Why it is not kept, or not yet.
    error text
) without rowid;

create index file_due on file (due_at) where state = 'pending';
create index file_person on file (person_id);
create index file_created on file (created_at);
create index record_person on record (person_id);

-- Which folder this host keeps files in: hosts of one database share one.
alter table host_status add column files text;

-- What people sent before: it is looked for in the folder of files, and at Meta.
insert or ignore into file (file_id, message_id, person_id, business, media_id, kind, name, mime_type, state, due_at, until_at, created_at)
select substr(handle, instr(handle, ':') + 1), message_id, person_id, business, substr(handle, instr(handle, ':') + 1), substr(handle, 1, instr(handle, ':') - 1),
    name, mime_type, 'pending', received_at, received_at + 518400000, received_at
from (
    select m.message_id, l.person_id, m.business, m.received_at, json_extract(m.content, '$.Media.handle') as handle,
        json_extract(m.content, '$.Media.file_name') as name, coalesce(json_extract(m.content, '$.Media.mime_type'), 'application/octet-stream') as mime_type
    from message as m join lane as l using (lane_id)
    where m.content like '{"Media":%' and json_valid(m.content) and m.kind = 'message'
) as sent where instr(handle, ':') > 1;
insert or ignore into file (file_id, person_id, business, media_id, kind, mime_type, state, due_at, until_at, created_at)
select substr(i.value, instr(i.value, ':') + 1), l.owner_user_id, '', substr(i.value, instr(i.value, ':') + 1), substr(i.value, 1, instr(i.value, ':') - 1),
    'application/octet-stream', 'pending', 0, 0, cast(strftime('%s', l.created_at) as integer) * 1000
from unified_listings as l, json_each(l.images) as i where json_valid(l.images) and i.type = 'text' and instr(i.value, ':') > 1 and l.owner_user_id is not null;
