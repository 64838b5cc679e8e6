-- How often a lane was claimed since a turn in it ended or failed with a word: what ends its host each time is given up.

alter table switchboard.lane add column claims bigint not null default 0;

-- A time without an end is no number of milliseconds: null, where it failed the statement.
create or replace function switchboard.ms(at timestamptz) returns bigint
language sql immutable parallel safe
as 'select case when isfinite(at) then (extract(epoch from at) * 1000)::bigint end';
