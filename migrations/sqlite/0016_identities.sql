-- Identities begin and end: what somebody was known by goes to a history, and a number is looked up by a key that is the same for all
-- the forms in which Meta and people write it.

-- The other name of the same WhatsApp account: of a number the key of the user id, of a user id that of the number; and since when.
alter table identity add column pair text;
alter table identity add column paired_at integer not null default 0;

-- `Phone::key` in the host says the same, with its sources.
alter table identity add column key text generated always as (case
    when kind <> 'phone' then value
    when length(value) = 12 and value glob '55[1-9][0-9][6-9]*' then substr(value, 1, 4) || '9' || substr(value, 5)
    when length(value) = 13 and value glob '521*' then '52' || substr(value, 4)
    when length(value) = 12 and value glob '54[1-3]*' then '549' || substr(value, 3)
    else value end) virtual;

-- What a person was known by, from when to when.
create table former_identity (
    kind text not null,
    value text not null,
    person_id text not null references person (person_id),
    since integer not null,
    until integer not null,
    -- changed: Meta announced it. moved: it came with another user id, or its account with another number. form: Meta writes the number
    -- in another form. upgrade: it was one of several when this table was made.
    reason text not null,
    primary key (kind, value, person_id, since)
) without rowid;

create index former_identity_person on former_identity (person_id);

-- A WhatsApp account has one number and one user id. Until now none ever ended: of several the one in the person's row stays, which
-- answers went to. Of a number in two forms that of the person who came last.
insert into former_identity (kind, value, person_id, since, until, reason)
select i.kind, i.value, i.person_id, i.since, cast(strftime('%s', 'now') as integer) * 1000, 'upgrade'
from identity as i join person as p using (person_id)
where (i.kind = 'phone' and i.value <> p.phone) or (i.kind = 'user_id' and i.value <> p.user_id);

insert or ignore into former_identity (kind, value, person_id, since, until, reason)
select kind, value, person_id, since, cast(strftime('%s', 'now') as integer) * 1000, 'upgrade'
from (select kind, value, person_id, since, row_number() over (partition by key order by since desc, value) as nth from identity where kind = 'phone'
      and (kind, value, person_id) not in (select kind, value, person_id from former_identity)) as forms
where nth > 1;

delete from identity where (kind, value, person_id) in (select kind, value, person_id from former_identity);

update person set phone = null where phone is not null and exists (
    select 1 from former_identity as f where f.person_id = person.person_id and f.kind = 'phone' and f.value = person.phone);

create unique index identity_key on identity (kind, key);

-- Who was merged is nobody's address any more.
update person set phone = null, user_id = null where person_id in (select merged_person_id from person_merge)
    and not exists (select 1 from identity as i where i.person_id = person.person_id);

update identity set
    pair = case kind
        when 'phone' then (select u.key from identity as u where u.person_id = identity.person_id and u.kind = 'user_id' order by u.since desc limit 1)
        when 'user_id' then (select n.key from identity as n where n.person_id = identity.person_id and n.kind = 'phone' order by n.since desc limit 1) end,
    paired_at = since
where kind in ('phone', 'user_id');

-- The operator who said that two are one, or `meta`.
alter table person_merge add column who text;
create index person_merge_merged on person_merge (merged_person_id);

-- The address that wrote: answers go there. Null: the person's current one.
alter table message add column sender text;
alter table outbox add column recipient text;
-- Where the person wrote from last; and the lane that has its messages since its person was merged.
alter table lane add column address text;
alter table lane add column moved_to integer references lane (lane_id);
create index lane_moved on lane (moved_to) where moved_to is not null;
