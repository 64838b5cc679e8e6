-- Which host did what, and why a message that wants no answer has none.
alter table delivery add column host text;
alter table message add column host text;
alter table message add column why text;
alter table outbox add column host text;
create index outbox_lane on outbox (lane_id);

-- Wamids that deliveries with a wrong signature named. Strangers can make as many as they like: the latest are kept.
create table refused_delivery (
    wamid text primary key,
    at integer not null,
    host text not null,
    times integer not null
) without rowid;

create index refused_delivery_at on refused_delivery (at);
