//! The row of `unified_agent_events`: one for each answered message, whoever had a hand in it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    chain::{Chain, Rescued},
    context::Setting,
};
use switchboard_core::contract::types::Next;
use switchboard_sandbox::{
    plugins::Arm,
    route::{Reason, Route},
};
use switchboard_store::{Event, Handed};

/// The column `payload`.
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
    handoffs: Vec<Given<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<&'a str, &'a str>,
    /// The person's place while a version is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    arm: Option<Arm>,
    /// The version that was stopped, where the stable one took the turn over.
    #[serde(skip_serializing_if = "Option::is_none")]
    rescued: Option<&'a Rescued>,
    /// Why the person did not get the agent's own answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// A handoff.
#[derive(Serialize)]
struct Given<'a> {
    from: &'a str,
    to: &'a str,
    reason: &'a str,
    /// What the host needed from the end of the one to the beginning of the other, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    us: Option<u128>,
    /// The other never had it. There only where it is so: `payload` is asked whether it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<bool>,
}

impl<'a> Given<'a> {
    fn of((handed, reason): (&'a Handed, &'a str)) -> Given<'a> {
        let us = handed.took.map(|took| took.as_micros());
        Given { from: &handed.from, to: &handed.to, reason, us, refused: handed.refused.then_some(true) }
    }
}

/// An element of the column `tool_calls`.
#[derive(Serialize)]
struct ToolCall<'a> {
    name: &'a str,
    ok: bool,
    us: u64,
}

impl Setting<'_> {
    /// What is to be said of this turn.
    pub(super) fn event(&self, route: &Route, chain: &Chain, response: String) -> Event {
        let last = chain.last();
        let outcome = last.and_then(|link| link.outcome.as_ref());
        let open = outcome.and_then(|outcome| match &outcome.next {
            Next::Flow(flow) => Some(flow.flow.clone()),
            _ => None,
        });
        // Whoever was given the message is the next link; a handoff without one was refused.
        let nexts = chain.links.iter().skip(1).map(Some).chain([None]);
        let given = chain.links.iter().zip(nexts).filter_map(|(link, next)| {
            let handoff = link.outcome.as_ref()?.handoff.as_ref()?;
            let (from, to) = (link.agent.clone(), handoff.agent.clone());
            let took = next.and_then(|next| next.handed);
            Some((Handed { from, to, took, refused: next.is_none() }, handoff.reason.as_str()))
        });
        let (handoffs, reasons): (Vec<Handed>, Vec<&str>) = given.unzip();
        let next = outcome.map(|outcome| match &outcome.next {
            Next::Idle => "idle",
            Next::Flow(_) => "flow",
            Next::Completed => "completed",
            Next::Cancelled => "cancelled",
        });
        let payload = Payload {
            reason: route.reason,
            confidence: route.confidence,
            keywords: &route.keywords,
            language: &self.language,
            version: last.map(|link| link.version.profile().version.as_str()),
            sha256: last.map(|link| link.sha256.as_str()),
            handoffs: handoffs.iter().zip(reasons).map(Given::of).collect(),
            next,
            tags: outcome
                .map(|outcome| outcome.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect())
                .unwrap_or_default(),
            arm: last.and_then(|link| self.agents.arm(&link.agent, self.claim.person.id)),
            rescued: chain.rescued.as_ref(),
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
            duration_ms: self.app.clock.now() - self.claim.message.received_at,
            version: last.map(|link| link.version.profile().version.clone()),
            next,
            handoffs,
        }
    }
}

/// Plain data: serialising it cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
