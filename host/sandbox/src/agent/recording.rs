//! The recorded calls of a turn, and how a call of now is answered from them.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    calls::{Arguments, HostCall},
    measure,
};

/// Functions that compute from the turn alone: where the record lacks a call of them, the host computes its answer.
const COMPUTED: &[&str] = &[
    "clock.instant",
    "clock.local",
    "log.write",
    "panics.panicked",
    "places.distance-km",
    "places.find",
    "readings.name",
    "readings.read",
];

/// Functions that write.
const WRITES: &[&str] = &[
    "applications.answer",
    "applications.apply",
    "listings.create",
    "listings.forget-search",
    "listings.report",
    "listings.save-search",
    "listings.set-status",
    "listings.update",
    "matches.answer",
    "matches.propose",
    "outreach.notify",
    "preferences.set",
    "privacy.forget",
    "records.put",
    "records.put-if",
    "records.put-new",
    "records.remove",
    "schedule.cancel",
    "schedule.set",
    "schedule.set-with",
    "tickets.open",
];

/// Whether a function, such as `records.put`, writes. What is written is in its arguments.
pub fn is_write(name: &str) -> bool {
    WRITES.contains(&name)
}

/// What the component is told where the record has no answer: as a problem, as an empty list, as nothing.
const NO_ANSWER: [&str; 3] = [r#"{"Err":{"Unavailable":"the recording has no answer to this"}}"#, "[]", "null"];

/// The recorded calls of an agent in a turn, while they are played.
pub(super) struct Recording {
    calls: Vec<HostCall>,
    used: Vec<bool>,
    /// The places, among the calls that are made now, of those that the record has no answer to.
    pub(super) unknown: Vec<usize>,
}

/// Where an answer comes from.
pub(super) enum Source<T> {
    /// The record, or what a write gives in its place: the answer, and whether it is one of success.
    Given(T, bool),
    /// The host computes it.
    Host,
}

impl Recording {
    pub(super) fn new(calls: &[HostCall]) -> Recording {
        Recording { used: vec![false; calls.len()], calls: calls.to_vec(), unknown: Vec::new() }
    }

    /// The answer to a call; `place` is its place among the calls that are made now, `id` a new id for what a write may make.
    pub(super) fn answer<T: DeserializeOwned>(&mut self, name: &str, args: &str, place: usize, id: Uuid) -> Source<T> {
        let same: Vec<usize> = self.places(|call| call.name == name && is(&call.args, args));
        let next = same.iter().copied().find(|at| !self.used[*at]);
        // What is asked again is answered as before, unless it writes.
        let found = next.or_else(|| same.last().copied().filter(|_| !is_write(name)));
        if let Some(given) = found.and_then(|at| self.take(at)) {
            return given;
        }
        if COMPUTED.contains(&name) {
            return Source::Host;
        }
        if is_write(name) {
            // Another write than the recorded one: it counts as done, and gives what the recorded one gave, so that what follows fits.
            let other = self.places(|call| call.name == name && call.ok).into_iter().find(|at| !self.used[*at]);
            if let Some(given) = other.and_then(|at| self.take(at)) {
                return given;
            }
            let made = [r#"{"Ok":null}"#.to_owned(), format!(r#"{{"Ok":"{id}"}}"#)];
            if let Some(value) = made.iter().find_map(|json| serde_json::from_str(json).ok()) {
                return Source::Given(value, true);
            }
        }
        self.unknown.push(place);
        let none = NO_ANSWER.iter().find_map(|json| serde_json::from_str(json).ok());
        none.map_or(Source::Host, |value| Source::Given(value, false))
    }

    fn places(&self, is: impl Fn(&HostCall) -> bool) -> Vec<usize> {
        self.calls.iter().enumerate().filter(|(_, call)| is(call)).map(|(at, _)| at).collect()
    }

    /// The recorded answer at a place; none if it was too large to be recorded, or is of another version of the contract.
    fn take<T: DeserializeOwned>(&mut self, at: usize) -> Option<Source<T>> {
        let call = &self.calls[at];
        let value = serde_json::from_str(call.result(&self.calls)?).ok()?;
        self.used[at] = true;
        Some(Source::Given(value, call.ok))
    }
}

/// Whether recorded arguments are these.
fn is(recorded: &Arguments, args: &str) -> bool {
    match recorded {
        Arguments::Whole(whole) => whole == args,
        Arguments::Digest { sha256, length } => *length == args.len() && *sha256 == measure::sha256(args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{Capability, calls::CallResult};
    use switchboard_core::contract::{records::Document, types::Problem};

    fn call(name: &'static str, args: &str, result: &str) -> HostCall {
        let (args, result) = (Arguments::Whole(args.into()), CallResult::Whole(result.into()));
        HostCall { name: name.into(), ok: !result_is_error(&result), args, result, micros: 0 }
    }

    fn result_is_error(result: &CallResult) -> bool {
        matches!(result, CallResult::Whole(json) if json.starts_with("{\"Err\""))
    }

    type Got = Result<Option<Document>, Problem>;

    fn get(recording: &mut Recording, args: &str) -> Option<Got> {
        match recording.answer("records.get", args, 0, Uuid::nil()) {
            Source::Given(value, _) => Some(value),
            Source::Host => None,
        }
    }

    #[test]
    fn calls_are_answered_in_their_order_and_reads_again() {
        let document = |value: &str| format!(r#"{{"Ok":{{"key":"k","value":"{value}","updated_at":1}}}}"#);
        let calls = [
            call("records.get", "[1]", r#"{"Ok":null}"#),
            call("records.get", "[2]", &document("two")),
            call("records.get", "[1]", &document("one")),
        ];
        let mut recording = Recording::new(&calls);
        let value = |got: Option<Got>| got.and_then(Result::ok).flatten().map(|document| document.value);
        assert_eq!(value(get(&mut recording, "[1]")), None);
        assert_eq!(value(get(&mut recording, "[1]")).as_deref(), Some("one"), "the second of the same words");
        assert_eq!(value(get(&mut recording, "[1]")).as_deref(), Some("one"), "a read is answered again");
        assert_eq!(value(get(&mut recording, "[2]")).as_deref(), Some("two"));
        assert!(recording.unknown.is_empty());
        assert!(matches!(get(&mut recording, "[3]"), Some(Err(Problem::Unavailable(_)))));
        assert_eq!(recording.unknown, [0], "what the record lacks is unknown");
    }

    #[test]
    fn another_write_counts_as_done_and_gives_the_recorded_id() {
        let calls = [call("listings.create", "[1]", r#"{"Ok":"the id"}"#)];
        let mut recording = Recording::new(&calls);
        let mut create = || match recording.answer::<Result<String, Problem>>("listings.create", "[2]", 0, Uuid::nil())
        {
            Source::Given(Ok(id), true) => id,
            _ => String::new(),
        };
        assert_eq!((create(), create()), ("the id".to_owned(), Uuid::nil().to_string()));
        assert!(recording.unknown.is_empty());
    }

    #[test]
    fn every_write_is_a_function_of_a_capability() {
        for name in WRITES.iter().chain(COMPUTED) {
            let (interface, _) = name.split_once('.').expect("an interface and a function");
            // What a panic says needs no grant, so it is no capability.
            assert!(Capability::named(interface).is_some() || interface == "panics", "{name}");
        }
    }
}
