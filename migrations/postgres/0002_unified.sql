-- The tables of the deployment checklist, with the columns of the service we replace and its faults mended: sessions slide and
-- are unique while active, nobody applies or matches twice, phone columns hold phone numbers or nothing, `updated_at` is kept.

create function switchboard.touch() returns trigger language plpgsql
as $$
begin
    new.updated_at = clock_timestamp();
    return new;
end
$$;

create table public.unified_sessions (
    id uuid primary key default gen_random_uuid(),
    user_phone text check (user_phone ~ '^\+[0-9]+$'),
    user_id uuid not null references switchboard.person (person_id),
    business_number text not null,
    current_agent text not null default 'support',
    active_flow text,
    flow_step text,
    collected_data jsonb not null default '{}',
    conversation_history jsonb not null default '[]',
    -- The choices offered last.
    offered jsonb,
    location jsonb,
    status text not null default 'active' check (status in ('active', 'completed', 'expired')),
    last_message_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '24 hours'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create unique index unified_sessions_active on public.unified_sessions (user_id, business_number) where status = 'active';
create index unified_sessions_phone on public.unified_sessions (user_phone);
create index unified_sessions_user on public.unified_sessions (user_id);

create table public.unified_listings (
    id uuid primary key default gen_random_uuid(),
    owner_phone text check (owner_phone ~ '^\+[0-9]+$'),
    owner_user_id uuid not null references switchboard.person (person_id),
    domain text not null,
    listing_type text not null check (listing_type in ('product', 'service', 'job', 'rental', 'produce')),
    title text not null check (length(title) between 1 and 200),
    description text,
    category text,
    -- Whole units of the currency, two decimals at the most.
    price numeric check (price >= 0),
    price_max numeric check (price_max >= 0),
    currency text not null default 'RWF',
    price_unit text,
    location_text text,
    lat double precision check (lat between -90 and 90),
    lng double precision check (lng between -180 and 180),
    attributes jsonb not null default '{}',
    images jsonb not null default '[]',
    contact_policy text not null default 'ask' check (contact_policy in ('share', 'ask', 'never')),
    status text not null default 'active' check (status in ('active', 'sold', 'rented', 'expired', 'removed')),
    source_agent text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '30 days',
    -- Set by a report, cleared by a human who looked. Hidden from searches meanwhile.
    hidden_at timestamptz,
    -- When saved searches were compared with it; null until then.
    matched_at timestamptz,
    -- For search by SQL. English and French have their stems; Kinyarwanda and Swahili, for which Postgres has none, their words.
    search tsvector generated always as (
        to_tsvector('english', title || ' ' || coalesce(category, '') || ' ' || coalesce(description, '') || ' ' || coalesce(location_text, ''))
        || to_tsvector('french', title || ' ' || coalesce(category, '') || ' ' || coalesce(description, '') || ' ' || coalesce(location_text, ''))
        || to_tsvector('simple', title || ' ' || coalesce(category, '') || ' ' || coalesce(description, '') || ' ' || coalesce(location_text, ''))
    ) stored
);

create index unified_listings_owner on public.unified_listings (owner_user_id, domain);
create index unified_listings_newest on public.unified_listings (domain, created_at) where status = 'active';
create index unified_listings_expiry on public.unified_listings (expires_at) where status = 'active';
create index unified_listings_unmatched on public.unified_listings (id) where matched_at is null and status = 'active';
create index unified_listings_search on public.unified_listings using gin (search);
-- Proximity: points in a GiST index, which every Postgres has; distances are great circles.
create index unified_listings_place on public.unified_listings using gist (point(lng, lat)) where status = 'active' and lat is not null and lng is not null;

create trigger unified_listings_touched before update on public.unified_listings for each row
when (new.updated_at is not distinct from old.updated_at) execute function switchboard.touch();
create trigger unified_sessions_touched before update on public.unified_sessions for each row
when (new.updated_at is not distinct from old.updated_at) execute function switchboard.touch();

-- Listings of no place are near everywhere.
create index unified_listings_nowhere on public.unified_listings (domain) where lat is null and status = 'active';

-- The stems of a listing's words, for search by words. Stemmed by the host, alike on every database.
create table switchboard.listing_word (
    word text not null,
    listing_id uuid not null references public.unified_listings (id) on delete cascade,
    primary key (word, listing_id)
);

create index listing_word_listing on switchboard.listing_word (listing_id);

create table switchboard.listing_report (
    listing_id uuid not null references public.unified_listings (id) on delete cascade,
    person_id uuid not null references switchboard.person (person_id),
    reason text not null,
    created_at bigint not null,
    primary key (listing_id, person_id)
);

create index listing_report_person on switchboard.listing_report (person_id);

create table public.unified_applications (
    id uuid primary key default gen_random_uuid(),
    listing_id uuid not null references public.unified_listings (id) on delete cascade,
    -- An order has a number, a job application has none: unique under their reference.
    reference text not null default '',
    applicant_phone text check (applicant_phone ~ '^\+[0-9]+$'),
    applicant_user_id uuid not null references switchboard.person (person_id),
    domain text not null,
    message text,
    attributes jsonb not null default '{}',
    status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'withdrawn')),
    responded_at timestamptz,
    created_at timestamptz not null default now(),
    unique (listing_id, applicant_user_id, reference)
);

