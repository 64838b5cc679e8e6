-- What is open in a conversation beside its flow: the question asked last, what waits for the person's yes or no.
alter table unified_sessions add column open_things text check (open_things is null or json_valid(open_things));
