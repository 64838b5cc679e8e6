//! The list of answered messages, the newest first, page by page. A page looks through [`LOOKED_AT_MAX`] events at the most, so that a
//! filter that fits nothing costs no more than one that does.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use crate::{Store, StoreError, db::Row, time::iso, value::uuid};
use switchboard_core::{contract::types::Content, phone::Phone};

/// Events that one page looks through.
pub const LOOKED_AT_MAX: i64 = 5_000;

/// Turns of one page.
pub const PAGE: usize = 50;

/// Which turns are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnChoice {
    /// Before this place in the list; none for the newest.
    pub before: Option<i64>,
    /// Not older than this, in milliseconds.
    pub since: i64,
    /// Of this agent alone.
    pub agent: Option<String>,
    /// Of this outcome alone.
    pub outcome: Option<TurnOutcome>,
    /// Of this person alone.
    pub person: Option<Uuid>,
    /// A part of the person's name, the end of their number, or a part of what was asked or answered.
    pub words: Option<String>,
    /// Those of test numbers, which are listed apart.
    pub tests: bool,
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOutcome {
    /// An agent answered.
    Answered,
    /// The person got an apology.
    Apology,
    /// Another version answered, since the first was stopped.
    Stopped,
    /// One agent handed over to another.
    HandedOver,
    /// The language model chose the agent.
    Model,
}

