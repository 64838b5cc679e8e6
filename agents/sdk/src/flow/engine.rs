//! How a flow moves: from a message and what is known to the next question, or to the end. Nothing here touches the host.

use crate::{
    Content, Failure, Flow, FlowState, Language, Next, Outcome, Reply, Result, Turn, json, reply,
    words::{self, is_one_of},
};

use super::{
    Answer, Answers, CONFIRM, EDIT, Kind, Step,
    answer::{Reading, read, read_words},
    ask, extract, hear, shared, texts,
};

/// A flow about to begin.
pub struct Begin<'a> {
    flow: &'static Flow,
    turn: &'a Turn,
    answers: Answers,
}

impl<'a> Begin<'a> {
    pub(super) fn new(flow: &'static Flow, turn: &'a Turn) -> Begin<'a> {
        let mut answers = Answers::default();
        keep_files(flow, &mut answers, turn, None);
        Begin { flow, turn, answers }
    }

    /// With the answer of a step that is already known and need not be asked.
    pub fn known(mut self, step: &str, answer: Answer) -> Begin<'a> {
        self.answers.set(step, answer);
        self.answers.given(step);
        self
    }

    /// With what a sentence answers of all its questions; what is left of it goes to `rest`, which may know more.
    pub fn hears(mut self, text: &str, rest: impl FnOnce(Begin<'a>, String) -> Begin<'a>) -> Begin<'a> {
        let left = hear::fill(self.flow, &mut self.answers, self.turn, text);
        rest(self, left)
    }

    /// With something that the flow needs and never asks for, for instance the listing that it is about.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Begin<'a> {
        self.answers.set_context(name, value.into());
        self
    }

    /// The turn it begins in.
    pub fn turn(&self) -> &'a Turn {
        self.turn
    }

    /// Puts the first question.
    pub fn ask(self) -> Result<Outcome> {
        self.ask_after("")
    }

    /// Puts the first question, with words before it.
    pub fn ask_after(self, before: &str) -> Result<Outcome> {
        on(self.flow, self.answers, self.turn, before)
    }
}

/// The question of a flow that wants the photos or documents of a message, how many it takes, and their handles.
fn wanted_files<'f>(flow: &'f Flow, turn: &Turn) -> Option<(&'f Step, usize, Vec<String>)> {
    flow.steps.iter().find_map(|step| match step.kind {
        Kind::Files { max, documents } => {
            Some((step, max, turn.files(documents))).filter(|(.., sent)| !sent.is_empty())
        }
        _ => None,
    })
}

/// Keeps photos and documents that come before their question is put, for instance with the first message: it is not asked any more.
/// `open` is the step whose question is open: what answers it is read there.
fn keep_files(flow: &Flow, answers: &mut Answers, turn: &Turn, open: Option<&str>) {
    let wanted = wanted_files(flow, turn).filter(|(step, ..)| open != Some(step.name));
    let Some((step, max, sent)) = wanted else { return };
    let mut handles = match answers.get(step.name) {
        Some(Answer::Photos(handles)) => handles.clone(),
        _ => Vec::new(),
    };
    handles.extend(sent);
    handles.truncate(max);
    answers.set(step.name, Answer::Photos(handles));
    answers.given(step.name);
}

/// Whether a message is for the open flow. A choice of another message of this agent, and word from other people, is not.
pub fn concerns(flow: &Flow, turn: &Turn) -> bool {
    match &turn.message.content {
        Content::Notice(_) => false,
        Content::Tap(tap) => match tap.id.split_once(['=', ':']) {
            Some(("flow" | "more" | EDIT, _)) => true,
            Some((step, _)) if tap.id.contains('=') => flow.step(step).is_some(),
            _ => false,
        },
        _ => true,
    }
}

/// What the person wants of the flow itself.
#[derive(Clone, Copy, PartialEq)]
enum Command {
    Back,
    Skip,
    Cancel,
    Confirm,
    Edit,
    /// The agent was off meanwhile.
    Again,
}

fn command(turn: &Turn) -> Option<Command> {
    if let Some(id) = turn.tap() {
        return Some(match id {
            "flow:back" => Command::Back,
            "flow:skip" => Command::Skip,
            "flow:cancel" => Command::Cancel,
            "flow:confirm" => Command::Confirm,
            "flow:edit" => Command::Edit,
            "flow:again" => Command::Again,
            _ => return None,
        });
    }
    let text = turn.text()?;
    let known = [
        (words::BACK, Command::Back),
        (words::SKIP, Command::Skip),
        (words::CANCEL, Command::Cancel),
        (words::CONFIRM, Command::Confirm),
        (words::EDIT, Command::Edit),
    ];
    known.into_iter().find(|(words, _)| is_one_of(text, words)).map(|(_, command)| command)
}

