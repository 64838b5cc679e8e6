-- A way back that always works. A change of the flags is refused only for what it brings in itself, so that a lower percentage and
-- `unifiedServiceEnabled: false` pass on any row; a rollout moves the percentage of any row; and a version of an agent remembers when it
-- served and why it was dropped.

drop trigger app_config_insert_check;
drop trigger app_config_update_check;

-- A message of a trigger is a literal, and `subsec` and newer functions are avoided: SQLite shells from 3.38 on must know every word.
create trigger app_config_insert_check before insert on app_config when new.key = 'unified_service_flags'
begin
    select raise(abort, 'unified_service_flags: it must be a JSON object')
    where not json_valid(new.value)
        or (json_type(new.value) <> 'object' and new.value is not '{}');
    select raise(abort, 'unified_service_flags: unifiedServiceRolloutPercent is a number from 0 to 100')
    where (json_type(new.value, '$.unifiedServiceRolloutPercent') not in ('integer', 'real')
            or json_extract(new.value, '$.unifiedServiceRolloutPercent') not between 0 and 100)
        and (new.value -> '$.unifiedServiceRolloutPercent') is not ('{}' -> '$.unifiedServiceRolloutPercent');
    select raise(abort, 'unified_service_flags: unifiedServiceEnabled is true or false')
    where json_type(new.value, '$.unifiedServiceEnabled') not in ('true', 'false')
        and (new.value -> '$.unifiedServiceEnabled') is not ('{}' -> '$.unifiedServiceEnabled');
    select raise(abort, 'unified_service_flags: an unknown key; it has unifiedServiceEnabled, unifiedServiceRolloutPercent, agentFlags and features')
    where exists (
        select 1 from json_each(new.value) as n
        where n.key not in ('unifiedServiceEnabled', 'unifiedServiceRolloutPercent', 'agentFlags', 'features')
            and not exists (select 1 from json_each('{}') as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: a key stands twice')
    where (select count(*) - count(distinct key) from json_each(new.value)) > (select count(*) - count(distinct key) from json_each('{}'));
    select raise(abort, 'unified_service_flags: agentFlags and features are objects')
    where (json_type(new.value, '$.agentFlags') <> 'object' and (new.value -> '$.agentFlags') is not ('{}' -> '$.agentFlags'))
        or (json_type(new.value, '$.features') <> 'object' and (new.value -> '$.features') is not ('{}' -> '$.features'));
    select raise(abort, 'unified_service_flags: a value of agentFlags is true or false')
    where json_type(new.value, '$.agentFlags') = 'object' and exists (
        select 1 from json_each(new.value, '$.agentFlags') as n
        where n.type not in ('true', 'false') and not exists (
            select 1 from json_each('{}', '$.agentFlags') as o where o.key = n.key and o.type = n.type and o.value is n.value));
    select raise(abort, 'unified_service_flags: a name in agentFlags is 1 to 40 lower-case letters, digits and _, and does not begin with _')
    where json_type(new.value, '$.agentFlags') = 'object' and exists (
        select 1 from json_each(new.value, '$.agentFlags') as n
        where (n.key = '' or length(n.key) > 40 or n.key glob '_*' or n.key glob '*[^a-z0-9_]*')
            and not exists (select 1 from json_each('{}', '$.agentFlags') as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: an unknown feature; there are crossDomainHandoffs, unifiedSearch, sharedPreferences and hybridFlows')
    where json_type(new.value, '$.features') = 'object' and exists (
        select 1 from json_each(new.value, '$.features') as n
        where n.key not in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows')
            and not exists (select 1 from json_each('{}', '$.features') as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: a value of features is true or false')
    where json_type(new.value, '$.features') = 'object' and exists (
        select 1 from json_each(new.value, '$.features') as n
        where n.key in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows') and n.type not in ('true', 'false')
            and not exists (
                select 1 from json_each('{}', '$.features') as o where o.key = n.key and o.type = n.type and o.value is n.value));
end;

create trigger app_config_update_check before update of key, value on app_config when new.key = 'unified_service_flags'
begin
    select raise(abort, 'unified_service_flags: it must be a JSON object')
    where not json_valid(new.value)
        or (json_type(new.value) <> 'object' and new.value is not iif(old.key = new.key, old.value, '{}'));
    select raise(abort, 'unified_service_flags: unifiedServiceRolloutPercent is a number from 0 to 100')
    where (json_type(new.value, '$.unifiedServiceRolloutPercent') not in ('integer', 'real')
            or json_extract(new.value, '$.unifiedServiceRolloutPercent') not between 0 and 100)
        and (new.value -> '$.unifiedServiceRolloutPercent') is not (iif(old.key = new.key, old.value, '{}') -> '$.unifiedServiceRolloutPercent');
    select raise(abort, 'unified_service_flags: unifiedServiceEnabled is true or false')
    where json_type(new.value, '$.unifiedServiceEnabled') not in ('true', 'false')
        and (new.value -> '$.unifiedServiceEnabled') is not (iif(old.key = new.key, old.value, '{}') -> '$.unifiedServiceEnabled');
    select raise(abort, 'unified_service_flags: an unknown key; it has unifiedServiceEnabled, unifiedServiceRolloutPercent, agentFlags and features')
    where exists (
        select 1 from json_each(new.value) as n
        where n.key not in ('unifiedServiceEnabled', 'unifiedServiceRolloutPercent', 'agentFlags', 'features')
            and not exists (select 1 from json_each(iif(old.key = new.key, old.value, '{}')) as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: a key stands twice')
    where (select count(*) - count(distinct key) from json_each(new.value)) > (select count(*) - count(distinct key) from json_each(iif(old.key = new.key, old.value, '{}')));
    select raise(abort, 'unified_service_flags: agentFlags and features are objects')
    where (json_type(new.value, '$.agentFlags') <> 'object' and (new.value -> '$.agentFlags') is not (iif(old.key = new.key, old.value, '{}') -> '$.agentFlags'))
        or (json_type(new.value, '$.features') <> 'object' and (new.value -> '$.features') is not (iif(old.key = new.key, old.value, '{}') -> '$.features'));
    select raise(abort, 'unified_service_flags: a value of agentFlags is true or false')
    where json_type(new.value, '$.agentFlags') = 'object' and exists (
        select 1 from json_each(new.value, '$.agentFlags') as n
        where n.type not in ('true', 'false') and not exists (
            select 1 from json_each(iif(old.key = new.key, old.value, '{}'), '$.agentFlags') as o where o.key = n.key and o.type = n.type and o.value is n.value));
    select raise(abort, 'unified_service_flags: a name in agentFlags is 1 to 40 lower-case letters, digits and _, and does not begin with _')
    where json_type(new.value, '$.agentFlags') = 'object' and exists (
        select 1 from json_each(new.value, '$.agentFlags') as n
        where (n.key = '' or length(n.key) > 40 or n.key glob '_*' or n.key glob '*[^a-z0-9_]*')
            and not exists (select 1 from json_each(iif(old.key = new.key, old.value, '{}'), '$.agentFlags') as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: an unknown feature; there are crossDomainHandoffs, unifiedSearch, sharedPreferences and hybridFlows')
    where json_type(new.value, '$.features') = 'object' and exists (
        select 1 from json_each(new.value, '$.features') as n
        where n.key not in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows')
            and not exists (select 1 from json_each(iif(old.key = new.key, old.value, '{}'), '$.features') as o where o.key = n.key));
    select raise(abort, 'unified_service_flags: a value of features is true or false')
    where json_type(new.value, '$.features') = 'object' and exists (
        select 1 from json_each(new.value, '$.features') as n
        where n.key in ('crossDomainHandoffs', 'unifiedSearch', 'sharedPreferences', 'hybridFlows') and n.type not in ('true', 'false')
            and not exists (
                select 1 from json_each(iif(old.key = new.key, old.value, '{}'), '$.features') as o where o.key = n.key and o.type = n.type and o.value is n.value));
end;

-- What a host serves, as JSON: each agent with its version, its candidate and why a file is refused.
alter table host_status add column agents text;

-- When the version last began to serve everybody; null if it never did.
alter table component_version add column served_at integer;
-- When it was dropped: tripped, aborted, rolled back or replaced before it served everybody; and why. It stays with the SHA-256.
alter table component_version add column dropped_at integer;
alter table component_version add column dropped_why text;

update component_version set served_at = seen_at
where sha256 in (select iif(state = 'completed', coalesce(candidate, stable), stable) from rollout where name = 'agent:' || component_version.agent);
update component_version set
    dropped_at = (select updated_at from rollout where name = 'agent:' || component_version.agent),
    dropped_why = (select reason || ' (' || who || ')' from rollout where name = 'agent:' || component_version.agent)
where sha256 in (select candidate from rollout where name = 'agent:' || component_version.agent and state = 'aborted');

drop trigger rollout_begun;
drop trigger rollout_moved;

create trigger rollout_begun after insert on rollout
begin
    insert into rollout_decision (name, at, who, outcome, from_percent, to_percent, reason, figures)
    values (new.name, new.updated_at, new.who, new.outcome,
        (select json_extract(value, '$.unifiedServiceRolloutPercent') from app_config where key = 'unified_service_flags' and new.name = 'service'
            and json_type(value, '$.unifiedServiceRolloutPercent') in ('integer', 'real')),
        new.percent, new.reason, new.figures);
    update app_config set updated_by = 'rollout', updated_at = strftime('%Y-%m-%dT%H:%M:%fZ'),
        value = json_set(iif(json_type(value) = 'object', value, '{}'), '$.unifiedServiceRolloutPercent',
            iif(new.percent = cast(new.percent as integer), cast(new.percent as integer), new.percent))
    where key = 'unified_service_flags' and new.name = 'service'
        and (json_type(value, '$.unifiedServiceRolloutPercent') not in ('integer', 'real')
            or json_extract(value, '$.unifiedServiceRolloutPercent') is not new.percent);
    update component_version set served_at = coalesce(served_at, new.updated_at)
    where new.name = 'agent:' || agent and sha256 = iif(new.state = 'completed', coalesce(new.candidate, new.stable), new.stable);
    update component_version set dropped_at = coalesce(dropped_at, new.updated_at), dropped_why = coalesce(dropped_why, new.reason || ' (' || new.who || ')')
    where new.name = 'agent:' || agent and new.state = 'aborted' and sha256 = new.candidate and sha256 is not new.stable;
end;

create trigger rollout_moved after update of version on rollout
begin
    insert into rollout_decision (name, at, who, outcome, from_percent, to_percent, reason, figures)
    values (new.name, new.updated_at, new.who, new.outcome,
        iif(new.outcome = 'started', coalesce((select json_extract(value, '$.unifiedServiceRolloutPercent') from app_config where key = 'unified_service_flags' and new.name = 'service'
            and json_type(value, '$.unifiedServiceRolloutPercent') in ('integer', 'real')), old.percent), old.percent),
        new.percent, new.reason, new.figures);
    update app_config set updated_by = 'rollout', updated_at = strftime('%Y-%m-%dT%H:%M:%fZ'),
        value = json_set(iif(json_type(value) = 'object', value, '{}'), '$.unifiedServiceRolloutPercent',
            iif(new.percent = cast(new.percent as integer), cast(new.percent as integer), new.percent))
    where key = 'unified_service_flags' and new.name = 'service'
        and (json_type(value, '$.unifiedServiceRolloutPercent') not in ('integer', 'real')
            or json_extract(value, '$.unifiedServiceRolloutPercent') is not new.percent);
    update component_version set served_at = new.updated_at
    where new.name = 'agent:' || agent and sha256 = iif(new.state = 'completed', coalesce(new.candidate, new.stable), new.stable)
        and sha256 is not iif(old.state = 'completed', coalesce(old.candidate, old.stable), old.stable);
    update component_version set dropped_at = new.updated_at, dropped_why = new.reason || ' (' || new.who || ')'
    where new.name = 'agent:' || agent and new.state = 'aborted' and sha256 = new.candidate and sha256 is not new.stable
        and (old.state <> 'aborted' or old.candidate is not new.candidate);
    update component_version set dropped_at = new.updated_at, dropped_why = 'another version took its place before it served everybody (' || new.who || ')'
    where new.name = 'agent:' || agent and old.state in ('running', 'held') and sha256 = old.candidate
        and sha256 is not new.candidate and sha256 is not iif(new.state = 'completed', coalesce(new.candidate, new.stable), new.stable);
end;
