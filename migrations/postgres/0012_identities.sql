-- Identities begin and end: what somebody was known by goes to a history, and a number is looked up by a key that is the same for all
-- the forms in which Meta and people write it.

-- `Phone::key` in the host says the same, with its sources.
create function switchboard.identity_key(kind text, value text) returns text language sql immutable parallel safe set search_path = ''
as $$
    select case
        when kind <> 'phone' then value
        when value ~ '^55[1-9][0-9][6-9][0-9]{7}$' then substr(value, 1, 4) || '9' || substr(value, 5)
        when value ~ '^521[0-9]{10}$' then '52' || substr(value, 4)
        when value ~ '^54[1-3][0-9]{9}$' then '549' || substr(value, 3)
        else value end
$$;

alter table switchboard.identity
    -- The other name of the same WhatsApp account: of a number the key of the user id, of a user id that of the number; and since when.
    add column pair text,
    add column paired_at bigint not null default 0,
    add column key text collate "C" generated always as (switchboard.identity_key(kind, value)) stored;

-- What a person was known by, from when to when.
create table switchboard.former_identity (
    kind text collate "C" not null,
    value text collate "C" not null,
    person_id uuid not null references switchboard.person (person_id),
    since bigint not null,
    until bigint not null,
    -- changed: Meta announced it. moved: it came with another user id, or its account with another number. form: Meta writes the number
    -- in another form. upgrade: it was one of several when this table was made.
    reason text not null,
    primary key (kind, value, person_id, since)
);

create index former_identity_person on switchboard.former_identity (person_id);

-- A WhatsApp account has one number and one user id. Until now none ever ended: of several the one in the person's row stays, which
-- answers went to. Of a number in two forms that of the person who came last.
insert into switchboard.former_identity (kind, value, person_id, since, until, reason)
select i.kind, i.value, i.person_id, i.since, (extract(epoch from clock_timestamp()) * 1000)::bigint, 'upgrade'
from switchboard.identity as i join switchboard.person as p using (person_id)
where (i.kind = 'phone' and i.value <> p.phone) or (i.kind = 'user_id' and i.value <> p.user_id);

insert into switchboard.former_identity (kind, value, person_id, since, until, reason)
select kind, value, person_id, since, (extract(epoch from clock_timestamp()) * 1000)::bigint, 'upgrade'
from (select kind, value, person_id, since, row_number() over (partition by key order by since desc, value) as nth from switchboard.identity
      where kind = 'phone' and (kind, value, person_id) not in (select kind, value, person_id from switchboard.former_identity)) as forms
where nth > 1;

delete from switchboard.identity where (kind, value, person_id) in (select kind, value, person_id from switchboard.former_identity);

update switchboard.person set phone = null where phone is not null and exists (
    select 1 from switchboard.former_identity as f where f.person_id = person.person_id and f.kind = 'phone' and f.value = person.phone);

create unique index identity_key on switchboard.identity (key, kind);

-- Who was merged is nobody's address any more.
update switchboard.person set phone = null, user_id = null where person_id in (select merged_person_id from switchboard.person_merge)
    and not exists (select 1 from switchboard.identity as i where i.person_id = person.person_id);

update switchboard.identity set
    pair = case kind
        when 'phone' then (select u.key from switchboard.identity as u where u.person_id = identity.person_id and u.kind = 'user_id' order by u.since desc limit 1)
        when 'user_id' then (select n.key from switchboard.identity as n where n.person_id = identity.person_id and n.kind = 'phone' order by n.since desc limit 1) end,
    paired_at = since
where kind in ('phone', 'user_id');

-- The operator who said that two are one, or `meta`.
alter table switchboard.person_merge add column who text;
create index person_merge_merged on switchboard.person_merge (merged_person_id);

-- The address that wrote: answers go there. Null: the person's current one.
alter table switchboard.message add column sender text;
alter table switchboard.outbox add column recipient text;
-- Where the person wrote from last; and the lane that has its messages since its person was merged.
alter table switchboard.lane add column address text, add column moved_to bigint references switchboard.lane (lane_id);
create index lane_moved on switchboard.lane (moved_to) where moved_to is not null;

-- The person who asks, by the number in their token: whoever has it now.
create or replace function switchboard.me() returns uuid language sql stable security definer set search_path = ''
as $$
    select person_id from switchboard.identity where kind = 'phone' and key = switchboard.identity_key('phone',
        regexp_replace(nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'phone', '\D', '', 'g'))
$$;

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.former_identity to switchboard_node');
