-- The tables of the deployment checklist, with the columns of the service we replace and its faults mended: sessions slide
-- and are unique while active, nobody applies or matches twice, phone columns hold phone numbers or nothing.

create table unified_sessions (
    id text primary key,
    user_phone text check (user_phone is null or user_phone glob '+[0-9]*'),
    user_id text not null references person (person_id),
    business_number text not null,
    current_agent text not null default 'support',
    active_flow text,
    flow_step text,
    collected_data text not null default '{}' check (json_valid(collected_data)),
    conversation_history text not null default '[]' check (json_valid(conversation_history)),
    -- The choices offered last.
    offered text check (offered is null or json_valid(offered)),
    location text,
    status text not null default 'active' check (status in ('active', 'completed', 'expired')),
    last_message_at text not null,
    created_at text not null,
    updated_at text not null,
    expires_at text not null
);

create unique index unified_sessions_active on unified_sessions (user_id, business_number) where status = 'active';
create index unified_sessions_phone on unified_sessions (user_phone);

create table unified_listings (
    id text primary key,
    owner_phone text,
    owner_user_id text not null references person (person_id),
    domain text not null,
    listing_type text not null check (listing_type in ('product', 'service', 'job', 'rental', 'produce')),
    title text not null check (length(title) between 1 and 200),
    description text,
    category text,
    -- Whole units of the currency, as the old columns had them; two decimals at the most.
    price numeric check (price >= 0),
    price_max numeric check (price_max >= 0),
    currency text not null default 'RWF',
    price_unit text,
    location_text text,
    lat real check (lat between -90 and 90),
    lng real check (lng between -180 and 180),
    attributes text not null default '{}' check (json_valid(attributes)),
    images text not null default '[]' check (json_valid(images)),
    contact_policy text not null default 'ask' check (contact_policy in ('share', 'ask', 'never')),
    status text not null default 'active' check (status in ('active', 'sold', 'rented', 'expired', 'removed')),
    source_agent text,
    created_at text not null,
    updated_at text not null,
    expires_at text not null
);

create index unified_listings_owner on unified_listings (owner_user_id, domain);
create index unified_listings_place on unified_listings (domain, status, lat, lng);
create index unified_listings_expiry on unified_listings (expires_at) where status = 'active';

-- The stems of a listing's words, for search by words. Stemmed by the host, in four languages.
create table listing_word (
    word text not null,
    listing_id text not null references unified_listings (id) on delete cascade,
    primary key (word, listing_id)
) without rowid;

create index listing_word_listing on listing_word (listing_id);

create table unified_applications (
    id text primary key,
    listing_id text not null references unified_listings (id) on delete cascade,
    applicant_phone text,
    applicant_user_id text not null references person (person_id),
    domain text not null,
    message text,
    attributes text not null default '{}' check (json_valid(attributes)),
    status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'withdrawn')),
    responded_at text,
    created_at text not null,
    unique (listing_id, applicant_user_id)
);

create index unified_applications_applicant on unified_applications (applicant_user_id, domain);

create table unified_matches (
    id text primary key,
    listing_id text not null references unified_listings (id) on delete cascade,
    seeker_phone text,
    owner_phone text,
    seeker_user_id text not null references person (person_id),
    owner_user_id text not null references person (person_id),
    domain text not null,
    distance_km numeric,
    match_score numeric,
    status text not null default 'suggested' check (status in ('suggested', 'contacted', 'accepted', 'rejected')),
    seeker_notified_at text,
    owner_notified_at text,
    created_at text not null,
    unique (listing_id, seeker_user_id)
);

create table unified_agent_events (
    id integer primary key,
    correlation_id text not null,
    user_phone text,
    user_id text,
    agent_type text,
    intent_type text,
    flow_name text,
    payload text not null default '{}' check (json_valid(payload)),
    response_text text,
    tool_calls text not null default '[]' check (json_valid(tool_calls)),
    duration_ms integer,
    created_at text not null
);

create index unified_agent_events_created on unified_agent_events (created_at);
