//! Problems: what an operator should know of, in one table. A snapshot of a time is judged once; `/health`, the gauges, the log and the
//! alerts say what was found, in the same words and with the same next action.

mod agents;
mod channel;
mod kind;
mod ledger;
mod meta;
mod people;
mod service;
mod snapshot;
#[cfg(test)]
mod tests;

pub(crate) use agents::{differing, used_percent};
pub use kind::{Finding, Kind, Problem, Scope, Severity};
pub use ledger::{Ledger, Line};
pub(crate) use meta::label as warning_label;
pub(crate) use service::{WAITING_MS_MAX, collation_changed, folders_differ};
pub use snapshot::{Candidate, Disk, HostView, Lately, RestingNumber, Snapshot};
pub(crate) use snapshot::{iso, took};

/// All kinds of problems, in the order in which they are said.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    [service::KINDS, channel::KINDS, meta::KINDS, agents::KINDS, people::KINDS].into_iter().flatten()
}

/// The kind whose alert rule has this name.
pub fn kind_of_rule(rule: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.rule == rule)
}

/// The sentence of a problem that was found otherwise than in a snapshot, with the action of its kind.
pub(crate) fn advice(name: &str, words: &str) -> String {
    let action = kinds().find(|kind| kind.name == name).map(|kind| kind.action);
    format!("{words}. {}", action.unwrap_or_default())
}

/// Judges a snapshot by all kinds.
pub fn evaluate(snapshot: &Snapshot) -> Vec<Problem> {
    let of = |kind: &'static Kind| {
        let found = (kind.judge)(snapshot);
        found.into_iter().map(move |finding| Problem { kind, finding })
    };
    kinds().flat_map(of).collect()
}
