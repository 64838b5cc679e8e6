-- What *forget me* needs. Who said stop and was forgotten after it is remembered by a keyed hash of what they were known by: they are not
-- written to when they turn up again.

-- The database's own keys, made once.
create table switchboard.secret (
    name text primary key,
    value bytea not null
);

-- Two random UUIDs have 244 random bits.
insert into switchboard.secret (name, value)
values ('opt_out', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create table switchboard.opt_out (
    -- HMAC-SHA256 of a number or user id under the key `opt_out`, in hex.
    hash text primary key,
    at bigint not null
);

create index outbox_lane on switchboard.outbox (lane_id);

select switchboard.for_role('switchboard_node', 'grant select on switchboard.secret to switchboard_node');
select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.opt_out to switchboard_node');
