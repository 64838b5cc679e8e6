//! What the events say of a time: how many messages, how many errors, how long it took. Test turns have no event here, and what else is
//! counted leaves test numbers out (`test:`, see [`test_number`](switchboard_core::test_number)). The deployment checklist's counts, and
//! more of them; one text for both databases, and the same few queries however many agents there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    db::{Query, Row},
    iso,
};
use switchboard_core::quota;

/// The part of the events that is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// After this time, in milliseconds.
    pub from_ms: i64,
    /// Up to this time.
    pub to_ms: i64,
    /// Answered by this agent alone.
    pub agent: Option<String>,
    /// Answered by this component alone.
    pub sha256: Option<String>,
    /// Of this arm alone, while a version is tried: `candidate`, `control` or `stable`.
    pub arm: Option<&'static str>,
}

impl Slice {
    /// Everything of a time.
    pub fn all(from_ms: i64, to_ms: i64) -> Slice {
        Slice { from_ms, to_ms, agent: None, sha256: None, arm: None }
    }
}

/// How figures are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the agent that answered; nobody's, where the host alone spoke and no agent was named.
    Agent,
    /// By agent and version, as `agent@version`; `agent@-` where the host spoke in its place.
    Version,
}

/// What the events say. Percentiles are exact, by nearest rank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Messages answered.
    pub messages: i64,
    /// Those whose sender did not get an agent's own answer: `payload->>'error' is not null`, as the checklist counts.
    pub errors: i64,
    /// People who were answered.
    pub people: i64,
    /// Half were answered within this time, from receipt to settlement.
    pub p50_ms: Option<i64>,
    /// 95 of 100 were.
    pub p95_ms: Option<i64>,
    /// 99 of 100 were.
    pub p99_ms: Option<i64>,
    /// Times that an agent gave a message to another. They count for the agent that answered in the end.
    pub handoffs: i64,
    /// 95 of 100 handoffs took the host at most so many microseconds, from the end of one agent to the beginning of the next.
    pub handoff_p95_us: Option<i64>,
    /// Handoffs that the host refused.
    pub handoffs_refused: i64,
    /// Sessions begun in this time. Of an agent or a version: of people whom it answered.
    pub sessions_created: i64,
    /// Sessions that should have begun and did not. A session is written in the transaction that answers, so it cannot fail alone:
    /// counted are messages that were given up (`message.state = 'dead'`) of people who had no session when they wrote. The
    /// apology begins one, which is in `sessions_created`. Of an agent or a version: of people whom it answered.
    pub sessions_failed: i64,
    /// Flows that came to their end.
    pub flows_completed: i64,
    /// Flows that people left.
    pub flows_cancelled: i64,
}

/// Sends that Meta bills: so many of one agent's version, category, country and day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledSends {
    /// The agent that answered; `staff` for a human, empty if that is not known any more.
    pub agent: String,
    /// Its version; `-` if the host spoke in its place, or that is not known any more.
    pub version: String,
    /// `marketing`, `utility`, `authentication` or `service`; empty if Meta did not say.
    pub category: String,
    /// The first three characters of the recipient's number, or of their user id.
    pub prefix: String,
    /// Days since 1970, UTC.
    pub day: i64,
    /// How many.
    pub sends: i64,
}

/// How long before Meta's word on a send its message was answered at the earliest.
const ANSWERED_BEFORE_MS: i64 = 86_400_000;

const BILLED: &str = "
    select coalesce(o.agent, ''), coalesce(e.version, '-'), b.category, substr(b.recipient, 1, 3),
        b.at / 86400000, count(*)
    from (select business, wamid, coalesce(max(category), '') as category, max(recipient) as recipient, min(at) as at from status
            where billable and at > $1 and at <= $2 and substr(business, 1, 5) <> 'test:' group by business, wamid) as b
    left join outbox as o on o.wamid = b.wamid
    left join (select correlation_id, agent_type, payload->>'version' as version from unified_agent_events
            where created_at > $3::timestamptz and created_at <= $4::timestamptz) as e
        on e.correlation_id = 'turn-' || o.message_id and e.agent_type = o.agent
    group by 1, 2, 3, 4, 5 order by 5, 1, 2, 3, 4";

