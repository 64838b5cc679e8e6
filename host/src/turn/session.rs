//! The session of a turn: as it begins, resumed or new.

use switchboard_core::{
    contract::types::FlowState,
    session::{Open, SESSION_LIFE_MS, Session},
};
use switchboard_sandbox::{plugins::AgentSet, route};

/// Resumes a stored session: a new one is made after 24 hours of silence, and its flow is dropped after the flow's own timeout.
pub(super) fn resume(stored: Option<Session>, agents: &AgentSet, now: i64) -> Session {
    let lasting = stored.as_ref().map(|session| Open {
        pending: session.open.pending.clone(),
        language: session.open.language.clone(),
        ..Open::default()
    });
    let alive = stored.filter(|session| now - session.last_message_at < SESSION_LIFE_MS);
    let Some(mut session) = alive else {
        return Session {
            id: uuid::Uuid::now_v7(),
            agent: route::FALLBACK.to_owned(),
            created_at: now,
            last_message_at: now,
            open: lasting.unwrap_or_default(),
            ..Session::default()
        };
    };
    if let Some(flow) = &session.flow
        && now - session.last_message_at >= flow_timeout_ms(agents, &session.agent, flow)
    {
        session.flow = None;
        session.offered = None;
        session.open.question = None;
    }
    session
}

/// A flow's timeout in milliseconds; the session's lifetime if its agent does not name the flow.
pub(super) fn flow_timeout_ms(agents: &AgentSet, agent: &str, flow: &FlowState) -> i64 {
    let flows = agents.get(agent).map(|version| version.profile().flows.as_slice()).unwrap_or_default();
    let about = flows.iter().find(|about| about.name == flow.flow);
    about.map_or(SESSION_LIFE_MS, |about| i64::from(about.timeout_minutes) * 60_000)
}
