-- The host's own tables: people, the path of a message, and what agents keep. In a schema of their own, so that nothing clashes
-- with what a project has in `public`. Their times are milliseconds since 1970.
--
-- Rows that are updated on every message are kept in pages with room to spare (fillfactor), so that an update stays in its page
-- and touches no index, and are vacuumed early.

create schema if not exists switchboard;

-- Ids of deliveries, messages, lanes, replies and batches, handed out 64 at a time.
create sequence switchboard.ids increment by 64;

-- What the texts of the host's statements call by the same names on both databases.

create function switchboard.each(items jsonb) returns table (key bigint, value jsonb)
language sql immutable parallel safe
as 'select ordinality - 1, item from jsonb_array_elements(items) with ordinality as i (item, ordinality)';

create function switchboard.texts(items jsonb) returns table (value text)
language sql immutable parallel safe
as 'select item from jsonb_array_elements_text(items) as i (item)';

create function switchboard.ms(at timestamptz) returns bigint
language sql immutable parallel safe
as 'select (extract(epoch from at) * 1000)::bigint';

create function switchboard.instr(bytes bytea, part bytea) returns integer
language sql immutable parallel safe
as 'select position(part in bytes)';

-- Flags and settings: which of them changed, so that a host that asks often asks for little.
create table switchboard.change (
    topic text primary key,
    version bigint not null default 0
);

-- What one of the hosts does for all, until when: it asks again in time, or another takes it over.
create table switchboard.duty (
    name text primary key,
    owner text not null,
    until bigint not null
);

-- Components that hosts share: what is dropped at one of them becomes the version of all.
create table switchboard.component (
    file text primary key,
    -- In hex; a host verifies it.
    sha256 text not null,
    body bytea not null,
    -- When its file was changed, at the host that published it.
    published_at bigint not null
);

create table switchboard.person (
    person_id uuid primary key,
    -- 0 to 9999: the fixed place in every rollout, given once. Null until the host has met them.
    bucket bigint check (bucket between 0 and 9999),
    -- Digits with the country code. Null for people who have no number that we know.
    phone text check (phone ~ '^[0-9]+$'),
    -- Business-scoped user id, for sending where there is no number.
    user_id text,
    name text,
    language text,
    -- Where the person last said to be.
    lat double precision check (lat between -90 and 90),
    lng double precision check (lng between -180 and 180),
    place text,
    -- When the person said stop; no message unasked after it.
    opted_out_at bigint,
    created_at bigint not null,
    -- A human answers this person; agents are silent.
    taken_over_by text,
    -- When the person asked to be forgotten: from then on this row holds no more than their number.
    forgotten_at bigint
) with (fillfactor = 90);

create index person_forgotten on switchboard.person (forgotten_at) where forgotten_at is not null;

create table switchboard.identity (
    kind text not null check (kind in ('phone', 'user_id', 'parent_user_id')),
    value text not null,
    person_id uuid not null references switchboard.person (person_id),
    since bigint not null,
    primary key (value, kind)
);

create index identity_person on switchboard.identity (person_id);

-- Two persons who turned out to be one: the first now stands for the second.
create table switchboard.person_merge (
    person_id uuid not null references switchboard.person (person_id),
    merged_person_id uuid not null,
    merged_at bigint not null,
    primary key (person_id, merged_person_id)
);

-- What was signed and received, byte for byte.
create table switchboard.delivery (
    delivery_id bigint primary key,
    received_at bigint not null,
    body bytea not null,
    -- Why it, or a part of it, could not be read.
    unreadable text
);

create index delivery_unreadable on switchboard.delivery (delivery_id) where unreadable is not null;

