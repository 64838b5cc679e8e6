//! The event of a turn: the row of `unified_agent_events` that each answered message gets, however many agents ran.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    chain::{Chain, Fallback},
    context::TurnContext,
};
use switchboard_core::contract::types::Next;
use switchboard_sandbox::{
    plugins::Arm,
    route::{Reason, Route},
};
use switchboard_store::{Event, FlowStatus, Handed};

/// The JSON of the column `payload`.
#[derive(Serialize)]
struct Payload<'a> {
    reason: Reason,
    confidence: f32,
    keywords: &'a [String],
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    handoffs: Vec<PayloadHandoff<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<&'a str, &'a str>,
    /// The person's arm of the canary (candidate or control) while a version is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    arm: Option<Arm>,
    /// The candidate version that was stopped, if the stable one answered instead.
    #[serde(rename = "rescued", skip_serializing_if = "Option::is_none")]
    fallback: Option<&'a Fallback>,
    /// Why the person did not get an agent's own answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// A handoff in `payload`.
#[derive(Serialize)]
struct PayloadHandoff<'a> {
    from: &'a str,
    to: &'a str,
    reason: &'a str,
    /// The host's time between the two agents, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    us: Option<u128>,
    /// Present, and true, only if the handoff was refused: queries test whether the key exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<bool>,
}

impl<'a> PayloadHandoff<'a> {
    fn of((handed, reason): (&'a Handed, &'a str)) -> PayloadHandoff<'a> {
        let us = handed.took.map(|took| took.as_micros());
        PayloadHandoff { from: &handed.from, to: &handed.to, reason, us, refused: handed.refused.then_some(true) }
    }
}

/// An element of the JSON array in the column `tool_calls`.
#[derive(Serialize)]
struct ToolCall<'a> {
    name: &'a str,
    ok: bool,
    us: u64,
}

impl TurnContext<'_> {
    /// Builds the turn's event.
    pub(super) fn event(&self, route: &Route, chain: &Chain, response: String) -> Event {
        let last = chain.last();
        let outcome = last.and_then(|link| link.outcome.as_ref());
        let open = outcome.and_then(|outcome| match &outcome.next {
            Next::Flow(flow) => Some(flow.flow.clone()),
            _ => None,
        });
        // The receiver of a handoff is the next link; a handoff without a next link was refused.
        let nexts = chain.links.iter().skip(1).map(Some).chain([None]);
        let given = chain.links.iter().zip(nexts).filter_map(|(link, next)| {
            let handoff = link.outcome.as_ref()?.handoff.as_ref()?;
            let (from, to) = (link.agent.clone(), handoff.agent.clone());
            let took = next.and_then(|next| next.handoff_latency);
            Some((Handed { from, to, took, refused: next.is_none() }, handoff.reason.as_str()))
        });
        let (handoffs, reasons): (Vec<Handed>, Vec<&str>) = given.unzip();
        let next = outcome.map(|outcome| match &outcome.next {
            Next::Idle => FlowStatus::Idle,
            Next::Flow(_) => FlowStatus::Flow,
            Next::Completed => FlowStatus::Completed,
            Next::Cancelled => FlowStatus::Cancelled,
        });
        let payload = Payload {
            reason: route.reason,
            confidence: route.confidence,
            keywords: &route.keywords,
            language: &self.language,
            version: last.map(|link| link.version.profile().version.as_str()),
            sha256: last.map(|link| link.sha256.as_str()),
            handoffs: handoffs.iter().zip(reasons).map(PayloadHandoff::of).collect(),
            next: next.map(FlowStatus::as_str),
            tags: outcome
                .map(|outcome| outcome.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect())
                .unwrap_or_default(),
            arm: last.and_then(|link| self.agents.arm(&link.agent, self.claim.person.id)),
            fallback: chain.fallback.as_ref(),
            error: chain.error.as_deref(),
        };
        let calls = chain.links.iter().flat_map(|link| &link.calls);
        let tool_calls: Vec<ToolCall<'_>> =
            calls.map(|call| ToolCall { name: &call.name, ok: call.ok, us: call.micros }).collect();
        Event {
            correlation_id: format!("turn-{}", self.claim.message.id),
            agent: last.map_or_else(|| route.agent.clone(), |link| link.agent.clone()),
            intent: route.reason.to_string(),
            flow: open.or_else(|| self.session.flow.as_ref().map(|flow| flow.flow.clone())),
            payload: json(&payload),
            failed: chain.error.is_some(),
            response,
            tool_calls: json(&tool_calls),
            duration_ms: self.app.clock.now() - self.claim.due_at(),
            waited_ms: self.claim.message.waited_ms,
            version: last.map(|link| link.version.profile().version.clone()),
            next,
            handoffs,
        }
    }
}

/// Serialises plain data, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
