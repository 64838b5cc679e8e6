-- What the business's people do in a person's place: who waits for them, what they said and noted, and what is posted about it.

-- The ticket that what the person writes next belongs to, and since when: they asked for a human, or staff answered it.
alter table person add column ticket text;
alter table person add column ticket_at integer;
-- The last message of the person that staff have seen, and when staff last did something for them.
alter table person add column staff_read integer not null default 0;
alter table person add column staff_at integer not null default 0;

create index person_taken on person (person_id) where taken_over_by is not null;

-- The message in whose turn it was opened.
alter table ticket add column message_id integer;
-- `asked`: the person asked for a human. Null: an agent opened it.
alter table ticket add column why text;
-- When its status changed last.
alter table ticket add column changed_at integer;
-- The message of the person that the words are of; null for staff's.
alter table ticket_word add column message_id integer;

-- What staff said to people. The rows of `message` and `outbox` that bring it name it in their content.
create table desk_word (
    word_id text primary key,
    person_id text not null references person (person_id),
    -- The ticket that it is about.
    number text,
    at integer not null,
    who text not null,
    words text not null
) without rowid;

create index desk_word_person on desk_word (person_id, at);
create index desk_word_at on desk_word (at);

-- Notes of staff about a person, which are never sent.
create table desk_note (
    note_id integer primary key autoincrement,
    person_id text not null references person (person_id),
    number text,
    at integer not null,
    who text not null,
    words text not null
);

create index desk_note_person on desk_note (person_id, at);

-- What happened at the desk, to be posted to TICKETS_WEBHOOK_URL in this order.
create table desk_event (
    event_id integer primary key autoincrement,
    person_id text not null references person (person_id),
    -- Such as message.received.
    kind text not null,
    number text,
    -- The message of the person that it is about.
    message_id integer,
    -- What staff said.
    word_id text,
    -- The name of the human who did it.
    who text,
    at integer not null,
    attempts integer not null default 0,
    -- When it is tried next.
    due_at integer not null,
    posted_at integer
);

create index desk_event_due on desk_event (event_id) where posted_at is null;
create index desk_event_person on desk_event (person_id);
create index desk_event_at on desk_event (at);

-- Whether people were satisfied, asked once at the end of a talk.
create table desk_rating (
    rating_id text primary key,
    person_id text not null references person (person_id),
    number text,
    -- Who ended the talk.
    who text not null,
    asked_at integer not null,
    rated_at integer,
    good integer
) without rowid;

create index desk_rating_person on desk_rating (person_id);
create index desk_rating_at on desk_rating (asked_at);

-- Answers that staff send by name.
create table canned (
    name text not null,
    -- Empty: for every language that has none of its own.
    language text not null default '',
    words text not null,
    updated_at integer not null,
    updated_by text not null,
    primary key (name, language)
) without rowid;

-- Tickets that nobody was told of yet.
insert into desk_event (person_id, kind, number, at, due_at)
select person_id, 'ticket.opened', number, opened_at, opened_at from ticket where notified_at is null and status <> 'closed' order by opened_at;
