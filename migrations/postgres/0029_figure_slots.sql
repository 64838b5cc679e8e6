-- Answers of five minutes, by agent and by how long they took: what charts of days are drawn from without reading each event. A host
-- counts them from events behind the turns, never in a turn's transaction. Nothing of a person.
create table switchboard.figure_slot (
    -- When the five minutes began.
    slot_at bigint not null,
    -- The agent that answered; empty where none did.
    agent text collate "C" not null,
    -- In how many milliseconds they were answered at most: a bound of a fixed list; -1 where it is not known.
    within_ms bigint not null,
    messages bigint not null,
    -- Those of them whose sender did not get an agent's own answer.
    errors bigint not null,
    primary key (slot_at, agent, within_ms)
);

-- Up to when events are counted.
create table switchboard.figure_counted (
    name text collate "C" primary key,
    until_ms bigint not null
);

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.figure_slot to switchboard_node');
select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.figure_counted to switchboard_node');
