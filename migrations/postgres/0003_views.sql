-- The views of the service we replace, under their old names with their old columns, for whoever still reads and writes them. They
-- have the rights of whoever asks (security_invoker), and can be inserted into, updated and deleted from; `on conflict` they cannot.
-- Where a table of such a name is there, it stays: `switchboard db adopt` copies its rows and puts the view in its place.

-- The person of a number as people write it, made if need be.
create function switchboard.person_of(written text) returns uuid language plpgsql security definer set search_path = ''
as $$
declare
    digits text := regexp_replace(written, '\D', '', 'g');
    found uuid;
begin
    if digits !~ '^[1-9][0-9]{6,14}$' then
        raise exception '`%` is no number with its country code', written using errcode = '22023';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('phone ' || digits, 20));
    select person_id into found from switchboard.identity where kind = 'phone' and value = digits;
    if found is null then
        found := gen_random_uuid();
        insert into switchboard.person (person_id, phone, created_at) values (found, digits, switchboard.ms(now()));
        insert into switchboard.identity (kind, value, person_id, since) values ('phone', digits, found, switchboard.ms(now()));
    end if;
    return found;
end
$$;

revoke execute on function switchboard.person_of from public;

-- A writer of a view may write what the view shows, and no more: the functions below do it in the owner's name, and a role that may
-- not write the view does not come here.

create function switchboard.write_marketplace_listings() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        delete from public.unified_listings where id = old.id and domain = 'marketplace';
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.unified_listings (id, owner_phone, owner_user_id, domain, source_agent, listing_type, attributes, title, description, price, currency, location_text, lat, lng, images, status, created_at)
        values (coalesce(new.id, gen_random_uuid()),
            '+' || regexp_replace(new.seller_phone, '\D', '', 'g'),
            switchboard.person_of(new.seller_phone),
            'marketplace',
            'marketplace',
            'product',
            jsonb_strip_nulls(jsonb_build_object('condition', new.condition)),
            new.title,
            new.description,
            new.price,
            coalesce(new.currency, 'RWF'),
            new.location_text,
            new.lat,
            new.lng,
            coalesce(new.images, '[]'),
            coalesce(new.status, 'active'),
            coalesce(new.created_at, now()))
        returning id, created_at into new.id, new.created_at;
    else
        update public.unified_listings set owner_phone = '+' || regexp_replace(new.seller_phone, '\D', '', 'g'),
            owner_user_id = switchboard.person_of(new.seller_phone),
            title = new.title,
            description = new.description,
            price = new.price,
            currency = new.currency,
            location_text = new.location_text,
            lat = new.lat,
            lng = new.lng,
            images = new.images,
            status = new.status,
            created_at = new.created_at,
            attributes = attributes || jsonb_strip_nulls(jsonb_build_object('condition', new.condition)),
            matched_at = null
        where id = old.id and domain = 'marketplace';
    end if;
    return new;
end
$$;

create function switchboard.write_jobs() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        delete from public.unified_listings where id = old.id and domain = 'jobs';
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.unified_listings (id, owner_phone, owner_user_id, domain, source_agent, listing_type, attributes, title, description, category, price, price_max, currency, location_text, status, created_at)
        values (coalesce(new.id, gen_random_uuid()),
            '+' || regexp_replace(new.posted_by, '\D', '', 'g'),
            switchboard.person_of(new.posted_by),
            'jobs',
            'jobs',
            'job',
            jsonb_strip_nulls(jsonb_build_object('requirements', new.requirements)),
            new.title,
            new.description,
            new.category,
            new.pay_min,
            new.pay_max,
            coalesce(new.currency, 'RWF'),
            new.location,
            coalesce(new.status, 'active'),
            coalesce(new.created_at, now()))
        returning id, created_at into new.id, new.created_at;
    else
        update public.unified_listings set owner_phone = '+' || regexp_replace(new.posted_by, '\D', '', 'g'),
            owner_user_id = switchboard.person_of(new.posted_by),
            title = new.title,
            description = new.description,
            category = new.category,
            price = new.pay_min,
            price_max = new.pay_max,
            currency = new.currency,
            location_text = new.location,
            status = new.status,
            created_at = new.created_at,
            attributes = attributes || jsonb_strip_nulls(jsonb_build_object('requirements', new.requirements)),
            matched_at = null
        where id = old.id and domain = 'jobs';
    end if;
    return new;
end
$$;

