-- How often a lane was claimed since a turn in it ended or failed with a word: what ends its host each time is given up.

alter table lane add column claims integer not null default 0;

-- The newest backup that `switchboard db backup` made.
create table backup (
    name text primary key,
    at integer not null,
    file text not null,
    bytes integer not null
);
