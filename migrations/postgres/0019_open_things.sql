-- What is open in a conversation beside its flow: the question asked last, what waits for the person's yes or no.
alter table public.unified_sessions add column open_things jsonb;
