-- Notices wait for their person's next message, and a template that asks somebody to write is remembered.

alter table switchboard.notice
    -- The person's last message, on whatever number, when the notice began to wait: it is brought again once they have written after
    -- that. Zero: they had never written. Null: it has not waited.
    add column seen_at bigint,
    -- The message that it was said in, where Meta refused that because the window was closed.
    add column origin bigint,
    -- When those who wait for an answer to it were told that its person cannot be reached.
    add column told_at bigint,
    -- Of a timer: the template that goes outside the customer service window, and when it becomes pointless.
    add column template text,
    add column until_at bigint;

alter table switchboard.message add column template text, add column until_at bigint;

update switchboard.notice set seen_at = 0 where waits;

drop index switchboard.notice_due;
create index notice_due on switchboard.notice (run_at) where not waits;
create index notice_waiting on switchboard.notice (person_id) where waits;
create unique index notice_origin on switchboard.notice (origin) where origin is not null;

-- The last template that asked a person to write on a business number; what came of it stands in its row of the outbox.
create table switchboard.template_sent (
    person_id uuid not null references switchboard.person (person_id),
    business text collate "C" not null,
    -- When it was queued.
    sent_at bigint not null,
    outbox_id bigint not null,
    primary key (person_id, business)
);

-- Who was told of a listing that their saved search fits, while others are yet to be.
create table switchboard.search_told (
    listing_id uuid not null references public.unified_listings (id) on delete cascade,
    person_id uuid not null references switchboard.person (person_id),
    primary key (listing_id, person_id)
);

create index search_told_person on switchboard.search_told (person_id);

create index template_sent_outbox on switchboard.template_sent (outbox_id);

insert into switchboard.template_sent (person_id, business, sent_at, outbox_id)
select l.person_id, l.business, max(o.created_at), max(o.outbox_id)
from switchboard.outbox as o join switchboard.lane as l using (lane_id) where o.kind = 'template' group by 1, 2;

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.template_sent, switchboard.search_told to switchboard_node');
