-- What operators did with dead letters, and what hosts write to see whether anything can be stored.

-- A row for each letter that was retried or discarded.
create table dead_audit (
    audit_id integer primary key autoincrement,
    at integer not null,
    who text not null,
    event text not null check (event in ('retried', 'discarded')),
    kind text not null check (kind in ('message', 'reply', 'forward')),
    -- `message_id` or `outbox_id`.
    letter_id integer not null
);

create index dead_audit_letter on dead_audit (letter_id);

create table write_probe (
    node text primary key,
    at integer not null,
    -- As much as a delivery takes, for a moment.
    filler text not null
) without rowid;
