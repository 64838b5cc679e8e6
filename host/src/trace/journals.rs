//! The turns of a message, from their journals and events.

use serde_json::Value;

use super::{
    readings::{ReadingShown, read_again},
    step::Step,
};
use crate::journal::{Journal, Link};
use switchboard_core::contract::types::{FlowState, Next};
use switchboard_sandbox::agent::HostCall;
use switchboard_store::{TracedEvent, TracedMessage};

/// The longest argument or result of a call that is shown whole, in characters.
const SHOWN_MAX: usize = 240;

/// A step for each turn, and one for each agent that ran in it.
pub(super) fn steps(message: &TracedMessage, events: &[TracedEvent], journals: &[(i64, i64, Vec<u8>)]) -> Vec<Step> {
    let mut steps = Vec::new();
    let host = message.host.as_deref();
    for (nth, (_, at, body)) in journals.iter().enumerate() {
        let journal = match Journal::read(body) {
            Ok(journal) => journal,
            Err(error) => {
                steps.push(Step::new(*at, host, error.to_string()));
                continue;
            }
        };
        let event = events.get(nth).or(events.last());
        steps.push(routed(*at, host, &journal, event));
        for link in &journal.links {
            let version = event.and_then(|event| version_of(event, link));
            steps.push(ran(*at, host, link, version));
        }
    }
    if journals.is_empty() {
        let event = |event: &TracedEvent| {
            let what = format!("answered by {} ({}); its journal is not kept any more", event.agent, event.reason);
            Step::new(None, host, what).with(took(event))
        };
        steps.extend(events.iter().map(event));
    }
    steps
}

/// How a message was read, and which agent it went to.
fn routed(at: i64, host: Option<&str>, journal: &Journal, event: Option<&TracedEvent>) -> Step {
    let route = &journal.route;
    let keywords =
        if route.keywords.is_empty() { String::new() } else { format!(", by {}", route.keywords.join(", ")) };
    let what = format!("routed to {} ({}, {:.2}{keywords})", route.agent, route.reason, route.confidence);
    let error = journal.error.iter().map(|error| format!("no answer of an agent: {error}"));
    let took = event.into_iter().flat_map(took);
    Step::new(at, host, what).with(readings(journal)).with(took).with(error)
}

fn took(event: &TracedEvent) -> Vec<String> {
    let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
    let language = payload["language"].as_str().map(|language| format!("language {language}"));
    let took = event.duration_ms.map(|ms| format!("answered {ms} ms after it was due"));
    let waited = event.waited_ms.map(|ms| format!("it had waited {ms} ms for more of its thought"));
    language.into_iter().chain(took).chain(waited).collect()
}

/// What the message's words say, read again as in the turn: a line each.
pub(crate) fn readings(journal: &Journal) -> Vec<String> {
    let line = |reading: ReadingShown| {
        let unsure = if reading.is_unsure { ", unsure" } else { "" };
        format!("reads `{}` as {}{unsure}", reading.span, reading.meaning)
    };
    read_again(journal).into_iter().map(line).collect()
}

/// One agent's run.
fn ran(at: i64, host: Option<&str>, link: &Link, version: Option<String>) -> Step {
    let sha256 = link.sha256.get(..12).unwrap_or(&link.sha256);
    let version = version.map(|version| format!("@{version}")).unwrap_or_default();
    let what = format!("{}{version} ({sha256}) ran, {} of fuel", link.agent, link.fuel);
    let before = flow(link.turn.session.flow.as_ref());
    let after = link.outcome.as_ref().map(|outcome| match &outcome.next {
        Next::Idle => "none".to_owned(),
        Next::Flow(state) => flow(Some(state)),
        Next::Completed => "completed".to_owned(),
        Next::Cancelled => "left".to_owned(),
    });
    let flows = after.map(|after| format!("flow {before} -> {after}"));
    let calls = link.calls.iter().map(|call| call_line(call, &link.calls));
    let handoff = link.outcome.as_ref().and_then(|outcome| outcome.handoff.as_ref());
    let handoff = handoff.map(|handoff| format!("hands over to {}: {}", handoff.agent, handoff.reason));
    let stopped = link.stopped.as_ref().map(|why| format!("was stopped: {why}"));
    Step::new(at, host, what).with(flows.into_iter().chain(calls).chain(handoff).chain(stopped))
}

fn flow(state: Option<&FlowState>) -> String {
    state.map_or_else(|| "none".to_owned(), |state| format!("{}/{}", state.flow, state.step))
}

/// A call of the host: what was asked, what came back, how long it took.
pub(crate) fn call_line(call: &HostCall, all: &[HostCall]) -> String {
    let result = call.result(all).unwrap_or_default();
    let args = serde_json::to_value(&call.args).unwrap_or_default();
    let args = args.as_str().map_or_else(|| args.to_string(), str::to_owned);
    let ok = if call.ok { "" } else { " refused" };
    format!("{}{} ->{ok} {} ({} µs)", call.name, cut(&args), cut(result), call.micros)
}

pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// The version of the agent that answered, as its event says.
fn version_of(event: &TracedEvent, link: &Link) -> Option<String> {
    let payload: Value = serde_json::from_str(&event.payload).ok()?;
    (payload["sha256"].as_str() == Some(&link.sha256)).then(|| payload["version"].as_str().map(str::to_owned))?
}