impl Figures {
    /// Errors of a hundred messages; none of nothing.
    pub fn error_percent(&self) -> f64 {
        percent(self.errors, self.messages)
    }

    /// Between which percentages of errors the rate lies with 95 % confidence, by Wilson's interval; none without a message.
    pub fn error_interval(&self) -> Option<(f64, f64)> {
        const Z: f64 = 1.96;
        let n = self.messages as f64;
        if self.messages <= 0 {
            return None;
        }
        let (rate, z2) = (self.errors as f64 / n, Z * Z);
        let middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
        Some(((middle - half).max(0.0) * 100.0, (middle + half).min(1.0) * 100.0))
    }

    /// Flows of a hundred that came to their end, of those that ended; none if none ended.
    pub fn completed_percent(&self) -> Option<f64> {
        let ended = self.flows_completed + self.flows_cancelled;
        (ended > 0).then(|| percent(self.flows_completed, ended))
    }

    /// Sessions of a hundred that began as they should; all of nothing.
    pub fn session_percent(&self) -> f64 {
        100.0 - percent(self.sessions_failed, self.sessions_created.max(self.sessions_failed))
    }
}

fn percent(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// Which events are of a slice.
macro_rules! of_slice {
    () => {
        "created_at > $1::timestamptz and created_at <= $2::timestamptz
    and ($3::text is null or agent_type = $3) and ($4::text is null or payload->>'sha256' = $4)
    and ($5::text is null or payload->>'arm' = $5)"
    };
}

/// What an event counts under, as [`By`] says; all under one name where it is null.
macro_rules! label {
    () => {
        "case $6::text when 'agent' then coalesce(agent_type, '')
        when 'version' then coalesce(agent_type, '') || '@' || coalesce(payload->>'version', '-') else '' end as label"
    };
}

/// Messages given up of people who had no session when they wrote.
macro_rules! failed {
    () => {
        "from message as m join lane as l on l.lane_id = m.lane_id
    where m.state = 'dead' and m.business not like 'test:%' and m.received_at > ms($1::timestamptz) and m.received_at <= ms($2::timestamptz) and not exists (
        select 1 from unified_sessions as u where u.user_id = l.person_id and u.business_number = l.business
            and ms(u.created_at) < m.received_at and ms(u.expires_at) > m.received_at)"
    };
}

/// Messages and how long they took: the n-th of a hundred is the first that n of a hundred do not exceed.
const ANSWERED: &str = concat!(
    "with slice as (
            select ",
    label!(),
    ", user_id, duration_ms, payload->>'error' as error, payload->>'next' as ending
            from unified_agent_events where ",
    of_slice!(),
    "),
        ranked as (
            select label, duration_ms, row_number() over (partition by label order by duration_ms) as place, count(*) over (partition by label) as n
            from slice where duration_ms is not null),
        percentiles as (
            select label, max(case when place = (n * 50 + 99) / 100 then duration_ms end)::bigint as p50,
                max(case when place = (n * 95 + 99) / 100 then duration_ms end)::bigint as p95,
                max(case when place = (n * 99 + 99) / 100 then duration_ms end)::bigint as p99
            from ranked group by label)
        select s.label, count(*), count(s.error), count(distinct s.user_id),
            count(case when s.error is null and s.ending = 'completed' then 1 end),
            count(case when s.error is null and s.ending = 'cancelled' then 1 end), max(p.p50), max(p.p95), max(p.p99)
        from slice as s left join percentiles as p on p.label = s.label group by s.label"
);

/// Handoffs: the refused ones say so, the others how long they took.
const HANDED: &str = concat!(
    "with given as (
            select ",
    label!(),
    ", (value->>'us')::bigint as us, value->>'refused' as refused
            from unified_agent_events, each(payload->'handoffs') as h where ",
    of_slice!(),
    " and payload->'handoffs' is not null),
        ranked as (
            select label, us, row_number() over (partition by label order by us) as place, count(*) over (partition by label) as n
            from given where us is not null),
        percentiles as (
            select label, max(case when place = (n * 95 + 99) / 100 then us end)::bigint as p95 from ranked group by label)
        select g.label, count(*) - count(g.refused), count(g.refused), max(p.p95)
        from given as g left join percentiles as p on p.label = g.label group by g.label"
);

/// Sessions begun, of people who were answered.
const BEGUN: &str = concat!(
    "with slice as (select distinct ",
    label!(),
    ", user_id from unified_agent_events where ",
    of_slice!(),
    ")
        select s.label, count(distinct u.id) from slice as s join unified_sessions as u on u.user_id = s.user_id
        where u.created_at > $1::timestamptz and u.created_at <= $2::timestamptz and u.business_number not like 'test:%' group by s.label"
);

/// Sessions that failed, of people who were answered.
const NOT_BEGUN: &str = concat!(
    "with slice as (select distinct ",
    label!(),
    ", user_id from unified_agent_events where ",
    of_slice!(),
    "),
        failed as (select l.person_id ",
    failed!(),
    ")
        select s.label, count(*) from slice as s join failed as f on f.person_id = s.user_id group by s.label"
);

impl Store {
    /// What the events of a slice say.
    pub async fn figures(&self, slice: &Slice) -> Result<Figures, StoreError> {
        let mut all = self.parted(None, slice).await?;
        let mut figures = all.remove("").unwrap_or_default();
        if slice.agent.is_none() && slice.sha256.is_none() {
            // Those too whose messages left no event, as of people whom a human answers.
            figures.sessions_created = self
                .query(
                    "select count(*) from unified_sessions where created_at > $1::timestamptz and created_at <= $2::timestamptz
                        and business_number not like 'test:%'",
                )
                .bind(iso(slice.from_ms))
                .bind(iso(slice.to_ms))
                .value()
                .await?;
            figures.sessions_failed = self
                .query(concat!("select count(*) ", failed!()))
                .bind(iso(slice.from_ms))
                .bind(iso(slice.to_ms))
                .value()
                .await?;
        }
        Ok(figures)
    }

    /// The same for each agent, or each version, in the order of their names.
    pub async fn figures_by(&self, from_ms: i64, to_ms: i64, by: By) -> Result<Vec<(String, Figures)>, StoreError> {
        Ok(self.parted(Some(by), &Slice::all(from_ms, to_ms)).await?.into_iter().collect())
    }

    /// Sessions that are active and whose person has written since: agents, and how many each holds, the most first. The checklist's.
    pub async fn active_sessions(&self, since_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let query = self.query(
            "select current_agent, count(*) from unified_sessions where status = 'active' and last_message_at > $1::timestamptz
                 and business_number not like 'test:%' group by current_agent order by count(*) desc, current_agent",
        );
        let rows = query.bind(iso(since_ms)).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, sqlx::Error>>()?)
    }

    /// What the model was asked for in a period, in milliseconds since 1970, of which the days (UTC) count whole: agent, questions, tokens.
    pub async fn model_spent(&self, from_ms: i64, to_ms: i64) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let query = self.query(
            "select m.agent, sum(m.questions)::bigint, sum(m.tokens)::bigint from model_use as m where m.day between $1 and $2
                 and m.person_id not in (select l.person_id from lane as l where substr(l.business, 1, 5) = 'test:')
             group by m.agent order by m.agent",
        );
        let [from, to] = [from_ms, to_ms].map(|ms| ms.div_euclid(quota::DAY_MS));
        let rows = query.bind(from).bind(to).all().await?;
        Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Turns of a version that was stopped in them, which the stable one took over.
    pub async fn rescued(&self, sha256: &str, from_ms: i64, to_ms: i64) -> Result<i64, StoreError> {
        let query = self.query(
            "select count(*) from unified_agent_events where created_at > $1::timestamptz and created_at <= $2::timestamptz
                and payload->'rescued'->>'sha256' = $3",
        );
        Ok(query.bind(iso(from_ms)).bind(iso(to_ms)).bind(sha256).value().await?)
    }

    /// Sends that Meta says it bills, by the time of its first word on each; parted by who answered, category, country and day.
    pub async fn billed_sends(&self, from_ms: i64, to_ms: i64) -> Result<Vec<BilledSends>, StoreError> {
        // What is billed was answered before.
        let (since, until) = (iso(from_ms - ANSWERED_BEFORE_MS), iso(to_ms));
        let rows = self.query(BILLED).bind(from_ms).bind(to_ms).bind(since).bind(until).all().await?;
        let part = |row: &Row| -> Result<BilledSends, sqlx::Error> {
            Ok(BilledSends {
                agent: row.get(0)?,
                version: row.get(1)?,
                category: row.get(2)?,
                prefix: row.get(3)?,
                day: row.get(4)?,
                sends: row.get(5)?,
            })
        };
        Ok(rows.iter().map(part).collect::<Result<_, _>>()?)
    }

    /// How many sends Meta says it bills, by the time of its word.
    pub async fn billed(&self, from_ms: i64, to_ms: i64) -> Result<i64, StoreError> {
        let query = self.query("select count(distinct wamid) from status where billable and at > $1 and at <= $2 and business not like 'test:%'");
        Ok(query.bind(from_ms).bind(to_ms).value().await?)
    }

    async fn parted(&self, by: Option<By>, slice: &Slice) -> Result<BTreeMap<String, Figures>, StoreError> {
        let mut all: BTreeMap<String, Figures> = BTreeMap::new();
        let label = by.map(|by| match by {
            By::Agent => "agent",
            By::Version => "version",
        });
        let ask = |sql: &'static str| -> Query<'_> {
            let query = self.query(sql).bind(iso(slice.from_ms)).bind(iso(slice.to_ms));
            query.bind(slice.agent.clone()).bind(slice.sha256.clone()).bind(slice.arm).bind(label)
        };
        for row in ask(ANSWERED).all().await? {
            let figures = Figures {
                messages: row.get(1)?,
                errors: row.get(2)?,
                people: row.get(3)?,
                flows_completed: row.get(4)?,
                flows_cancelled: row.get(5)?,
                p50_ms: row.get(6)?,
                p95_ms: row.get(7)?,
                p99_ms: row.get(8)?,
                ..Figures::default()
            };
            all.insert(row.get(0)?, figures);
        }
        for row in ask(HANDED).all().await? {
            let figures = all.entry(row.get(0)?).or_default();
            figures.handoffs = row.get(1)?;
            figures.handoffs_refused = row.get(2)?;
            figures.handoff_p95_us = row.get(3)?;
        }
        for row in ask(BEGUN).all().await? {
            all.entry(row.get(0)?).or_default().sessions_created = row.get(1)?;
        }
        for row in ask(NOT_BEGUN).all().await? {
            all.entry(row.get(0)?).or_default().sessions_failed = row.get(1)?;
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the design: 4 of 96, and 1 of 98.
    #[test]
    fn an_error_rate_has_its_interval() {
        let of = |errors, messages| {
            let figures = Figures { errors, messages, ..Figures::default() };
            figures.error_interval().map(|(low, high)| ((low * 10.0).round() / 10.0, (high * 10.0).round() / 10.0))
        };
        assert_eq!(of(4, 96), Some((1.6, 10.2)));
        assert_eq!(of(1, 98), Some((0.2, 5.6)));
        assert_eq!((of(0, 0), of(0, 10).map(|(low, _)| low)), (None, Some(0.0)));
    }
}
