-- Turns on test numbers, whose ids begin with `test:`. Their events are kept apart from `unified_agent_events`, so that nobody's figures
-- count them.
create table test_event (
    message_id integer not null,
    -- As in journal.
    epoch integer not null,
    person_id text not null references person (person_id),
    -- As in unified_agent_events.
    agent text not null,
    reason text not null,
    payload text not null check (json_valid(payload)),
    duration_ms integer not null,
    waited_ms integer,
    created_at integer not null,
    primary key (message_id, epoch)
) without rowid;

create index test_event_person on test_event (person_id);
create index test_event_at on test_event (created_at);

-- The people of test numbers are few.
create index lane_test on lane (person_id) where substr(business, 1, 5) = 'test:';
