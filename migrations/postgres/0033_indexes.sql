-- Replies and sessions of a time: they come in the order of time, so a small index does.
create index outbox_created on switchboard.outbox using brin (created_at) with (pages_per_range = 16, autosummarize = on);
create index unified_sessions_created on public.unified_sessions using brin (created_at) with (pages_per_range = 16, autosummarize = on);
