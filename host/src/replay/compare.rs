//! What differs between two runs of an agent on the same turn, by kind and place.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::journal::Link;
use switchboard_core::contract::types::{Choice, Failure, FlowState, Next, Outcome, Reply, Turn};
use switchboard_sandbox::agent::{Arguments, Ended, HostCall, StopKind, Stopped, is_write};

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What the person reads.
    Words,
    /// What the person may choose.
    Choices,
    /// Where the conversation goes on.
    Flow,
    /// What is stored, told to others or set for later.
    Writes,
    /// What the host is asked.
    Calls,
    /// Messages that are paid for, and fuel.
    Cost,
    /// A limit stops the turn.
    Limits,
    /// The component traps or fails.
    Traps,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] =
        [Kind::Words, Kind::Choices, Kind::Flow, Kind::Writes, Kind::Calls, Kind::Cost, Kind::Limits, Kind::Traps];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Words => "words",
            Kind::Choices => "choices",
            Kind::Flow => "flow",
            Kind::Writes => "writes",
            Kind::Calls => "calls",
            Kind::Cost => "cost",
            Kind::Limits => "limits",
            Kind::Traps => "traps",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One difference. What was and what is now hold people's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind.
    pub kind: Kind,
    /// Where: the flow and step that the turn began in, and the function for a call.
    pub place: String,
    /// What was.
    pub was: String,
    /// What is now.
    pub now: String,
}

/// How a run ended.
enum End<'a> {
    Gave(&'a Outcome),
    /// It refused what the person gave, in these words; none where they were not recorded.
    Refused(Option<&'a str>),
    Stopped(StopKind, String),
}

/// What is compared of a run.
pub struct Seen<'a> {
    /// The flow and step that the turn began in.
    place: String,
    end: End<'a>,
    calls: &'a [HostCall],
}

impl<'a> Seen<'a> {
    /// A run as it was recorded.
    pub fn recorded(link: &'a Link) -> Seen<'a> {
        let end = match (&link.outcome, &link.stopped) {
            (Some(outcome), _) => End::Gave(outcome),
            (None, Some(stopped)) => End::Stopped(StopKind::of(stopped), stopped.clone()),
            (None, None) => End::Refused(link.refused.as_deref()),
        };
        Seen { place: place(&link.turn), end, calls: &link.calls }
    }

    /// A run of now.
    pub fn played(turn: &Turn, ended: &'a Ended) -> Seen<'a> {
        let end = match &ended.result {
            Ok(outcome) => End::Gave(outcome),
            Err(Stopped::Failure(Failure::Invalid(words))) => End::Refused(Some(words)),
            Err(stopped) => End::Stopped(stopped.kind(), stopped.to_string()),
        };
        Seen { place: place(turn), end, calls: &ended.calls }
    }

    /// The flow and step that the turn began in.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether both gave and asked the same, byte for byte.
    pub fn is_same(&self, other: &Seen<'_>) -> bool {
        let ends = match (&self.end, &other.end) {
            (End::Gave(was), End::Gave(now)) => json(was) == json(now),
            (End::Refused(was), End::Refused(now)) => was.is_none() || now.is_none() || was == now,
            (End::Stopped(_, was), End::Stopped(_, now)) => was == now,
            _ => false,
        };
        ends && self.calls.len() == other.calls.len()
            && self
                .calls
                .iter()
                .zip(other.calls)
                .all(|(was, now)| was.name == now.name && is_same_question(was, now) && was.ok == now.ok)
    }
}

/// Whether two calls ask the same. Journals of format 1 hold long arguments whole.
fn is_same_question(was: &HostCall, now: &HostCall) -> bool {
    match (&was.args, &now.args) {
        (Arguments::Whole(was), Arguments::Digest { length, .. }) => was.len() == *length,
        (was, now) => was == now,
    }
}

/// The flow and step that a turn begins in.
fn place(turn: &Turn) -> String {
    at(turn.session.flow.as_ref())
}

fn at(flow: Option<&FlowState>) -> String {
    flow.map_or_else(|| "no flow".to_owned(), |flow| format!("{}/{}", flow.flow, flow.step))
}

/// What differs between two runs on one turn; empty if nothing does that people, the database or the host can see.
pub fn compare(was: &Seen<'_>, now: &Seen<'_>) -> Vec<Difference> {
    let mut found = Found { place: &was.place, all: Vec::new() };
    match (&was.end, &now.end) {
        (End::Gave(was), End::Gave(now)) => outcomes(&mut found, was, now),
        (End::Refused(Some(was)), End::Refused(Some(now))) if was != now => found.add(Kind::Words, was, now),
        (End::Refused(_), End::Refused(_)) => {}
        (End::Stopped(_, was), End::Stopped(_, now)) if was == now => {}
        (was, End::Stopped(kind, now)) => found.add(stop(*kind), &said(was), now),
        (End::Stopped(kind, was), now) => found.add(stop(*kind), was, &said(now)),
        (was, now) => found.add(Kind::Flow, &said(was), &said(now)),
    }
    calls(&mut found, was.calls, now.calls);
    if found.all.is_empty() && !was.is_same(now) {
        found.of(Kind::Calls, Some("refusals"), "a call succeeded or was refused", "the other way");
    }
    found.all
}

fn stop(kind: StopKind) -> Kind {
    match kind {
        StopKind::Trap => Kind::Traps,
        StopKind::Limit | StopKind::Time | StopKind::Host => Kind::Limits,
    }
}

fn said(end: &End<'_>) -> String {
    match end {
        End::Gave(outcome) => format!("answers with {} messages", outcome.replies.len()),
        End::Refused(words) => format!("refuses: {}", words.unwrap_or_default()),
        End::Stopped(_, why) => why.clone(),
    }
}

struct Found<'a> {
    place: &'a str,
    all: Vec<Difference>,
}

impl Found<'_> {
    fn add(&mut self, kind: Kind, was: &str, now: &str) {
        self.of(kind, None, was, now);
    }

