-- The view `properties` reads rooms as whole numbers; an attribute that is none (`"2-3"`) failed it for everybody. Such a one now reads as
-- null there, and stays as it is in `attributes`.

-- Makes those of the views whose names are free; gives the names that are not.
create or replace function switchboard.make_views() returns setof text language plpgsql set search_path = ''
as $make$
declare
    view record;
begin
    for view in
        select * from (values
            ('marketplace_listings', $view$select id, owner_phone as seller_phone, title, description, price, currency, location_text, lat, lng, attributes->>'condition' as condition, images, status, created_at
            from public.unified_listings where domain = 'marketplace'$view$),
            ('jobs', $view$select id, owner_phone as posted_by, title, description, category, price as pay_min, price_max as pay_max, currency, location_text as location, attributes->>'requirements' as requirements, status, created_at
            from public.unified_listings where domain = 'jobs'$view$),
            ('properties', $view$select id, owner_phone as landlord_phone, title, description, price as monthly_rent, currency, price_unit, location_text as location, lat, lng, attributes->>'property_type' as property_type, case when attributes->>'bedrooms' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$' then trunc((attributes->>'bedrooms')::numeric)::integer end as bedrooms, case when attributes->>'bathrooms' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$' then trunc((attributes->>'bathrooms')::numeric)::integer end as bathrooms, images, status, created_at
            from public.unified_listings where domain = 'property'$view$),
            ('job_applications', $view$select id, listing_id as job_id, applicant_phone as seeker_phone, message as cover_letter, status, created_at as applied_at
            from public.unified_applications where domain = 'jobs'$view$),
            ('property_inquiries', $view$select id, listing_id as property_id, applicant_phone as tenant_phone, message as inquiry_message, status, created_at
            from public.unified_applications where domain = 'property'$view$)
        ) as v (name, query)
    loop
        if to_regclass('public.' || view.name) is null then
            execute format('create view public.%I with (security_invoker = true) as %s', view.name, view.query);
            execute format('create trigger write_%1$s instead of insert or update or delete on public.%1$I
                            for each row execute function switchboard.write_%1$s()', view.name);
            perform switchboard.grant_view(view.name);
        elsif not exists (select from pg_catalog.pg_class where oid = to_regclass('public.' || view.name) and relkind = 'v') then
            return next view.name;
        end if;
    end loop;
end
$make$;

-- The view as it is, where it is ours.
do $do$
begin
    if exists (select from pg_catalog.pg_class where oid = to_regclass('public.properties') and relkind = 'v'
        and pg_get_viewdef(oid) like '%attributes ->> ''bedrooms''::text))::integer%') then
        create or replace view public.properties with (security_invoker = true) as
            select id, owner_phone as landlord_phone, title, description, price as monthly_rent, currency, price_unit, location_text as location, lat, lng, attributes->>'property_type' as property_type, case when attributes->>'bedrooms' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$' then trunc((attributes->>'bedrooms')::numeric)::integer end as bedrooms, case when attributes->>'bathrooms' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$' then trunc((attributes->>'bathrooms')::numeric)::integer end as bathrooms, images, status, created_at
            from public.unified_listings where domain = 'property';
    end if;
end
$do$;