impl TurnOutcome {
    /// All outcomes.
    pub const ALL: [TurnOutcome; 5] = [
        TurnOutcome::Answered,
        TurnOutcome::Apology,
        TurnOutcome::Stopped,
        TurnOutcome::HandedOver,
        TurnOutcome::Model,
    ];

    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            TurnOutcome::Answered => "answered",
            TurnOutcome::Apology => "apology",
            TurnOutcome::Stopped => "stopped",
            TurnOutcome::HandedOver => "handed-over",
            TurnOutcome::Model => "model",
        }
    }

    /// The outcome of a name.
    pub fn parse(name: &str) -> Option<TurnOutcome> {
        TurnOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct TurnPage {
    /// The turns.
    pub turns: Vec<TurnLine>,
    /// Where the next page begins; none at the end.
    pub next: Option<i64>,
}

/// A turn in the list.
#[derive(Clone, Debug)]
pub struct TurnLine {
    /// The message's id; the turn is called `turn-<id>`.
    pub message: i64,
    /// When it was answered, in milliseconds.
    pub at: i64,
    /// The person's id.
    pub person: Option<Uuid>,
    /// The person's name, as WhatsApp shows it.
    pub name: Option<String>,
    /// The person's number; it prints masked.
    pub phone: Option<Phone>,
    /// What the message says; none if it is not kept any more.
    pub said: Option<String>,
    /// The agent.
    pub agent: String,
    /// The reason of its route.
    pub reason: String,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// What came of it.
    pub outcome: TurnOutcome,
    /// How far its replies came: the least of 10 sent, 20 failed, 30 delivered, 40 read; none if there is none.
    pub progress: Option<i64>,
}

impl Store {
    /// A page of the list of turns.
    pub async fn turn_list(&self, choice: &TurnChoice) -> Result<TurnPage, StoreError> {
        let (list, last) = if choice.tests { (TESTS, TESTS_LAST) } else { (EVENTS, EVENTS_LAST) };
        let before = choice.before.unwrap_or(i64::MAX);
        let digits: Option<String> = choice
            .words
            .as_ref()
            .map(|words| words.chars().filter(char::is_ascii_digit).collect::<String>())
            .filter(|digits| digits.len() >= 3);
        let rows = self
            .query(list)
            .bind(before)
            .bind(LOOKED_AT_MAX)
            .bind(iso(choice.since))
            .bind(choice.agent.as_deref())
            .bind(choice.outcome.map(TurnOutcome::as_str))
            .bind(choice.person.map(|person| person.to_string()))
            .bind(choice.words.as_deref().map(|words| words.trim().to_lowercase()))
            .bind(digits)
            .bind(PAGE as i64)
            .all()
            .await?;
        let mut turns = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let next = match turns.last() {
            Some((key, _)) if turns.len() == PAGE => Some(*key),
            _ => {
                let row = self.query(last).bind(before).bind(LOOKED_AT_MAX).bind(iso(choice.since)).optional().await?;
                row.map(|row| row.get(0)).transpose()?
            }
        };
        self.add_messages(&mut turns).await?;
        Ok(TurnPage { turns: turns.into_iter().map(|(_, line)| line).collect(), next })
    }

    /// Adds what the messages say, and how far their replies came.
    async fn add_messages(&self, turns: &mut [(i64, TurnLine)]) -> Result<(), StoreError> {
        let ids: Vec<i64> = turns.iter().map(|(_, line)| line.message).collect();
        let rows = self.query(MESSAGES).bind(json!(ids).to_string()).all().await?;
        let mut known: HashMap<i64, (String, Option<i64>)> = HashMap::new();
        for row in &rows {
            known.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
        }
        for (_, line) in turns {
            if let Some((content, progress)) = known.remove(&line.message) {
                line.said = serde_json::from_str::<Content>(&content).ok().map(|content| content.shown());
                line.progress = progress;
            }
        }
        Ok(())
    }

    /// A number that differs when another message was answered.
    pub async fn last_turn(&self) -> Result<i64, StoreError> {
        let sql = "select coalesce((select max(id) from unified_agent_events), 0) + coalesce((select max(message_id) from test_event), 0)";
        Ok(self.query(sql).value().await?)
    }

    /// The names of the agents that answered lately, in alphabetical order: for a list to choose from.
    pub async fn agents_lately(&self) -> Result<Vec<String>, StoreError> {
        let sql = "select distinct coalesce(agent_type, '') from (select agent_type from unified_agent_events order by id desc limit $1) as e
            order by 1";
        let names: Vec<String> = self.query(sql).bind(LOOKED_AT_MAX).values().await?;
        Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
    }
}

const EVENTS: &str = "
select e.id, coalesce(e.correlation_id, ''), ms(e.created_at), e.user_id::text, p.name, p.phone, coalesce(e.agent_type, ''),
    coalesce(e.intent_type, ''), e.duration_ms::bigint, e.payload->>'error' is not null, e.payload->'rescued' is not null,
    e.payload->'handoffs' is not null
from (select * from unified_agent_events where id < $1 order by id desc limit $2) as e left join person as p on p.person_id = e.user_id
where e.created_at >= $3::timestamptz and ($4::text is null or e.agent_type = $4)
    and case $5::text when 'apology' then e.payload->>'error' is not null when 'stopped' then e.payload->'rescued' is not null
        when 'handed-over' then e.payload->'handoffs' is not null when 'model' then e.intent_type = 'model'
        when 'answered' then e.payload->>'error' is null else true end
    and ($6::text is null or e.user_id = $6::uuid)
    and ($7::text is null or lower(coalesce(p.name, '')) like '%' || $7 || '%' or lower(coalesce(e.response_text, '')) like '%' || $7 || '%'
        or exists (select 1 from message as m where m.message_id = case when substr(e.correlation_id, 1, 5) = 'turn-'
            then substr(e.correlation_id, 6)::bigint end and lower(m.content) like '%' || $7 || '%')
        or $8::text is not null and coalesce(p.phone, '') like '%' || $8)
order by e.id desc limit $9";

const EVENTS_LAST: &str = "
select min(id) from (select id, created_at from unified_agent_events where id < $1 order by id desc limit $2) as e
having count(*) = $2 and min(created_at) >= $3::timestamptz";

const TESTS: &str = "
select e.message_id, 'turn-' || e.message_id::text, e.created_at, e.person_id::text, p.name, p.phone, e.agent, e.reason, e.duration_ms,
    e.payload->>'error' is not null, e.payload->'rescued' is not null, e.payload->'handoffs' is not null
from (select * from test_event where message_id < $1 order by message_id desc limit $2) as e left join person as p on p.person_id = e.person_id
where e.created_at >= ms($3::timestamptz) and ($4::text is null or e.agent = $4)
    and case $5::text when 'apology' then e.payload->>'error' is not null when 'stopped' then e.payload->'rescued' is not null
        when 'handed-over' then e.payload->'handoffs' is not null when 'model' then e.reason = 'model'
        when 'answered' then e.payload->>'error' is null else true end
    and ($6::text is null or e.person_id = $6::uuid)
    and ($7::text is null or lower(coalesce(p.name, '')) like '%' || $7 || '%' or $8::text is not null and coalesce(p.phone, '') like '%' || $8)
order by e.message_id desc limit $9";

const TESTS_LAST: &str = "
select min(message_id) from (select message_id, created_at from test_event where message_id < $1 order by message_id desc limit $2) as e
having count(*) = $2 and min(created_at) >= ms($3::timestamptz)";

const MESSAGES: &str = "
select m.message_id, m.content, (select min(o.progress) from outbox as o where o.lane_id = m.lane_id and o.message_id = m.message_id)
from message as m where m.message_id in (select value::bigint from texts($1::jsonb) as t)";

fn line(row: &Row) -> Result<(i64, TurnLine), sqlx::Error> {
    let (correlation, reason): (String, String) = (row.get(1)?, row.get(7)?);
    let (failed, stopped, handed): (bool, bool, bool) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let outcome = match (failed, stopped, handed) {
        (true, ..) => TurnOutcome::Apology,
        (_, true, _) => TurnOutcome::Stopped,
        (_, _, true) => TurnOutcome::HandedOver,
        _ if reason == "model" => TurnOutcome::Model,
        _ => TurnOutcome::Answered,
    };
    let turn = TurnLine {
        message: correlation.strip_prefix("turn-").and_then(|id| id.parse().ok()).unwrap_or_default(),
        at: row.get(2)?,
        person: row.get::<Option<String>>(3)?.map(uuid),
        name: row.get(4)?,
        phone: row.get::<Option<String>>(5)?.and_then(|phone| Phone::parse(&phone).ok()),
        said: None,
        agent: row.get(6)?,
        reason,
        took_ms: row.get(8)?,
        outcome,
        progress: None,
    };
    Ok((row.get(0)?, turn))
}
