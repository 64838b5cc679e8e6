-- Who may see what. The tables of `public` may be exposed to the world by a data API: every one of them has row security.
--
-- service_role may do all; an authenticated person sees their own rows, by the number in their token's claims; anonymous people see
-- listings without numbers, and search them. switchboard_node is the least that a host needs.

-- Roles are made where they are not there and we may make them; without them the rest has nobody to speak of.
do $$
declare
    name text;
begin
    foreach name in array array['anon', 'authenticated', 'service_role', 'switchboard_node'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception
                when insufficient_privilege then raise notice 'the role % is not there and may not be made by %', name, current_user;
                when duplicate_object or unique_violation then null;
            end;
        end if;
    end loop;
end
$$;

-- Runs a statement about a role, if there is such a role.
create function switchboard.for_role(role text, statement text) returns void language plpgsql set search_path = ''
as $$
begin
    if exists (select from pg_catalog.pg_roles where rolname = role) then
        execute statement;
    end if;
end
$$;

-- The person who asks, by the number in their token.
create function switchboard.me() returns uuid language sql stable security definer set search_path = ''
as $$
    select person_id from switchboard.identity where kind = 'phone' and value =
        regexp_replace(nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'phone', '\D', '', 'g')
$$;

create function switchboard.grant_view(name text) returns void language plpgsql set search_path = ''
as $$
begin
    execute format('revoke all on public.%I from public', name);
    perform switchboard.for_role('anon', format('revoke all on public.%I from anon', name));
    perform switchboard.for_role('authenticated', format('revoke all on public.%I from authenticated', name));
    perform switchboard.for_role('authenticated', format('grant select on public.%I to authenticated', name));
    perform switchboard.for_role('service_role', format('grant select, insert, update, delete on public.%I to service_role', name));
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array['app_config', 'ai_agent_configs', 'user_preferences', 'unified_sessions', 'unified_listings',
        'unified_applications', 'unified_matches', 'unified_agent_events'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from public', name);
        perform switchboard.for_role('anon', format('revoke all on public.%I from anon', name));
        perform switchboard.for_role('authenticated', format('revoke all on public.%I from authenticated', name));
        perform switchboard.for_role('service_role', format('grant all on public.%I to service_role', name));
        perform switchboard.for_role('service_role',
            format('create policy service_role_all on public.%I to service_role using (true) with check (true)', name));
        perform switchboard.for_role('switchboard_node', format('grant select, insert, update, delete on public.%I to switchboard_node', name));
        perform switchboard.for_role('switchboard_node',
            format('create policy node_all on public.%I to switchboard_node using (true) with check (true)', name));
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
        perform switchboard.for_role('authenticated', format('create policy own_rows on public.%I for select to authenticated using (%s)', own.name, own.condition));
    end loop;
end
$$;

-- A match shows the other side's number only once they have agreed to it: column rights leave the numbers out.
select switchboard.for_role('authenticated', 'grant select on public.user_preferences, public.unified_sessions, public.unified_listings,
    public.unified_applications, public.unified_agent_events to authenticated');
select switchboard.for_role('authenticated', 'grant select (id, listing_id, seeker_user_id, owner_user_id, domain, distance_km, match_score, status,
    created_at) on public.unified_matches to authenticated');

-- What everybody may see of listings: no numbers, no owners.
create view public.public_listings with (security_barrier = true) as
select id, domain, listing_type, title, description, category, price, price_max, currency, price_unit, location_text, lat, lng, attributes,
    images, created_at, expires_at
from public.unified_listings where status = 'active' and hidden_at is null and expires_at > now();

revoke all on public.public_listings from public;

-- Listings by words and by distance. Words fit in English, in French or as they stand; more of them rank higher. With a place, what is
-- within 100 km of it or has no place.
create function public.unified_search(search_term text, user_lat double precision default null, user_lng double precision default null,
    domains text[] default null)
returns table (id uuid, domain text, listing_type text, title text, description text, category text, price numeric, price_max numeric,
    currency text, price_unit text, location_text text, distance_km double precision, rank real, created_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
    wanted tsquery;
    reach constant double precision := 100 / 111.2;
    around box;
begin
    select replace(string_agg(one::text, ' | '), ' & ', ' | ')::tsquery into wanted
    from (values (plainto_tsquery('pg_catalog.english', search_term)), (plainto_tsquery('pg_catalog.french', search_term)),
        (plainto_tsquery('pg_catalog.simple', search_term))) as terms (one)
    where numnode(one) > 0;
    if user_lat is not null and user_lng is not null then
        around := box(point(user_lng - reach / greatest(cos(radians(user_lat)), 0.01), user_lat - reach),
            point(user_lng + reach / greatest(cos(radians(user_lat)), 0.01), user_lat + reach));
    end if;
    return query
    select f.id, f.domain, f.listing_type, f.title, f.description, f.category, f.price, f.price_max, f.currency, f.price_unit,
        f.location_text, f.km, f.fits, f.created_at
    from (
        select l.*, coalesce(ts_rank(l.search, wanted), 0)::real as fits,
            2 * 6371 * asin(sqrt(power(sin(radians(l.lat - user_lat) / 2), 2)
                + cos(radians(user_lat)) * cos(radians(l.lat)) * power(sin(radians(l.lng - user_lng) / 2), 2))) as km
        from public.unified_listings as l
        where l.status = 'active' and l.hidden_at is null and l.expires_at > now()
            and (domains is null or l.domain = any (domains))
            and (wanted is null or l.search @@ wanted)
            and (around is null or l.lat is null or l.lng is null or point(l.lng, l.lat) operator(pg_catalog.<@) around)
    ) as f
    where f.km is null or f.km <= 100
    order by f.fits desc, f.km nulls last, f.created_at desc
    limit 50;
end
$$;

revoke execute on function public.unified_search from public;

do $$
declare
    name text;
begin
    foreach name in array array['anon', 'authenticated', 'service_role'] loop
        perform switchboard.for_role(name, format('grant select on public.public_listings to %I', name));
        perform switchboard.for_role(name, format('grant execute on function public.unified_search to %I', name));
    end loop;
end
$$;

-- The host's own schema: for the host, and in part for whoever acts in its name.
select switchboard.for_role('switchboard_node', 'grant usage on schema switchboard to switchboard_node');
select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on all tables in schema switchboard to switchboard_node');
select switchboard.for_role('switchboard_node', 'grant usage on all sequences in schema switchboard, public to switchboard_node');
select switchboard.for_role('authenticated', 'grant usage on schema switchboard to authenticated');
select switchboard.for_role('service_role', 'grant usage on schema switchboard to service_role');
select switchboard.for_role('service_role', 'grant usage on all sequences in schema public to service_role');

select switchboard.make_views();