/// Answers a message in an open flow; `reader` is the model, if the agent has one.
pub fn advance(
    flow: &'static Flow,
    state: &FlowState,
    turn: &Turn,
    reader: Option<extract::Reader>,
) -> Result<Outcome> {
    // What an older version of the agent wrote may not fit: then the questions begin anew.
    let Some(mut answers) = json::read::<Answers>(&state.data) else {
        return flow.begin(turn).ask();
    };
    keep_files(flow, &mut answers, turn, Some(&state.step));
    let command = command(turn);
    if command == Some(Command::Cancel) {
        return Ok(cancelled(turn));
    }
    if command == Some(Command::Again) {
        return stay(flow, &state.step, answers, turn);
    }
    // A button of an earlier question: the person changes that answer.
    if let Some(step) = turn.tap().and_then(|id| id.split_once('=')).and_then(|(name, _)| flow.step(name))
        && step.name != state.step
        && answers.get(step.name).is_some()
        && let Reading::Answer(answer) = read(step, turn, None)
    {
        answers.set(step.name, answer);
        return stay(flow, &state.step, answers, turn);
    }
    match state.step.as_str() {
        CONFIRM => at_summary(flow, answers, turn, command),
        EDIT => at_edit(flow, answers, turn, command),
        name => match flow.step(name) {
            Some(step) => at_step(flow, step, answers, turn, command, reader),
            None => on(flow, answers, turn, ""),
        },
    }
}

fn at_step(
    flow: &'static Flow,
    step: &Step,
    mut answers: Answers,
    turn: &Turn,
    command: Option<Command>,
    reader: Option<extract::Reader>,
) -> Result<Outcome> {
    let language = Language::of(turn);
    let again = |answers: Answers, why: &str| {
        let reply = ask::question(flow, step, &answers, turn, why, 0);
        open(flow, step.name, &answers, reply)
    };
    match command {
        Some(Command::Back) if answers.editing => {
            answers.editing = false;
            return on(flow, answers, turn, "");
        }
        Some(Command::Back) => {
            let at = flow.steps.iter().position(|known| known.name == step.name).unwrap_or(0);
            return match at.checked_sub(1).map(|before| &flow.steps[before]) {
                Some(before) => open(flow, before.name, &answers, ask::question(flow, before, &answers, turn, "", 0)),
                None => again(answers, texts::FIRST_QUESTION.get(language)),
            };
        }
        Some(Command::Skip) if step.optional => {
            answers.set(step.name, Answer::Skipped);
            return next_after(flow, step, answers, turn);
        }
        Some(Command::Skip) => return again(answers, texts::NOT_OPTIONAL.get(language)),
        _ => {}
    }
    if let Some(page) = page(turn) {
        let reply = ask::question(flow, step, &answers, turn, "", page);
        return open(flow, step.name, &answers, reply);
    }
    // Free words may answer more than they were asked for; then what is left of them is the answer.
    if let (Kind::Words { .. }, false, Some(text)) = (step.kind, answers.editing, turn.text()) {
        let left = hear::fill(flow, &mut answers, turn, text);
        if let Reading::Answer(answer) = read_words(step, &left, language) {
            answers.set(step.name, answer);
            return next_after(flow, step, answers, turn);
        }
    }
    match read(step, turn, answers.get(step.name)) {
        Reading::Answer(answer) => {
            answers.set(step.name, answer);
            next_after(flow, step, answers, turn)
        }
        Reading::Part(answer) => {
            answers.set(step.name, answer);
            let reply = ask::photo_received(answers.photos(step.name).len(), language);
            open(flow, step.name, &answers, reply)
        }
        Reading::Unfit(why) => {
            // A sentence may hold the answer among others.
            if let Some(text) = turn.text() {
                hear::fill(flow, &mut answers, turn, text);
                if let (None, Some(reader)) = (answers.get(step.name), reader) {
                    extract::fill(flow, &mut answers, turn, text, reader);
                }
            }
            let kept =
                turn.text().is_none() && wanted_files(flow, turn).is_some_and(|(wants, ..)| wants.name != step.name);
            let why = if kept { texts::FILE_KEPT.get(language) } else { why.as_str() };
            match answers.get(step.name) {
                Some(Answer::Photos(_)) | None => again(answers, why),
                Some(_) => next_after(flow, step, answers, turn),
            }
        }
    }
}