create function switchboard.write_properties() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        delete from public.unified_listings where id = old.id and domain = 'property';
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.unified_listings (id, owner_phone, owner_user_id, domain, source_agent, listing_type, attributes, title, description, price, currency, price_unit, location_text, lat, lng, images, status, created_at)
        values (coalesce(new.id, gen_random_uuid()),
            '+' || regexp_replace(new.landlord_phone, '\D', '', 'g'),
            switchboard.person_of(new.landlord_phone),
            'property',
            'property',
            'rental',
            jsonb_strip_nulls(jsonb_build_object('property_type', new.property_type, 'bedrooms', new.bedrooms, 'bathrooms', new.bathrooms)),
            new.title,
            new.description,
            new.monthly_rent,
            coalesce(new.currency, 'RWF'),
            new.price_unit,
            new.location,
            new.lat,
            new.lng,
            coalesce(new.images, '[]'),
            coalesce(new.status, 'active'),
            coalesce(new.created_at, now()))
        returning id, created_at into new.id, new.created_at;
    else
        update public.unified_listings set owner_phone = '+' || regexp_replace(new.landlord_phone, '\D', '', 'g'),
            owner_user_id = switchboard.person_of(new.landlord_phone),
            title = new.title,
            description = new.description,
            price = new.monthly_rent,
            currency = new.currency,
            price_unit = new.price_unit,
            location_text = new.location,
            lat = new.lat,
            lng = new.lng,
            images = new.images,
            status = new.status,
            created_at = new.created_at,
            attributes = attributes || jsonb_strip_nulls(jsonb_build_object('property_type', new.property_type, 'bedrooms', new.bedrooms, 'bathrooms', new.bathrooms)),
            matched_at = null
        where id = old.id and domain = 'property';
    end if;
    return new;
end
$$;

create function switchboard.write_job_applications() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        delete from public.unified_applications where id = old.id and domain = 'jobs';
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.unified_applications (id, listing_id, applicant_phone, applicant_user_id, domain, message, status, created_at)
        values (coalesce(new.id, gen_random_uuid()), new.job_id, '+' || regexp_replace(new.seeker_phone, '\D', '', 'g'),
            switchboard.person_of(new.seeker_phone), 'jobs', new.cover_letter, coalesce(new.status, 'pending'), coalesce(new.applied_at, now()))
        returning id, created_at into new.id, new.applied_at;
    else
        update public.unified_applications set message = new.cover_letter, status = new.status,
            responded_at = case when new.status is distinct from old.status then now() else responded_at end
        where id = old.id and domain = 'jobs';
    end if;
    return new;
end
$$;

create function switchboard.write_property_inquiries() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        delete from public.unified_applications where id = old.id and domain = 'property';
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.unified_applications (id, listing_id, applicant_phone, applicant_user_id, domain, message, status, created_at)
        values (coalesce(new.id, gen_random_uuid()), new.property_id, '+' || regexp_replace(new.tenant_phone, '\D', '', 'g'),
            switchboard.person_of(new.tenant_phone), 'property', new.inquiry_message, coalesce(new.status, 'pending'), coalesce(new.created_at, now()))
        returning id, created_at into new.id, new.created_at;
    else
        update public.unified_applications set message = new.inquiry_message, status = new.status,
            responded_at = case when new.status is distinct from old.status then now() else responded_at end
        where id = old.id and domain = 'property';
    end if;
    return new;
end
$$;

-- Makes those of the views whose names are free; gives the names that are not.
create function switchboard.make_views() returns setof text language plpgsql set search_path = ''
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
            ('properties', $view$select id, owner_phone as landlord_phone, title, description, price as monthly_rent, currency, price_unit, location_text as location, lat, lng, attributes->>'property_type' as property_type, (attributes->>'bedrooms')::integer as bedrooms, (attributes->>'bathrooms')::integer as bathrooms, images, status, created_at
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

-- Puts the view in the place of a legacy table of its name. The table stays as `<name>_before`, with all of its rows; what of it can be
-- read goes into the tables behind the view. Legacy tables had several names for one thing: the first that is there counts.
create function switchboard.adopt(name text) returns table (copied bigint, kept bigint) language plpgsql set search_path = ''
as $adopt$
declare
    old jsonb;
    written text;
begin
    copied := 0;
    kept := 0;
    execute format('alter table public.%I rename to %I', name, name || '_before');
    perform switchboard.make_views();
    for old in execute format('select to_jsonb(t) from public.%I as t', name || '_before') loop
        written := coalesce(old->>'seller_phone', old->>'posted_by', old->>'landlord_phone', old->>'seeker_phone', old->>'tenant_phone',
            old->>'owner_phone', old->>'whatsapp_e164', old->>'phone_number', old->>'phone');
        old := old || jsonb_build_object(
            'seller_phone', written, 'posted_by', written, 'landlord_phone', written, 'seeker_phone', written, 'tenant_phone', written,
            'title', coalesce(old->>'title', old->>'product_name', old->>'job_title', old->>'name'),
            'images', coalesce(old->'images', old->'photos'),
            'location', coalesce(old->>'location', old->>'location_text'),
            'location_text', coalesce(old->>'location_text', old->>'location'),
            'status', case
                when old->>'status' is null or old->>'status' in ('active', 'open', 'available', 'published') then
                    case when name like '%applications' or name like '%inquiries' then 'pending' else 'active' end
                when old->>'status' in ('sold', 'rented', 'pending', 'accepted', 'rejected', 'withdrawn', 'removed') then old->>'status'
                else case when name like '%applications' or name like '%inquiries' then 'pending' else 'expired' end end);
        begin
            execute format('insert into public.%1$I select * from jsonb_populate_record(null::public.%1$I, $1)', name) using old;
            copied := copied + 1;
        exception when others then
            raise notice '%: a row stays in %_before: %', name, name, sqlerrm;
            kept := kept + 1;
        end;
    end loop;
    return next;
end
$adopt$;
