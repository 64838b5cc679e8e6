-- What *forget me* needs. Who said stop and was forgotten after it is remembered by a keyed hash of what they were known by: they are not
-- written to when they turn up again.

-- The database's own keys, made once.
create table secret (
    name text primary key,
    value blob not null
) without rowid;

insert into secret (name, value) values ('opt_out', randomblob(32));

create table opt_out (
    -- HMAC-SHA256 of a number or user id under the key `opt_out`, in hex.
    hash text primary key,
    at integer not null
) without rowid;

-- Whose number is still held though they were forgotten.
create index person_forgotten on person (forgotten_at) where forgotten_at is not null;