fn at_summary(flow: &'static Flow, answers: Answers, turn: &Turn, command: Option<Command>) -> Result<Outcome> {
    let says = |words| turn.text().is_some_and(|text| is_one_of(text, words));
    match command {
        Some(Command::Confirm) => finish(flow, &answers, turn),
        None if says(words::YES) => finish(flow, &answers, turn),
        Some(Command::Edit) => open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0)),
        None if says(words::NO) => open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0)),
        Some(Command::Back) => match flow.steps.last() {
            Some(last) => open(flow, last.name, &answers, ask::question(flow, last, &answers, turn, "", 0)),
            None => finish(flow, &answers, turn),
        },
        _ => {
            let reply = ask::summary(flow, &answers, turn, texts::TAP_ONE.get(Language::of(turn)));
            open(flow, CONFIRM, &answers, reply)
        }
    }
}

fn at_edit(flow: &'static Flow, mut answers: Answers, turn: &Turn, command: Option<Command>) -> Result<Outcome> {
    if command == Some(Command::Back) {
        return on(flow, answers, turn, "");
    }
    let chosen = match (turn.tap(), turn.text()) {
        (Some(id), _) => id.strip_prefix("edit=").and_then(|name| flow.step(name)),
        (None, Some(text)) => {
            let text = words::plain(text);
            flow.steps.iter().find(|step| step.label.all().any(|(_, label)| words::plain(label) == text))
        }
        _ => None,
    };
    match chosen {
        Some(step) => {
            answers.editing = true;
            open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, "", 0))
        }
        None => open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, page(turn).unwrap_or(0))),
    }
}

/// After an answer: back to the summary when it was a change, else the next question. A step behind this one that was answered
/// before, on the way back, is asked again so that nothing is passed over unseen.
fn next_after(flow: &'static Flow, step: &Step, mut answers: Answers, turn: &Turn) -> Result<Outcome> {
    if answers.editing {
        answers.editing = false;
        return on(flow, answers, turn, "");
    }
    let at = flow.steps.iter().position(|known| known.name == step.name).unwrap_or(0);
    match flow.steps.get(at + 1) {
        Some(next) if answers.get(next.name).is_some() && !answers.is_given(next.name) => {
            open(flow, next.name, &answers, ask::question(flow, next, &answers, turn, "", 0))
        }
        _ => on(flow, answers, turn, ""),
    }
}

/// The first question without an answer; when there is none, the summary or the end.
fn on(flow: &'static Flow, answers: Answers, turn: &Turn, before: &str) -> Result<Outcome> {
    if let Some(step) = flow.steps.iter().find(|step| answers.get(step.name).is_none()) {
        return open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, before, 0));
    }
    match flow.confirm {
        Some(_) => open(flow, CONFIRM, &answers, ask::summary(flow, &answers, turn, before)),
        None => finish(flow, &answers, turn),
    }
}

/// The question of the step that is open, once more.
fn stay(flow: &'static Flow, step: &str, answers: Answers, turn: &Turn) -> Result<Outcome> {
    match flow.step(step) {
        Some(step) => open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, "", 0)),
        None => on(flow, answers, turn, ""),
    }
}

fn finish(flow: &'static Flow, answers: &Answers, turn: &Turn) -> Result<Outcome> {
    let mut outcome = (flow.done)(turn, answers)?;
    shared::keep(flow, answers, turn);
    if outcome.next == Next::Idle {
        outcome.next = Next::Completed;
    }
    Ok(outcome)
}

fn cancelled(turn: &Turn) -> Outcome {
    let language = Language::of(turn);
    let body = texts::CANCELLED.get(language);
    let reply = reply::choices(language, body, vec![reply::menu_choice(language)]);
    Outcome { next: Next::Cancelled, ..Outcome::say(reply) }
}

fn open(flow: &'static Flow, step: &str, answers: &Answers, reply: Reply) -> Result<Outcome> {
    let data = serde_json::to_string(answers)
        .map_err(|error| Failure::Internal(format!("the answers of {} are no JSON: {error}", flow.name)))?;
    let state = FlowState { flow: flow.name.to_owned(), step: step.to_owned(), data };
    Ok(Outcome { next: Next::Flow(state), ..Outcome::say(reply) })
}

fn page(turn: &Turn) -> Option<usize> {
    turn.tap()?.strip_prefix("more:")?.parse().ok()
}
