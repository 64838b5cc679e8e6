//! One agent's run in a turn: what it asked the host, and how its flow changed.

use serde::Serialize;
use serde_json::Value;

use crate::journal::Link;
use switchboard_core::contract::types::{FlowState, Next};
use switchboard_sandbox::agent::{Arguments, HostCall, is_write};

/// The longest argument, result or value of a flow that is given, in characters.
const SHOWN_MAX: usize = 400;

/// One agent's run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The agent.
    pub agent: String,
    /// Its version, if that is known.
    pub version: Option<String>,
    /// The SHA-256 of its component, in hex.
    pub sha256: String,
    /// The fuel that it used.
    pub fuel: u64,
    /// What it asked the host, in order.
    pub calls: Vec<CallShown>,
    /// How the flow changed; empty if it did not.
    pub changes: Vec<Change>,
    /// The flow before and after, such as `selling/price`; none for no flow.
    pub flow: (Option<String>, Option<String>),
    /// Whom it handed over to, and why.
    pub handoff: Option<(String, String)>,
    /// Why it was stopped.
    pub stopped: Option<String>,
    /// What it logged, each line with its level.
    pub log: Vec<String>,
}

/// A call of the host.
#[derive(Clone, Debug, Serialize)]
pub struct CallShown {
    /// Interface and function.
    pub name: String,
    /// The arguments, as JSON, or their length.
    pub asked: String,
    /// The result, as JSON.
    pub got: String,
    /// Whether it was granted and worked.
    pub ok: bool,
    /// Whether it writes.
    pub writes: bool,
    /// How long it took, in microseconds.
    pub micros: u64,
}

/// A change of the flow or of what it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whether it is there after the turn, or was before it.
    pub is_new: bool,
    /// `flow`, `step`, or what the agent calls it.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The run of a journal's link; `payload` is the turn's event's.
pub(super) fn run(link: &Link, payload: &Value) -> Run {
    let version = (payload["sha256"].as_str() == Some(&link.sha256)).then(|| payload["version"].as_str()).flatten();
    let before = link.turn.session.flow.as_ref();
    let after = match link.outcome.as_ref().map(|outcome| &outcome.next) {
        Some(Next::Flow(state)) => Some(state),
        Some(_) => None,
        // Nothing is changed by an agent that was stopped.
        None => before,
    };
    Run {
        agent: link.agent.clone(),
        version: version.map(str::to_owned),
        sha256: link.sha256.clone(),
        fuel: link.fuel,
        calls: link.calls.iter().map(|call| shown(call, &link.calls)).collect(),
        changes: changes(before, after),
        flow: (before.map(place), after.map(place)),
        handoff: link
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.handoff.as_ref())
            .map(|handoff| (handoff.agent.clone(), handoff.reason.clone())),
        stopped: link.stopped.clone(),
        log: link.log.iter().map(|(level, line)| format!("{level:?}: {line}")).collect(),
    }
}

fn place(state: &FlowState) -> String {
    format!("{}/{}", state.flow, state.step)
}

/// What differs between two states of a flow, name by name: the old value before the new one.
fn changes(before: Option<&FlowState>, after: Option<&FlowState>) -> Vec<Change> {
    let known = |state: Option<&FlowState>| -> Vec<(String, String)> {
        let Some(state) = state else { return Vec::new() };
        let mut all = vec![("flow".to_owned(), state.flow.clone()), ("step".to_owned(), state.step.clone())];
        if let Ok(Value::Object(data)) = serde_json::from_str(&state.data) {
            let value = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            all.extend(data.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, v)| (name, cut(&value(v)))));
        }
        all
    };
    let (before, after) = (known(before), known(after));
    let mut changes = Vec::new();
    let names = before.iter().chain(&after).map(|(name, _)| name);
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let of = |all: &[(String, String)]| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let (old, new) = (of(&before), of(&after));
        if old != new {
            let change = |is_new, value| Change { is_new, name: name.clone(), value };
            changes.extend(old.map(|value| change(false, value)));
            changes.extend(new.map(|value| change(true, value)));
        }
    }
    changes
}

fn shown(call: &HostCall, all: &[HostCall]) -> CallShown {
    let asked = match &call.args {
        Arguments::Whole(args) => cut(args),
        Arguments::Digest { length, .. } => format!("{length} bytes"),
    };
    CallShown {
        name: call.name.to_string(),
        asked,
        got: cut(call.result(all).unwrap_or_default()),
        ok: call.ok,
        writes: is_write(&call.name),
        micros: call.micros,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(flow: &str, step: &str, data: &str) -> FlowState {
        FlowState { flow: flow.into(), step: step.into(), data: data.into() }
    }

    #[test]
    fn a_flow_s_changes_are_told_by_name() {
        let line =
            |change: &Change| format!("{}{} {}", if change.is_new { '+' } else { '-' }, change.name, change.value);
        let told = |before, after| changes(before, after).iter().map(line).collect::<Vec<_>>();
        let first = state("selling", "category", r#"{"product":"fridge","price":80000,"photos":null}"#);
        assert_eq!(told(None, Some(&first)), ["+flow selling", "+step category", "+price 80000", "+product fridge"]);
        let second = state("selling", "photos", r#"{"product":"fridge","price":75000}"#);
        assert_eq!(
            told(Some(&first), Some(&second)),
            ["-step category", "+step photos", "-price 80000", "+price 75000"]
        );
        assert_eq!(told(Some(&second), Some(&second)), [] as [&str; 0]);
        assert_eq!(told(Some(&second), None).len(), 4);
    }
}
