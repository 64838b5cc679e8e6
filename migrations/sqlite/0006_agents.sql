-- What ten agents need: applications that one person may make more than once, reports, saved searches, notices to come,
-- tickets, takeover, what a model costs, and files.

-- An order has a number, a job application has none: unique under their reference.
create table unified_applications_by_reference (
    id text primary key,
    listing_id text not null references unified_listings (id) on delete cascade,
    reference text not null default '',
    applicant_phone text,
    applicant_user_id text not null references person (person_id),
    domain text not null,
    message text,
    attributes text not null default '{}' check (json_valid(attributes)),
    status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'withdrawn')),
    responded_at text,
    created_at text not null,
    unique (listing_id, applicant_user_id, reference)
);

insert into unified_applications_by_reference (id, listing_id, applicant_phone, applicant_user_id, domain, message, attributes, status,
    responded_at, created_at)
select id, listing_id, applicant_phone, applicant_user_id, domain, message, attributes, status, responded_at, created_at
from unified_applications;

drop table unified_applications;

alter table unified_applications_by_reference rename to unified_applications;

create index unified_applications_applicant on unified_applications (applicant_user_id, domain);

-- Set by a report, cleared by a human who looked. Hidden from searches meanwhile.
alter table unified_listings add column hidden_at text;

-- When saved searches were compared with it; null until then.
alter table unified_listings add column matched_at text;

create index unified_listings_unmatched on unified_listings (id) where matched_at is null and status = 'active';

create table listing_report (
    listing_id text not null references unified_listings (id) on delete cascade,
    person_id text not null references person (person_id),
    reason text not null,
    created_at integer not null,
    primary key (listing_id, person_id)
) without rowid;

-- Saved searches.
create table saved_search (
    search_id text primary key,
    agent text not null,
    person_id text not null references person (person_id),
    business text not null,
    -- The contract's `query`, as JSON.
    query text not null,
    created_at integer not null
) without rowid;

create index saved_search_agent on saved_search (agent);
create index saved_search_person on saved_search (person_id);

-- Notices to come: timers of agents, and word that waits for its time or for the person to write again.
create table notice (
    notice_id integer primary key,
    agent text not null,
    person_id text not null references person (person_id),
    -- The business number that it is said from; empty where any will do.
    business text not null,
    -- A timer's own key; one of the same key replaces it.
    key text,
    -- The contract's content, as JSON.
    content text not null,
    run_at integer not null,
    -- Not before the person has written within 24 hours.
    waits integer not null default 0,
    created_at integer not null,
    unique (agent, person_id, key)
);

create index notice_due on notice (run_at);

create table ticket (
    number text primary key,
    person_id text not null references person (person_id),
    business text not null,
    agent text not null,
    subject text not null,
    details text not null,
    priority text not null check (priority in ('low', 'medium', 'high', 'urgent')),
    status text not null default 'open' check (status in ('open', 'answered', 'closed')),
    opened_at integer not null,
    -- When the business was told.
    notified_at integer
) without rowid;

create index ticket_person on ticket (person_id);
create index ticket_status on ticket (status, opened_at);

-- What was said about a ticket, by either side.
create table ticket_word (
    number text not null references ticket (number) on delete cascade,
    at integer not null,
    who text not null,
    words text not null
);

create index ticket_word_number on ticket_word (number);

-- What operators say of an agent; it goes before what the agent says of itself. Lists are JSON.
create table ai_agent_configs (
    agent_type text primary key,
    name text not null default '',
    description text,
    system_prompt text not null default '',
    keywords text not null default '[]',
    tools text not null default '[]',
    enabled integer not null default 1 check (enabled in (0, 1)),
    priority integer not null default 0,
    config text not null default '{}',
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ'))
);

-- What the model was asked for, by day (days since 1970, UTC).
create table model_use (
    day integer not null,
    agent text not null,
    person_id text not null,
    questions integer not null,
    tokens integer not null,
    primary key (day, agent, person_id)
) without rowid;

-- A human answers this person; agents are silent.
alter table person add column taken_over_by text;

-- When the person asked to be forgotten: from then on this row holds no more than their number.
alter table person add column forgotten_at integer;