    fn of(&mut self, kind: Kind, what: Option<&str>, was: &str, now: &str) {
        let place = what.map_or_else(|| self.place.to_owned(), |what| format!("{}: {what}", self.place));
        self.all.push(Difference { kind, place, was: was.to_owned(), now: now.to_owned() });
    }
}

fn outcomes(found: &mut Found<'_>, was: &Outcome, now: &Outcome) {
    let (before, after) = (was.replies.len(), now.replies.len());
    if before != after {
        found.of(Kind::Cost, Some("messages"), &before.to_string(), &after.to_string());
    }
    // What was only left out or put in changes no other message.
    let (fewer, more) = if before <= after { (&was.replies, &now.replies) } else { (&now.replies, &was.replies) };
    if before == after || !is_within(fewer, more) {
        was.replies.iter().zip(&now.replies).for_each(|(was, now)| replies(found, was, now));
    }
    if was.next != now.next {
        let (before, after) = (next(&was.next), next(&now.next));
        match before == after {
            true => found.of(Kind::Flow, Some("data"), &json(&was.next), &json(&now.next)),
            false => found.add(Kind::Flow, &before, &after),
        }
    }
    if was.handoff != now.handoff {
        found.of(Kind::Flow, Some("handoff"), &json(&was.handoff), &json(&now.handoff));
    }
    if was.tags != now.tags || was.extras != now.extras {
        found.of(Kind::Calls, Some("tags"), &json(&was.tags), &json(&now.tags));
    }
}

/// Whether all of one list stand in the other in the same order.
fn is_within(fewer: &[Reply], more: &[Reply]) -> bool {
    let mut rest = more.iter();
    fewer.iter().all(|reply| rest.any(|other| other == reply))
}

fn next(next: &Next) -> String {
    match next {
        Next::Idle => "no flow".to_owned(),
        Next::Flow(flow) => at(Some(flow)),
        Next::Completed => "completed".to_owned(),
        Next::Cancelled => "cancelled".to_owned(),
    }
}

