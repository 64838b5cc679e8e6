-- Answers of five minutes, by agent and by how long they took: what charts of days are drawn from without reading each event. A host
-- counts them from events behind the turns, never in a turn's transaction. Nothing of a person.
create table figure_slot (
    -- When the five minutes began.
    slot_at integer not null,
    -- The agent that answered; empty where none did.
    agent text not null,
    -- In how many milliseconds they were answered at most: a bound of a fixed list; -1 where it is not known.
    within_ms integer not null,
    messages integer not null,
    -- Those of them whose sender did not get an agent's own answer.
    errors integer not null,
    primary key (slot_at, agent, within_ms)
) without rowid;

-- Up to when events are counted.
create table figure_counted (
    name text primary key,
    until_ms integer not null
) without rowid;
