-- What replays of recorded turns said of versions of agents, and which kinds of differences a person accepted. No words of people.
create table replay_run (
    run_id integer primary key,
    agent text not null,
    old_sha256 text not null,
    new_sha256 text not null,
    at integer not null,
    -- An operator, or `gate`.
    who text not null,
    turns integer not null,
    same integer not null,
    unknown integer not null
);

create index replay_run_version on replay_run (agent, new_sha256, run_id);
create index replay_run_at on replay_run (at);

create table replay_difference (
    run_id integer not null references replay_run (run_id) on delete cascade,
    kind text not null,
    -- The flow and step that the turns began in, and the function for a call.
    place text not null,
    turns integer not null,
    -- One of them.
    message_id integer not null,
    primary key (run_id, kind, place)
) without rowid;

create table replay_accepted (
    agent text not null,
    sha256 text not null,
    kind text not null,
    at integer not null,
    who text not null,
    primary key (agent, sha256, kind)
) without rowid;
