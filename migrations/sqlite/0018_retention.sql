-- Ended sessions are swept by the time of their end.
create index unified_sessions_ended on unified_sessions (updated_at) where status <> 'active';
