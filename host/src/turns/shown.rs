//! One turn in full, from its journal.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{TurnError, lines::lines};
use crate::{
    journal::{Journal, Link, Stand},
    trace::{readings, time},
};
use switchboard_core::contract::types::{Content, FlowState, Outcome};
use switchboard_sandbox::agent::{Arguments, HostCall, RecordedLimits};
use switchboard_store::{Store, StoredJournal};

/// A turn in full.
#[derive(Clone, Debug, Serialize)]
pub struct ShownTurn {
    /// The message that was answered.
    pub message: i64,
    /// The lane's epoch.
    pub epoch: i64,
    /// When, in ISO 8601.
    pub at: String,
    /// Whose message it was.
    pub person: Uuid,
    /// How often the message had been tried before.
    pub attempts: i64,
    /// The version of the journal's format.
    pub format: u32,
    /// The version of the program that wrote it; none before format 3.
    pub host: Option<String>,
    /// The number of the sandbox's settings; none before format 3.
    pub engine: Option<u32>,
    /// What came, if an agent ran.
    pub content: Option<Content>,
    /// What its words say.
    pub readings: Vec<String>,
    /// The agent it was routed to.
    pub agent: String,
    /// Why.
    pub reason: String,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// The keywords that matched.
    pub keywords: Vec<String>,
    /// Where the conversation stood before; none before format 3.
    pub before: Option<Stand>,
    /// Where it stands then; none before format 3.
    pub after: Option<Stand>,
    /// The agents that ran, in order.
    pub ran: Vec<Ran>,
    /// What was sent: lines as people see them.
    pub replies: Vec<Vec<String>>,
    /// Why there was no answer of an agent.
    pub error: Option<String>,
}

/// One agent's run.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// The agent.
    pub agent: String,
    /// The SHA-256 of its component.
    pub sha256: String,
    /// The open flow that it was given.
    pub flow: Option<FlowState>,
    /// What it asked the host, in order.
    pub calls: Vec<ShownCall>,
    /// What it logged: level and line.
    pub log: Vec<(String, String)>,
    /// What it gave.
    pub outcome: Option<Outcome>,
    /// The words in which it refused what the person gave.
    pub refused: Option<String>,
    /// Why it was stopped.
    pub stopped: Option<String>,
    /// The fuel that it used.
    pub fuel: u64,
    /// How long it ran, in microseconds; none before format 3.
    pub micros: Option<u64>,
    /// The limits that it ran under; none before format 3.
    pub limits: Option<RecordedLimits>,
}

/// A capability call.
#[derive(Clone, Debug, Serialize)]
pub struct ShownCall {
    /// Interface and function.
    pub name: String,
    /// Whether it succeeded.
    pub ok: bool,
    /// The arguments; of long ones their SHA-256 and length.
    pub args: Value,
    /// The result; null if it passed the turn's budget.
    pub result: Value,
    /// The duration, in microseconds.
    pub micros: u64,
}

/// The latest turn of a message, in full.
pub async fn show(store: &Store, message: i64) -> Result<(ShownTurn, Journal), TurnError> {
    let (stored, journal) = super::read(store, message).await?;
    Ok((of(&stored, &journal), journal))
}

fn of(stored: &StoredJournal, journal: &Journal) -> ShownTurn {
    let route = &journal.route;
    ShownTurn {
        message: stored.message,
        epoch: stored.epoch,
        at: time(stored.at),
        person: stored.person,
        attempts: journal.attempts,
        format: journal.format,
        host: journal.host.clone(),
        engine: journal.engine,
        content: journal.links.first().map(|link| link.turn.message.content.clone()),
        readings: readings(journal),
        agent: route.agent.clone(),
        reason: route.reason.clone(),
        confidence: route.confidence,
        keywords: route.keywords.clone(),
        before: journal.before.clone(),
        after: journal.after.clone(),
        ran: journal.links.iter().map(|link| ran(link, journal.format)).collect(),
        replies: journal.replies.iter().map(|reply| lines(&reply.body)).collect(),
        error: journal.error.clone(),
    }
}

fn ran(link: &Link, format: u32) -> Ran {
    Ran {
        agent: link.agent.clone(),
        sha256: link.sha256.clone(),
        flow: link.turn.session.flow.clone(),
        calls: link.calls.iter().map(|call| shown_call(call, &link.calls)).collect(),
        log: link.log.iter().map(|(level, line)| (format!("{level:?}").to_lowercase(), line.clone())).collect(),
        outcome: link.outcome.clone(),
        refused: link.refused.clone(),
        stopped: link.stopped.clone(),
        fuel: link.fuel,
        micros: (format >= 3).then_some(link.micros),
        limits: link.limits,
    }
}

fn shown_call(call: &HostCall, all: &[HostCall]) -> ShownCall {
    let value = |json: &str| serde_json::from_str(json).unwrap_or(Value::Null);
    ShownCall {
        name: call.name.to_string(),
        ok: call.ok,
        args: match &call.args {
            Arguments::Whole(json) => value(json),
            digest => serde_json::to_value(digest).unwrap_or_default(),
        },
        result: call.result(all).map_or(Value::Null, value),
        micros: call.micros,
    }
}
