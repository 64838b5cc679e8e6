-- The rights of all roles, as the migrations give them: for `switchboard db repair`, where a dump was restored on a server that did not have
-- the roles. It may be run any number of times. A test holds it against a migrated database.

do $$
declare
    name text;
begin
    foreach name in array array['anon', 'authenticated', 'service_role', 'switchboard_node'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception
                when insufficient_privilege then
                    raise exception 'the role % is not there, and % may not make it: run deploy/roles.sql as a superuser first', name, current_user;
                when duplicate_object or unique_violation then null;
            end;
        end if;
    end loop;
end
$$;

-- The tables that a data API may show.
do $$
declare
    name text;
begin
    foreach name in array array['app_config', 'ai_agent_configs', 'user_preferences', 'unified_sessions', 'unified_listings',
        'unified_applications', 'unified_matches', 'unified_agent_events'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from public, anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
        execute format('drop policy if exists service_role_all on public.%I', name);
        execute format('create policy service_role_all on public.%I to service_role using (true) with check (true)', name);
        execute format('grant select, insert, update, delete on public.%I to switchboard_node', name);
        execute format('drop policy if exists node_all on public.%I', name);
        execute format('create policy node_all on public.%I to switchboard_node using (true) with check (true)', name);
    end loop;
end
$$;

-- Own rows.
do $$
declare
    own record;
begin
    for own in
        select * from (values
            ('user_preferences', 'user_id = (select switchboard.me())'),
            ('unified_sessions', 'user_id = (select switchboard.me())'),
            ('unified_listings', 'owner_user_id = (select switchboard.me())'),
            ('unified_applications', 'applicant_user_id = (select switchboard.me())'),
            ('unified_matches', '(select switchboard.me()) in (seeker_user_id, owner_user_id)'),
            ('unified_agent_events', 'user_id = (select switchboard.me())')
        ) as v (name, condition)
    loop
        execute format('drop policy if exists own_rows on public.%I', own.name);
        execute format('create policy own_rows on public.%I for select to authenticated using (%s)', own.name, own.condition);
    end loop;
end
$$;

grant select on public.user_preferences, public.unified_sessions, public.unified_listings, public.unified_applications,
    public.unified_agent_events to authenticated;
grant select (id, listing_id, seeker_user_id, owner_user_id, domain, distance_km, match_score, status, created_at) on public.unified_matches
    to authenticated;
revoke all on public.public_listings from public;
grant select on public.public_listings to anon, authenticated, service_role;
revoke execute on function public.unified_search from public;
grant execute on function public.unified_search to anon, authenticated, service_role;

-- The views of the legacy service, where they are ours.
do $$
declare
    name text;
begin
    foreach name in array array['marketplace_listings', 'jobs', 'properties', 'job_applications', 'property_inquiries'] loop
        if exists (select from pg_catalog.pg_class where oid = to_regclass('public.' || name) and relkind = 'v') then
            perform switchboard.grant_view(name);
        end if;
    end loop;
end
$$;

-- The host's own schema.
grant usage on schema switchboard to switchboard_node, authenticated, service_role;
grant usage on all sequences in schema switchboard, public to switchboard_node;
grant usage on all sequences in schema public to service_role;

do $$
declare
    one record;
begin
    for one in
        select c.relname as name, coalesce(less.may, 'select, insert, update, delete') as may
        from pg_catalog.pg_class as c
        left join (values
            ('secret', 'select'),
            ('installation', 'select'),
            ('backup', 'select, insert, update'),
            ('dead_audit', 'select, insert, delete'),
            ('audit', 'select, insert, delete'),
            ('meta_notice', 'select, insert, delete'),
            ('operator', 'select, insert, update')
        ) as less (name, may) on less.name = c.relname
        where c.relnamespace = 'switchboard'::regnamespace and c.relkind in ('r', 'v')
    loop
        execute format('revoke all on switchboard.%I from switchboard_node', one.name);
        execute format('grant %s on switchboard.%I to switchboard_node', one.may, one.name);
    end loop;
end
$$;

select switchboard.functions_to_those_meant();
