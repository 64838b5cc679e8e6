-- Who may run what. A new function may be run by everybody, and one with `security definer` does its work in the owner's name: such a
-- function behind a trigger of somebody's own view wrote rows in other people's names. So nobody may run a function of ours but those
-- named here; a trigger fires without that right. A later migration that makes a function calls
-- `functions_to_those_meant` again: a test looks at all of them.

create function switchboard.functions_to_those_meant() returns void language plpgsql set search_path = ''
as $$
declare
    one record;
    who text;
begin
    for one in
        select p.oid::regprocedure as name, p.prosecdef as as_owner, p.prorettype = 'pg_catalog.trigger'::regtype as fires
        from pg_catalog.pg_proc as p where p.pronamespace = 'switchboard'::regnamespace
    loop
        execute format('revoke execute on function %s from public', one.name);
        foreach who in array array['anon', 'authenticated', 'service_role', 'switchboard_node'] loop
            perform switchboard.for_role(who, format('revoke execute on function %s from %I', one.name, who));
        end loop;
        -- What runs with the rights of whoever asks can do no more than they can.
        if not one.as_owner and not one.fires then
            perform switchboard.for_role('switchboard_node', format('grant execute on function %s to switchboard_node', one.name));
        end if;
    end loop;
    -- Row security asks who somebody is.
    perform switchboard.for_role('authenticated', 'grant execute on function switchboard.me() to authenticated');
end
$$;

select switchboard.functions_to_those_meant();

-- What everybody may see of listings: no numbers, no owners, no home. Places are rounded to about a kilometre, and of the attributes
-- only those that describe the thing: an agent may write others, such as where a journey ends.
create or replace view public.public_listings with (security_barrier = true) as
select id, domain, listing_type, title, description, category, price, price_max, currency, price_unit, location_text,
    round(lat::numeric, 2)::double precision as lat, round(lng::numeric, 2)::double precision as lng,
    (select coalesce(jsonb_object_agg(each.key, each.value), '{}')
        from jsonb_each(case when jsonb_typeof(attributes) = 'object' then attributes else '{}' end) as each
        where each.key in ('bathrooms', 'bedrooms', 'condition', 'cuisine', 'furnished', 'hours', 'industry', 'menu', 'property_type',
            'quantity', 'requirements', 'seats', 'skills', 'term', 'unit', 'vehicle')) as attributes,
    images, created_at, expires_at
from public.unified_listings where status = 'active' and hidden_at is null and expires_at > now();

-- Distances too are those of the rounded place: three exact ones would give the home away.
create or replace function public.unified_search(search_term text, user_lat double precision default null, user_lng double precision default null,
    domains text[] default null)
returns table (id uuid, domain text, listing_type text, title text, description text, category text, price numeric, price_max numeric,
    currency text, price_unit text, location_text text, distance_km double precision, rank real, created_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
    wanted tsquery;
    reach constant double precision := 102 / 111.2;
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
            2 * 6371 * asin(sqrt(power(sin(radians(r.lat - user_lat) / 2), 2)
                + cos(radians(user_lat)) * cos(radians(r.lat)) * power(sin(radians(r.lng - user_lng) / 2), 2))) as km
        from public.unified_listings as l,
            lateral (select round(l.lat::numeric, 2)::double precision as lat, round(l.lng::numeric, 2)::double precision as lng) as r
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
