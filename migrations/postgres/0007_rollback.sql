-- A way back that always works. A change of the flags is refused only for what it brings in itself, so that a lower percentage and
-- `unifiedServiceEnabled: false` pass on any row; a rollout moves the percentage of any row; and a version of an agent remembers when it
-- served and why it was dropped.

-- What of a value is wrong: a sentence each, with the value that was found where another wrong value would be a new fault.
create function switchboard.flags_faults(row_value jsonb) returns table (fault text, found jsonb)
language sql immutable set search_path = ''
as $$
    with whole as (select case when jsonb_typeof(row_value) = 'object' then row_value else '{}'::jsonb end as value),
    agents as (select case when jsonb_typeof(value->'agentFlags') = 'object' then value->'agentFlags' else '{}'::jsonb end as value from whole),
    features as (select case when jsonb_typeof(value->'features') = 'object' then value->'features' else '{}'::jsonb end as value from whole)
    select 'it must be a JSON object', row_value where jsonb_typeof(row_value) is distinct from 'object'
    union all
    select 'unifiedServiceRolloutPercent is a number from 0 to 100', value->'unifiedServiceRolloutPercent' from whole
    where case jsonb_typeof(value->'unifiedServiceRolloutPercent')
        when 'number' then (value->>'unifiedServiceRolloutPercent')::numeric not between 0 and 100
        else value ? 'unifiedServiceRolloutPercent' end
    union all
    select 'unifiedServiceEnabled is true or false', value->'unifiedServiceEnabled' from whole
    where jsonb_typeof(value->'unifiedServiceEnabled') <> 'boolean'
    union all
    select format('`%s` is an unknown key; it has unifiedServiceEnabled, unifiedServiceRolloutPercent, agentFlags and features', each.key), null
    from whole, jsonb_each(whole.value) as each
    where each.key not in ('unifiedServiceEnabled', 'unifiedServiceRolloutPercent', 'agentFlags', 'features')
    union all
    select format('%s is an object', each.key), each.value from whole, jsonb_each(whole.value) as each
    where each.key in ('agentFlags', 'features') and jsonb_typeof(each.value) <> 'object'
    union all
    select format('agentFlags.%s is %s; it is true or false', each.key, each.value), each.value from agents, jsonb_each(agents.value) as each
    where jsonb_typeof(each.value) <> 'boolean'
    union all
    select format('agentFlags has `%s`; a name is 1 to 40 lower-case letters, digits and _, and does not begin with _', each.key), null
    from agents, jsonb_each(agents.value) as each where each.key !~ '^[a-z0-9][a-z0-9_]{0,39}$'
    union all
    select format('`%s` is an unknown feature; there are crossDomainHandoffs, unifiedSearch, sharedPreferences and hybridFlows', each.key), null
    from features, jsonb_each(features.value) as each
    where each.key not in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows')
    union all
    select format('features.%s is %s; it is true or false', each.key, each.value), each.value from features, jsonb_each(features.value) as each
    where each.key in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows') and jsonb_typeof(each.value) <> 'boolean'
$$;

-- Runs as its owner: whoever may change the row need not have rights on this schema.
create or replace function switchboard.check_config() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    wrong text;
    before jsonb := '{}';
begin
    if tg_op = 'UPDATE' then
        if old.key is not distinct from new.key then
            before := old.value;
        end if;
    end if;
    select n.fault into wrong from switchboard.flags_faults(new.value) as n
    where not exists (select from switchboard.flags_faults(before) as o where o.fault = n.fault and o.found is not distinct from n.found)
    limit 1;
    if wrong is not null then
        raise exception 'unified_service_flags: %', wrong;
    end if;
    return new;
end
$$;

-- What a host serves, as JSON: each agent with its version, its candidate and why a file is refused.
alter table switchboard.host_status add column agents text;

alter table switchboard.component_version
    -- When the version last began to serve everybody; null if it never did.
    add column served_at bigint,
    -- When it was dropped: tripped, aborted, rolled back or replaced before it served everybody; and why. It stays with the SHA-256.
    add column dropped_at bigint,
    add column dropped_why text;

-- The version that an agent's rollout has in service for everybody but a candidate's share.
create function switchboard.serves(state text, candidate text, stable text) returns text language sql immutable set search_path = ''
as $$
    select case when state = 'completed' then coalesce(candidate, stable) else stable end
$$;

update switchboard.component_version as v set served_at = v.seen_at
from switchboard.rollout as r
where r.name = 'agent:' || v.agent and v.sha256 = switchboard.serves(r.state, r.candidate, r.stable);
update switchboard.component_version as v set dropped_at = r.updated_at, dropped_why = r.reason || ' (' || r.who || ')'
from switchboard.rollout as r
where r.name = 'agent:' || v.agent and r.state = 'aborted' and v.sha256 = r.candidate;

create or replace function switchboard.rollout_moves() returns trigger language plpgsql set search_path = ''
as $$
declare
    in_row double precision;
    was switchboard.rollout;
begin
    if tg_op = 'UPDATE' then
        was := old;
    end if;
    if new.name = 'service' and (tg_op = 'INSERT' or new.outcome = 'started') then
        select (value->>'unifiedServiceRolloutPercent')::float8 into in_row from public.app_config
        where key = 'unified_service_flags' and jsonb_typeof(value->'unifiedServiceRolloutPercent') = 'number';
    end if;
    insert into switchboard.rollout_decision (name, at, who, outcome, from_percent, to_percent, reason, figures)
    values (new.name, new.updated_at, new.who, new.outcome, coalesce(in_row, was.percent), new.percent, new.reason, new.figures);
    update public.app_config set updated_by = 'rollout', updated_at = clock_timestamp(),
        value = case when jsonb_typeof(value) = 'object' then value else '{}'::jsonb end
            || jsonb_build_object('unifiedServiceRolloutPercent', new.percent)
    where key = 'unified_service_flags' and new.name = 'service'
        and (value->'unifiedServiceRolloutPercent') is distinct from to_jsonb(new.percent);
    return null;
end
$$;

-- A rollout of an agent that moves marks the versions, in the same statement.
create function switchboard.rollout_marks_versions() returns trigger language plpgsql set search_path = ''
as $$
declare
    serves text := switchboard.serves(new.state, new.candidate, new.stable);
    was switchboard.rollout;
begin
    if tg_op = 'UPDATE' then
        was := old;
    end if;
    update switchboard.component_version
    set served_at = case when tg_op = 'UPDATE' then new.updated_at else coalesce(served_at, new.updated_at) end
    where new.name = 'agent:' || agent and sha256 = serves
        and serves is distinct from switchboard.serves(was.state, was.candidate, was.stable);
    update switchboard.component_version set dropped_at = new.updated_at, dropped_why = new.reason || ' (' || new.who || ')'
    where new.name = 'agent:' || agent and new.state = 'aborted' and sha256 = new.candidate and sha256 is distinct from new.stable
        and (was.state is distinct from 'aborted' or was.candidate is distinct from new.candidate);
    update switchboard.component_version set dropped_at = new.updated_at,
        dropped_why = 'another version took its place before it served everybody (' || new.who || ')'
    where new.name = 'agent:' || agent and was.state in ('running', 'held') and sha256 = was.candidate
        and sha256 is distinct from new.candidate and sha256 is distinct from serves;
    return null;
end
$$;

create trigger rollout_begun_of_agent after insert on switchboard.rollout for each row
when (new.name <> 'service') execute function switchboard.rollout_marks_versions();
create trigger rollout_moved_of_agent after update of version on switchboard.rollout for each row
when (new.name <> 'service') execute function switchboard.rollout_marks_versions();
