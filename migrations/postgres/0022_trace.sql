-- Which host did what, and why a message that wants no answer has none.
alter table switchboard.delivery add column host text;
alter table switchboard.message add column host text, add column why text;
alter table switchboard.outbox add column host text;

-- Wamids that deliveries with a wrong signature named. Strangers can make as many as they like: the latest are kept.
create table switchboard.refused_delivery (
    wamid text collate "C" primary key,
    at bigint not null,
    host text not null,
    times bigint not null
);

create index refused_delivery_at on switchboard.refused_delivery (at);

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.refused_delivery to switchboard_node');
