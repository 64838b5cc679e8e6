-- Turns on test numbers, whose ids begin with `test:`. Their events are kept apart from `unified_agent_events`, so that nobody's figures
-- count them.
create table switchboard.test_event (
    message_id bigint not null,
    -- As in journal.
    epoch bigint not null,
    person_id uuid not null references switchboard.person (person_id),
    -- As in unified_agent_events.
    agent text collate "C" not null,
    reason text collate "C" not null,
    payload jsonb not null,
    duration_ms bigint not null,
    waited_ms bigint,
    created_at bigint not null,
    primary key (message_id, epoch)
);

create index test_event_person on switchboard.test_event (person_id);
create index test_event_at on switchboard.test_event (created_at);

-- The people of test numbers are few.
create index lane_test on switchboard.lane (person_id) where substr(business, 1, 5) = 'test:';

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.test_event to switchboard_node');
