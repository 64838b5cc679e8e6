-- Notices wait for their person's next message, and a template that asks somebody to write is remembered.

-- The person's last message, on whatever number, when the notice began to wait: it is brought again once they have written after that.
-- Zero: they had never written. Null: it has not waited.
alter table notice add column seen_at integer;
-- The message that it was said in, where Meta refused that because the window was closed.
alter table notice add column origin integer;
-- When those who wait for an answer to it were told that its person cannot be reached.
alter table notice add column told_at integer;
-- Of a timer: the template that goes outside the customer service window, and when it becomes pointless.
alter table notice add column template text;
alter table notice add column until_at integer;
alter table message add column template text;
alter table message add column until_at integer;

update notice set seen_at = 0 where waits;

drop index notice_due;
create index notice_due on notice (run_at) where not waits;
create index notice_waiting on notice (person_id) where waits;
create unique index notice_origin on notice (origin) where origin is not null;

-- The last template that asked a person to write on a business number; what came of it stands in its row of the outbox.
create table template_sent (
    person_id text not null references person (person_id),
    business text not null,
    -- When it was queued.
    sent_at integer not null,
    outbox_id integer not null,
    primary key (person_id, business)
) without rowid;

-- Who was told of a listing that their saved search fits, while others are yet to be.
create table search_told (
    listing_id text not null references unified_listings (id) on delete cascade,
    person_id text not null references person (person_id),
    primary key (listing_id, person_id)
) without rowid;

create index search_told_person on search_told (person_id);

create index template_sent_outbox on template_sent (outbox_id);

insert into template_sent (person_id, business, sent_at, outbox_id)
select l.person_id, l.business, max(o.created_at), max(o.outbox_id)
from outbox as o join lane as l on l.lane_id = o.lane_id where o.kind = 'template' group by l.person_id, l.business;
