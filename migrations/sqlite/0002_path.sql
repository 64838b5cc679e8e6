-- The path of a message: delivery, message, lane, outbox, status, journal.

-- What was signed and received, byte for byte.
create table delivery (
    delivery_id integer primary key,
    received_at integer not null,
    body blob not null,
    -- Why it, or a part of it, could not be read.
    unreadable text
);

create index delivery_unreadable on delivery (delivery_id) where unreadable is not null;

-- The ordered queue of one person on one business number.
create table lane (
    lane_id integer primary key,
    person_id text not null references person (person_id),
    business text not null,
    -- Who works on it, until when. The epoch counts claims and fences late commits.
    lease_owner text,
    lease_until integer not null default 0,
    epoch integer not null default 0,
    -- The batch of the writer that claimed it last: tells a batch's own claims from others.
    claimed_in integer not null default 0,
    unique (person_id, business)
);

create table message (
    message_id integer primary key,
    delivery_id integer,
    -- Null where nobody can be answered.
    lane_id integer references lane (lane_id),
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
    sent_at integer not null,
    received_at integer not null,
    -- Not before this time: retries, placeholders.
    ready_at integer not null,
    attempts integer not null default 0,
    error text,
    unique (business, wamid, space)
);

create index message_queued on message (lane_id, message_id) where state = 'queued';
create index message_held on message (lane_id) where state = 'held';
create index message_dead on message (lane_id) where state = 'dead';

create table outbox (
    -- Also our reference at Meta.
    outbox_id integer primary key,
    lane_id integer not null references lane (lane_id),
    message_id integer not null,
    agent text not null,
    -- Graph API body from `type` on.
    body text not null,
    -- queued, sending, unknown (may have been sent), sent, dead.
    state text not null check (state in ('queued', 'sending', 'unknown', 'sent', 'dead')),
    -- How far it came, never backwards: 10 sent, 20 failed, 30 delivered, 40 read, 50 played.
    progress integer not null default 0,
    attempts integer not null default 0,
    unknowns integer not null default 0,
    run_at integer not null,
    created_at integer not null,
    wamid text,
    error text
);

create index outbox_waiting on outbox (lane_id, outbox_id) where state in ('queued', 'sending', 'unknown');
create index outbox_wamid on outbox (wamid) where wamid is not null;
create index outbox_dead on outbox (outbox_id) where state = 'dead';
create index outbox_unknowns on outbox (unknowns) where unknowns > 0;

-- Word on what was sent. Kept as it came; also where it came before we knew the wamid.
create table status (
    business text not null,
    wamid text not null,
    status text not null,
    recipient text not null default '',
    reference text,
    at integer not null,
    progress integer not null,
    error text,
    billable integer,
    primary key (business, wamid, status, recipient)
) without rowid;

-- All that a turn saw and did: JSON under zstd.
create table journal (
    message_id integer not null,
    epoch integer not null,
    created_at integer not null,
    body blob not null,
    primary key (message_id, epoch)
) without rowid;
