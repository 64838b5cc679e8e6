//! The statements of a batch that concern quotas.

/// Uses quotas: beginning of the period, what, agent, person, how much, the most.
pub(crate) const USE: &str = "
insert into quota (since, what, agent, person, used, most)
select (value->>0)::bigint, value->>1, value->>2, value->>3, (value->>4)::bigint, (value->>5)::bigint
from each({uses}) as u where true order by key
on conflict (since, what, agent, person) do update set used = quota.used + excluded.used, most = excluded.most;
";

/// Reservations: id, period, agent, person, tokens, those of the question, until when.
pub(crate) const RESERVE: &str = "
insert into token_reservation (reservation_id, since, agent, person_id, tokens, prompt, until_at)
select (value->>0)::uuid, (value->>1)::bigint, value->>2, (value->>3)::uuid, (value->>4)::bigint, (value->>5)::bigint,
    (value->>6)::bigint from each({reserved}) as r;
";

/// Reservations that have ended, and what was used, for the reports: day, agent, person, tokens.
pub(crate) const SETTLE: &str = "
delete from token_reservation where reservation_id in (select value::uuid from texts({settled}) as s);
insert into model_use (day, agent, person_id, questions, tokens)
select (value->>0)::bigint, value->>1, (value->>2)::uuid, count(*), sum((value->>3)::bigint)::bigint
from each({model_used}) as m where true group by 1, 2, 3
on conflict (day, agent, person_id) do update
set questions = model_use.questions + excluded.questions, tokens = model_use.tokens + excluded.tokens;
";
