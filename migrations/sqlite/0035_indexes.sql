-- Indexes for what read a whole table (`it plans::` finds such statements); Postgres has had some of them.

-- The messages of a lane, whatever their state: a conversation, its unread messages, and what is forgotten.
create index message_lane on message (lane_id);
-- Statuses of a time: what is billed, what was not delivered, what has been kept long enough.
create index status_at on status (at);
-- Replies of a time.
create index outbox_created on outbox (created_at);
-- Sessions of a person, and of a time.
create index unified_sessions_user on unified_sessions (user_id);
create index unified_sessions_created on unified_sessions (created_at);
-- Matches of a person, on either side.
create index unified_matches_seeker on unified_matches (seeker_user_id);
create index unified_matches_owner on unified_matches (owner_user_id);
-- Test numbers: with the number, so that it covers what is asked.
drop index lane_test;
create index lane_test on lane (person_id, business) where substr(business, 1, 5) = 'test:';
