-- Quotas that hold over all hosts: notices, firings of timers and tokens of the model; and agents whose notices are muted.

-- What was used in a period: a row for each thing that has a quota, with the agent and person that it is counted for; empty: for all.
-- The constraint is what keeps a quota: of two hosts that would use the last of it, one is refused.
create table quota (
    -- The beginning of the period, a UTC day or an hour.
    since integer not null,
    what text not null,
    agent text not null,
    person text not null,
    used integer not null,
    -- The most that may be used, by the configuration of whoever used it last.
    most integer not null,
    primary key (since, what, agent, person),
    constraint quota_used check (used <= most)
) without rowid;

-- Tokens of questions that are under way: counted in `quota` before the model is asked.
create table token_reservation (
    reservation_id text primary key,
    -- The period that it is counted in.
    since integer not null,
    agent text not null,
    person_id text not null,
    tokens integer not null,
    -- What of it is the question: counted as used if nobody can say any more what the answer took.
    prompt integer not null,
    -- Then its host is gone.
    until_at integer not null
) without rowid;

create index token_reservation_until on token_reservation (until_at);

-- An agent whose notices outnumbered its answers.
create table agent_mute (
    agent text primary key,
    muted_at integer not null,
    until_at integer not null,
    -- Why: its notices and answers in the hours before.
    notices integer not null,
    answers integer not null
) without rowid;

-- How many notices and one message are behind it: 1 if a message of a person caused it.
alter table notice add column depth integer not null default 1;
alter table message add column depth integer not null default 0;

update message set depth = 1 where kind = 'notice' and state = 'queued';

-- The caps of today count what was used before the upgrade.
insert into quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', '', '', sum(tokens), sum(tokens) from model_use group by day;
insert into quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', agent, '', sum(tokens), sum(tokens) from model_use group by day, agent;
insert into quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', '', person_id, sum(tokens), sum(tokens) from model_use group by day, person_id;
