-- What a rollout needs: who changed flags and when, what each host has in force, the way to the service before, plans and what
-- they decided.

-- Every change of `app_config`, whoever makes it. Nothing here is changed or taken away again.
create table config_audit (
    audit_id integer primary key autoincrement,
    key text not null,
    old text,
    new text,
    -- `sql`, or a name that the command or the console gave.
    who text not null,
    at integer not null default (cast(round(unixepoch('subsec') * 1000) as integer))
);

create trigger config_audit_stays before update on config_audit
begin
    select raise(abort, 'config_audit is append-only');
end;

create trigger config_audit_remains before delete on config_audit
begin
    select raise(abort, 'config_audit is append-only');
end;

create trigger app_config_inserted after insert on app_config
begin
    insert into config_audit (key, old, new, who) values (new.key, null, new.value, new.updated_by);
end;

create trigger app_config_updated after update of value on app_config when old.value is not new.value
begin
    insert into config_audit (key, old, new, who)
    values (new.key, old.value, new.value, case when new.updated_at = old.updated_at then 'sql' else new.updated_by end);
end;

create trigger app_config_deleted after delete on app_config
begin
    insert into config_audit (key, old, new, who) values (old.key, old.value, null, 'sql');
end;

-- What can only be a slip is refused at once, in any shell; what merely does not fit leaves the last good flags in force.
create trigger app_config_insert_check before insert on app_config when new.key = 'unified_service_flags'
begin
    select raise(abort, 'unified_service_flags must be a JSON object; unifiedServiceRolloutPercent a number from 0 to 100; unifiedServiceEnabled true or false')
    where not json_valid(new.value) or json_type(new.value) <> 'object'
        or coalesce(json_type(new.value, '$.unifiedServiceRolloutPercent'), 'integer') not in ('integer', 'real')
        or coalesce(json_extract(new.value, '$.unifiedServiceRolloutPercent'), 0) not between 0 and 100
        or coalesce(json_type(new.value, '$.unifiedServiceEnabled'), 'true') not in ('true', 'false');
end;

create trigger app_config_update_check before update of value on app_config when new.key = 'unified_service_flags'
begin
    select raise(abort, 'unified_service_flags must be a JSON object; unifiedServiceRolloutPercent a number from 0 to 100; unifiedServiceEnabled true or false')
    where not json_valid(new.value) or json_type(new.value) <> 'object'
        or coalesce(json_type(new.value, '$.unifiedServiceRolloutPercent'), 'integer') not in ('integer', 'real')
        or coalesce(json_extract(new.value, '$.unifiedServiceRolloutPercent'), 0) not between 0 and 100
        or coalesce(json_type(new.value, '$.unifiedServiceEnabled'), 'true') not in ('true', 'false');
end;

-- What each host that lives says of itself: when, how far its clock is ahead of the database's, and what it has in force.
create table host_status (
    node text primary key,
    -- By the database's clock.
    seen_at integer not null,
    clock_ahead_ms integer not null default 0,
    -- Of the flags in force.
    percent real,
    enabled integer,
    -- Why the row's present content is not in force.
    error text
) without rowid;

-- Where a row goes: the Graph API, or a webhook of the service before. A forwarded message bears the name of its domain, or none.
alter table outbox add column url text;

create index outbox_forwarded on outbox (lane_id, outbox_id) where url is not null;

-- Rollouts under way or ended: `service`, or `agent:<name>`. One row each, changed by compare-and-set on `version`.
create table rollout (
    name text primary key,
    -- Steps and limits, as JSON.
    plan text not null check (json_valid(plan)),
    state text not null check (state in ('running', 'held', 'aborted', 'completed')),
    step integer not null,
    -- When the step began; figures count from then.
    step_since integer not null,
    -- The percentage that the rollout last set; another one is a person's.
    percent real not null,
    -- Of an agent's rollout: the versions, by sha-256.
    candidate text,
    stable text,
    -- The last decision: what, why, whose, with which figures.
    outcome text not null,
    reason text not null,
    who text not null,
    figures text check (figures is null or json_valid(figures)),
    version integer not null,
    updated_at integer not null,
    -- When the controller last looked.
    looked_at integer not null default 0
) without rowid;

-- What was decided, with the figures that caused it. Nothing here is changed or taken away again.
create table rollout_decision (
    decision_id integer primary key autoincrement,
    name text not null,
    at integer not null,
    who text not null,
    outcome text not null,
    from_percent real,
    to_percent real,
    reason text not null,
    figures text
);

create index rollout_decision_name on rollout_decision (name, decision_id);

create trigger rollout_decision_stays before update on rollout_decision
begin
    select raise(abort, 'rollout_decision is append-only');
end;

create trigger rollout_decision_remains before delete on rollout_decision
begin
    select raise(abort, 'rollout_decision is append-only');
end;

-- A rollout that moves takes its flags with it and leaves its decision, all in one statement.
create trigger rollout_begun after insert on rollout
begin
    insert into rollout_decision (name, at, who, outcome, from_percent, to_percent, reason, figures)
    values (new.name, new.updated_at, new.who, new.outcome, null, new.percent, new.reason, new.figures);
    update app_config set updated_by = 'rollout', updated_at = strftime('%Y-%m-%dT%H:%M:%fZ'), value = json_set(value, '$.unifiedServiceRolloutPercent',
        iif(new.percent = cast(new.percent as integer), cast(new.percent as integer), new.percent))
    where key = 'unified_service_flags' and new.name = 'service' and json_extract(value, '$.unifiedServiceRolloutPercent') <> new.percent;
end;

create trigger rollout_moved after update of version on rollout
begin
    insert into rollout_decision (name, at, who, outcome, from_percent, to_percent, reason, figures)
    values (new.name, new.updated_at, new.who, new.outcome, old.percent, new.percent, new.reason, new.figures);
    update app_config set updated_by = 'rollout', updated_at = strftime('%Y-%m-%dT%H:%M:%fZ'), value = json_set(value, '$.unifiedServiceRolloutPercent',
        iif(new.percent = cast(new.percent as integer), cast(new.percent as integer), new.percent))
    where key = 'unified_service_flags' and new.name = 'service' and json_extract(value, '$.unifiedServiceRolloutPercent') <> new.percent;
end;

-- Every component that was taken into service here, so that one can be gone back to, at any host.
create table component_version (
    sha256 text primary key,
    agent text not null,
    body blob not null,
    seen_at integer not null
) without rowid;

create index component_version_agent on component_version (agent, seen_at);

-- The version that an open flow began on, by sha-256: the flow goes on with it while it is there.
alter table unified_sessions add column agent_version text;

-- A flow whose agent went off amid it, with its agent and version: offered again when the person comes back to the agent.
alter table unified_sessions add column kept_flow text check (kept_flow is null or json_valid(kept_flow));
