-- People, known by our own id. A number, a user id and a user name are identities of a person, never the person.

create table person (
    person_id text primary key,
    -- 0 to 9999: the fixed place in every rollout, given once.
    bucket integer not null check (bucket between 0 and 9999),
    -- Digits with the country code. Null for people who have no number that we know.
    phone text check (phone is null or phone not glob '*[^0-9]*'),
    -- Business-scoped user id, for sending where there is no number.
    user_id text,
    name text,
    language text,
    -- Where the person last said to be.
    lat real check (lat between -90 and 90),
    lng real check (lng between -180 and 180),
    place text,
    -- When the person said stop; no message unasked after it.
    opted_out_at integer,
    created_at integer not null
) without rowid;

create table identity (
    -- phone, user_id or parent_user_id.
    kind text not null check (kind in ('phone', 'user_id', 'parent_user_id')),
    value text not null,
    person_id text not null references person (person_id),
    since integer not null,
    primary key (kind, value)
) without rowid;

create index identity_person on identity (person_id);

-- Two persons who turned out to be one: the first now stands for the second.
create table person_merge (
    person_id text not null references person (person_id),
    merged_person_id text not null,
    merged_at integer not null,
    primary key (person_id, merged_person_id)
) without rowid;
