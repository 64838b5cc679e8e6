-- Quotas that hold over all hosts: notices, firings of timers and tokens of the model; and agents whose notices are muted.

-- What was used in a period: a row for each thing that has a quota, with the agent and person that it is counted for; empty: for all.
-- The constraint is what keeps a quota: of two hosts that would use the last of it, one is refused.
create table switchboard.quota (
    -- The beginning of the period, a UTC day or an hour.
    since bigint not null,
    what text collate "C" not null,
    agent text collate "C" not null,
    person text collate "C" not null,
    used bigint not null,
    -- The most that may be used, by the configuration of whoever used it last.
    most bigint not null,
    primary key (since, what, agent, person),
    constraint quota_used check (used <= most)
);

-- Tokens of questions that are under way: counted in `quota` before the model is asked.
create table switchboard.token_reservation (
    reservation_id uuid primary key,
    -- The period that it is counted in.
    since bigint not null,
    agent text collate "C" not null,
    person_id uuid not null,
    tokens bigint not null,
    -- What of it is the question: counted as used if nobody can say any more what the answer took.
    prompt bigint not null,
    -- Then its host is gone.
    until_at bigint not null
);

create index token_reservation_until on switchboard.token_reservation (until_at);

-- An agent whose notices outnumbered its answers.
create table switchboard.agent_mute (
    agent text collate "C" primary key,
    muted_at bigint not null,
    until_at bigint not null,
    -- Why: its notices and answers in the hours before.
    notices bigint not null,
    answers bigint not null
);

-- How many notices and one message are behind it: 1 if a message of a person caused it.
alter table switchboard.notice add column depth bigint not null default 1;
alter table switchboard.message add column depth bigint not null default 0;

update switchboard.message set depth = 1 where kind = 'notice' and state = 'queued';

-- The caps of today count what was used before the upgrade.
insert into switchboard.quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', '', '', sum(tokens), sum(tokens) from switchboard.model_use group by day;
insert into switchboard.quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', agent, '', sum(tokens), sum(tokens) from switchboard.model_use group by day, agent;
insert into switchboard.quota (since, what, agent, person, used, most)
select day * 86400000, 'tokens', '', person_id::text, sum(tokens), sum(tokens) from switchboard.model_use group by day, person_id;

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.quota, switchboard.token_reservation, switchboard.agent_mute to switchboard_node');
