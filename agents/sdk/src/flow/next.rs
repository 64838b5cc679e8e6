//! Where a flow goes next: the first question that must be asked, the summary, or the end.

use super::{Answers, CONFIRM, Kind, REOPEN, Step, ask, shared, texts};
use crate::{Failure, Flow, FlowState, Language, Next, Outcome, Reply, Result, Turn, reply};

/// Keeps a photo for the step that wants some; how many there are.
pub(super) fn keep_files(flow: &Flow, answers: &mut Answers, turn: &Turn) -> Option<usize> {
    flow.steps.iter().find_map(|step| match step.kind {
        Kind::Files { max, documents } => {
            let sent = turn.files(documents);
            (!sent.is_empty() && !turn.file_is_refused()).then(|| answers.add_files(step.name, sent, max))
        }
        _ => None,
    })
}

/// The first question that must be asked; when there is none, the summary or the end. What may be left out is not asked, unless nothing
/// is known at all.
pub(super) fn on(flow: &'static Flow, mut answers: Answers, turn: &Turn, before: &str) -> Result<Outcome> {
    let is_open = |step: &&Step| answers.get(step.name).is_none();
    let must = |step: &&Step| !step.optional && step.assumed.is_none() || !answers.doubts(step.name).is_empty();
    let first = flow.steps.iter().filter(is_open).find(must);
    let first = first.or_else(|| flow.steps.first().filter(|_| answers.is_empty()));
    if let Some(step) = first {
        return open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, before, 0));
    }
    for step in flow.steps {
        if let (None, Some(answer)) = (answers.get(step.name), step.default_answer()) {
            answers.set(step.name, answer);
            answers.given(step.name);
        }
    }
    match flow.confirm {
        Some(_) => open(flow, CONFIRM, &answers, ask::summary(flow, &answers, turn, before)),
        None => finish(flow, answers, turn),
    }
}

/// The question of the step that is open, once more.
pub(super) fn stay(flow: &'static Flow, step: &str, answers: Answers, turn: &Turn, before: &str) -> Result<Outcome> {
    match flow.step(step) {
        Some(step) => open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, before, 0)),
        None => on(flow, answers, turn, before),
    }
}

pub(super) fn finish(flow: &'static Flow, mut answers: Answers, turn: &Turn) -> Result<Outcome> {
    let mut outcome = match (flow.done)(turn, &answers) {
        Err(Failure::Other(other)) if other.kind == REOPEN => {
            let (name, why) = other.value.split_once('\n').unwrap_or((&other.value, ""));
            let Some(step) = flow.step(name) else { return Err(Failure::Invalid(why.to_owned())) };
            answers.forget(name);
            return open(flow, name, &answers, ask::question(flow, step, &answers, turn, why, 0));
        }
        done => done?,
    };
    shared::keep(flow, &answers, turn);
    if outcome.next == Next::Idle {
        outcome.next = Next::Completed;
    }
    Ok(outcome)
}

pub(super) fn cancelled(turn: &Turn) -> Outcome {
    let language = Language::of(turn);
    let body = texts::CANCELLED.get(language);
    let reply = reply::choices(language, body, vec![reply::menu_choice(language)]);
    Outcome { next: Next::Cancelled, ..Outcome::say(reply) }
}

pub(super) fn open(flow: &'static Flow, step: &str, answers: &Answers, reply: Reply) -> Result<Outcome> {
    let data = agent_json::encode(answers);
    let state = FlowState { flow: flow.name.to_owned(), step: step.to_owned(), data };
    Ok(Outcome { next: Next::Flow(state), ..Outcome::say(reply) })
}

pub(super) fn page(turn: &Turn) -> Option<usize> {
    turn.tap()?.strip_prefix("more:")?.parse().ok()
}