-- The ordered queue of one person on one business number.
create table switchboard.lane (
    lane_id bigint primary key,
    person_id uuid not null references switchboard.person (person_id),
    business text not null,
    -- Who works on it, until when. The epoch counts claims and settlements and fences late commits.
    lease_owner text,
    lease_until bigint not null default 0,
    epoch bigint not null default 0,
    -- The batch that claimed it last: tells a batch's own claims from others.
    claimed_in bigint not null default 0,
    unique (person_id, business)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table switchboard.message (
    message_id bigint primary key,
    delivery_id bigint,
    -- Null where nobody can be answered.
    lane_id bigint references switchboard.lane (lane_id),
    business text not null,
    -- Null for what the host itself queued.
    wamid text,
    -- Messages, and beside them what may carry the same wamid: echo, standby, history.
    space text not null,
    kind text not null,
    -- queued, answered, held, dead, or stored (never to be answered).
    state text not null check (state in ('queued', 'answered', 'held', 'dead', 'stored')),
    -- The contract's content, as JSON.
    content text not null,
    -- A notice is for this agent.
    agent text,
    quotes text,
    sent_at bigint not null,
    received_at bigint not null,
    -- Not before this time: retries, placeholders.
    ready_at bigint not null,
    attempts bigint not null default 0,
    error text,
    unique (business, wamid, space)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index message_queued on switchboard.message (lane_id, message_id) where state = 'queued';
create index message_lane on switchboard.message (lane_id);
create index message_held on switchboard.message (lane_id) where state = 'held';
create index message_dead on switchboard.message (lane_id) where state = 'dead';

create table switchboard.outbox (
    -- Also our reference at Meta.
    outbox_id bigint primary key,
    lane_id bigint not null references switchboard.lane (lane_id),
    message_id bigint not null,
    agent text not null,
    -- Graph API body from `type` on.
    body text not null,
    -- queued, sending, unknown (may have been sent), sent, dead.
    state text not null check (state in ('queued', 'sending', 'unknown', 'sent', 'dead')),
    -- How far it came, never backwards: 10 sent, 20 failed, 30 delivered, 40 read, 50 played.
    progress bigint not null default 0,
    attempts bigint not null default 0,
    unknowns bigint not null default 0,
    -- Due then. While it is being sent: whoever sends it has come to no end by then.
    run_at bigint not null,
    created_at bigint not null,
    wamid text,
    error text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index outbox_waiting on switchboard.outbox (lane_id, outbox_id) where state in ('queued', 'sending', 'unknown');
create index outbox_wamid on switchboard.outbox (wamid) where wamid is not null;
create index outbox_dead on switchboard.outbox (outbox_id) where state = 'dead';
create index outbox_unknowns on switchboard.outbox (unknowns) where unknowns > 0;

-- Word on what was sent. Kept as it came; also where it came before we knew the wamid.
create table switchboard.status (
    business text not null,
    wamid text not null,
    status text not null,
    recipient text not null default '',
    reference text,
    at bigint not null,
    progress bigint not null,
    error text,
    billable boolean,
    primary key (business, wamid, status, recipient)
);

create index status_wamid on switchboard.status (wamid, business);
create index status_at on switchboard.status (at);

-- All that a turn saw and did: JSON under zstd.
create table switchboard.journal (
    message_id bigint not null,
    epoch bigint not null,
    created_at bigint not null,
    body bytea not null
);

create index journal_message on switchboard.journal (message_id);

-- The agents' own documents, per person or shared (empty person).
create table switchboard.record (
    agent text not null,
    person_id text not null default '',
    collection text not null,
    key text not null,
    value text not null,
    updated_at bigint not null,
    primary key (agent, person_id, collection, key)
);

create index record_newest on switchboard.record (agent, person_id, collection, updated_at);
create index record_person on switchboard.record (person_id);

-- Saved searches.
create table switchboard.saved_search (
    search_id uuid primary key,
    agent text not null,
    person_id uuid not null references switchboard.person (person_id),
    business text not null,
    -- The contract's `query`, as JSON.
    query text not null,
    created_at bigint not null
);

create index saved_search_agent on switchboard.saved_search (agent);
create index saved_search_person on switchboard.saved_search (person_id);

-- Notices to come: timers of agents, and word that waits for its time or for the person to write again.
create table switchboard.notice (
    notice_id bigint generated by default as identity primary key,
    agent text not null,
    person_id uuid not null references switchboard.person (person_id),
    -- The business number that it is said from; empty where any will do.
    business text not null,
    -- A timer's own key; one of the same key replaces it.
    key text,
    -- The contract's content, as JSON.
    content text not null,
    run_at bigint not null,
    -- Not before the person has written within 24 hours.
    waits boolean not null default false,
    created_at bigint not null,
    unique (agent, person_id, key)
);

create index notice_due on switchboard.notice (run_at);
create index notice_person on switchboard.notice (person_id);

create table switchboard.ticket (
    number text primary key,
    person_id uuid not null references switchboard.person (person_id),
    business text not null,
    agent text not null,
    subject text not null,
    details text not null,
    priority text not null check (priority in ('low', 'medium', 'high', 'urgent')),
    status text not null default 'open' check (status in ('open', 'answered', 'closed')),
    opened_at bigint not null,
    -- When the business was told.
    notified_at bigint
);

create index ticket_person on switchboard.ticket (person_id);
create index ticket_status on switchboard.ticket (status, opened_at);

-- What was said about a ticket, by either side.
create table switchboard.ticket_word (
    number text not null references switchboard.ticket (number) on delete cascade,
    at bigint not null,
    who text not null,
    words text not null
);

create index ticket_word_number on switchboard.ticket_word (number);

-- What the model was asked for, by day (days since 1970, UTC).
create table switchboard.model_use (
    day bigint not null,
    agent text not null,
    person_id uuid not null,
    questions bigint not null,
    tokens bigint not null,
    primary key (day, agent, person_id)
);
