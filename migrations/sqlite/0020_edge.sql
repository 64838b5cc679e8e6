-- Whether a message may be answered together with those beside it that came quickly (1), and until when it waits for them: `ready_at`.
alter table message add column joins integer not null default 0;

-- What an advert or a product of the catalogue says about the message, as JSON.
alter table message add column extras text;

-- How long the message waited for others of its person before its turn was due: not part of `duration_ms`.
alter table unified_agent_events add column waited_ms integer;

-- Since when a person is taken over, or when the business wrote to them last from its own app: what was to be said before is not said any more.
alter table person add column taken_over_at integer;

-- Until when a person is taken over; null: until they are given back by hand.
alter table person add column taken_over_until integer;

-- Since when the person wants no marketing messages, as they chose in WhatsApp; negative: since when they want them again.
alter table person add column no_marketing_at integer;