/// What a person reads of a reply, and what they may choose: wire ids and titles.
fn parts(reply: &Reply) -> (String, Vec<&Choice>) {
    match reply {
        Reply::Text(text) | Reply::AskPlace(text) => (text.clone(), Vec::new()),
        Reply::Buttons(buttons) => (buttons.body.clone(), buttons.choices.iter().collect()),
        Reply::Rows(rows) => {
            let titles = rows.sections.iter().filter_map(|section| section.title.as_deref());
            let text = [rows.body.as_str(), rows.label.as_str()].into_iter().chain(titles).collect::<Vec<_>>();
            (text.join("\n"), rows.sections.iter().flat_map(|section| &section.choices).collect())
        }
        Reply::Link(link) => (format!("{}\n{}", link.body, link.label), Vec::new()),
        Reply::Media(media) => (media.caption.clone().unwrap_or_default(), Vec::new()),
        Reply::Template(template) => (template.parameters.join("\n"), Vec::new()),
        Reply::Contact(contact) => (contact.body.clone().unwrap_or_default(), Vec::new()),
        Reply::Other(other) => (other.value.clone(), Vec::new()),
    }
}

fn replies(found: &mut Found<'_>, was: &Reply, now: &Reply) {
    if was == now {
        return;
    }
    let ((text, choices), (text_now, choices_now)) = (parts(was), parts(now));
    let before = found.all.len();
    if text != text_now {
        found.add(Kind::Words, &text, &text_now);
    }
    let ids = |choices: &[&Choice]| {
        choices.iter().map(|choice| (choice.id.clone(), choice.agent.clone())).collect::<Vec<_>>()
    };
    let titles =
        |choices: &[&Choice]| choices.iter().map(|choice| choice.title.as_str()).collect::<Vec<_>>().join(" | ");
    if ids(&choices) != ids(&choices_now) || std::mem::discriminant(was) != std::mem::discriminant(now) {
        found.add(Kind::Choices, &titles(&choices), &titles(&choices_now));
    } else if choices != choices_now {
        found.of(Kind::Words, Some("choices"), &titles(&choices), &titles(&choices_now));
    }
    if found.all.len() == before {
        found.add(Kind::Choices, &json(was), &json(now));
    }
}

/// Compares calls: what is asked the other way, more or less often, or in another order.
fn calls(found: &mut Found<'_>, was: &[HostCall], now: &[HostCall]) {
    let mut gone: Vec<&HostCall> = was.iter().collect();
    let mut new: Vec<&HostCall> = Vec::new();
    for call in now {
        match gone.iter().position(|other| other.name == call.name && is_same_question(other, call)) {
            Some(at) => drop(gone.remove(at)),
            None => new.push(call),
        }
    }
    let kind = |call: &HostCall| if is_write(&call.name) { Kind::Writes } else { Kind::Calls };
    let is_reordered = gone.is_empty()
        && new.is_empty()
        && was.iter().zip(now).any(|(was, now)| was.name != now.name || !is_same_question(was, now));
    if is_reordered {
        let order = |calls: &[HostCall], writes: bool| {
            let of = calls.iter().filter(|call| !writes || is_write(&call.name));
            of.map(|call| call.name.as_ref()).collect::<Vec<_>>().join(", ")
        };
        let is_of_writes = order(was, true) != order(now, true);
        let kind = if is_of_writes { Kind::Writes } else { Kind::Calls };
        found.of(kind, Some("order"), &order(was, is_of_writes), &order(now, is_of_writes));
    }
    for call in gone {
        let instead = new.iter().position(|other| other.name == call.name).map(|at| new.remove(at));
        found.of(kind(call), Some(&call.name), &args(call), &instead.map_or_else(|| "not called".to_owned(), args));
    }
    for call in new {
        found.of(kind(call), Some(&call.name), "not called", &args(call));
    }
}

fn args(call: &HostCall) -> String {
    match &call.args {
        Arguments::Whole(json) => json.clone(),
        Arguments::Digest { sha256, length } => format!("{length} bytes, sha-256 {sha256}"),
    }
}

/// Serialises plain data, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