create index unified_applications_applicant on public.unified_applications (applicant_user_id, domain);

create table public.unified_matches (
    id uuid primary key default gen_random_uuid(),
    listing_id uuid not null references public.unified_listings (id) on delete cascade,
    seeker_phone text check (seeker_phone ~ '^\+[0-9]+$'),
    owner_phone text check (owner_phone ~ '^\+[0-9]+$'),
    seeker_user_id uuid not null references switchboard.person (person_id),
    owner_user_id uuid not null references switchboard.person (person_id),
    domain text not null,
    distance_km numeric,
    match_score numeric,
    status text not null default 'suggested' check (status in ('suggested', 'contacted', 'accepted', 'rejected')),
    seeker_notified_at timestamptz,
    owner_notified_at timestamptz,
    created_at timestamptz not null default now(),
    unique (listing_id, seeker_user_id)
);

create index unified_matches_seeker on public.unified_matches (seeker_user_id);
create index unified_matches_owner on public.unified_matches (owner_user_id);

create table public.unified_agent_events (
    id bigint generated by default as identity primary key,
    correlation_id text not null,
    user_phone text check (user_phone ~ '^\+[0-9]+$'),
    user_id uuid,
    agent_type text,
    intent_type text,
    flow_name text,
    payload jsonb not null default '{}',
    response_text text,
    tool_calls jsonb not null default '[]',
    duration_ms integer,
    created_at timestamptz not null default now()
);

-- Rows come in the order of their time: a few pages tell where a time window lies.
create index unified_agent_events_created on public.unified_agent_events using brin (created_at) with (pages_per_range = 16, autosummarize = on);
create index unified_agent_events_user on public.unified_agent_events (user_id);

do $$
begin
    if to_regclass('public.app_config') is not null and not exists
        (select from pg_attribute where attrelid = to_regclass('public.app_config') and attname = 'updated_by') then
        raise exception 'public.app_config is there in another shape: run `switchboard db adopt`, which keeps its row';
    end if;
end
$$;

create table if not exists public.app_config (
    key text primary key,
    value jsonb not null,
    updated_at timestamptz not null default now(),
    updated_by text not null default 'sql'
);

create table public.user_preferences (
    user_id uuid not null references switchboard.person (person_id),
    name text not null,
    value text not null,
    updated_at bigint not null,
    primary key (user_id, name)
);

-- What operators say of an agent; it goes before what the agent says of itself.
create table public.ai_agent_configs (
    agent_type text primary key,
    name text not null default '',
    description text,
    system_prompt text not null default '',
    keywords jsonb not null default '[]',
    tools jsonb not null default '[]',
    enabled boolean not null default true,
    priority bigint not null default 0,
    config jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create trigger ai_agent_configs_touched before update on public.ai_agent_configs for each row
when (new.updated_at is not distinct from old.updated_at) execute function switchboard.touch();

-- A row that plain SQL changes bears its time, and says so.
create function switchboard.config_touched() returns trigger language plpgsql
as $$
begin
    new.updated_at = clock_timestamp();
    new.updated_by = 'sql';
    return new;
end
$$;

create trigger app_config_touched before update on public.app_config for each row
when (new.updated_at is not distinct from old.updated_at) execute function switchboard.config_touched();

-- A host asks for the version five times a second.
create function switchboard.changed() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into switchboard.change as c (topic, version) values (tg_table_name, 1)
    on conflict (topic) do update set version = c.version + 1;
    return null;
end
$$;

create trigger app_config_changed after insert or update or delete or truncate on public.app_config
for each statement execute function switchboard.changed();
create trigger ai_agent_configs_changed after insert or update or delete or truncate on public.ai_agent_configs
for each statement execute function switchboard.changed();
