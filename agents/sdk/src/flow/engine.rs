//! How a flow moves: from a message and what is known to the next question, or to the end. Nothing here touches the host.

use crate::{Content, Flow, FlowState, Outcome, Result, Turn, understand::Said};

use super::command::{Command, command};
use super::next::{cancelled, keep_files, on, stay};
use super::question::At;
use super::summary::{at_edit, at_summary};
use super::{
    Answer, Answers, CONFIRM, EDIT,
    answer::{Reading, read},
    extract, hear,
};

/// A flow about to begin.
pub struct Begin<'a> {
    flow: &'static Flow,
    turn: &'a Turn,
    answers: Answers,
    has_heard: bool,
}

impl<'a> Begin<'a> {
    pub(super) fn new(flow: &'static Flow, turn: &'a Turn) -> Begin<'a> {
        let mut answers = Answers::default();
        keep_files(flow, &mut answers, turn);
        Begin { flow, turn, answers, has_heard: false }
    }

    /// With the answer of a step that is already known and need not be asked.
    pub fn known(mut self, step: &str, answer: Answer) -> Begin<'a> {
        self.answers.set(step, answer);
        self.answers.given(step);
        self
    }

    /// With what a sentence answers of all its questions; what is left of it goes to `rest`, which may know more. Without this, the
    /// flow takes what the turn's own text says.
    pub fn hears(mut self, text: &str, rest: impl FnOnce(Begin<'a>, String) -> Begin<'a>) -> Begin<'a> {
        let said = Said::of(self.turn, text);
        let taken = hear::fill(self.flow, &mut self.answers, self.turn, &said);
        self.has_heard = true;
        let left: Vec<&str> = said.pieces(&taken).into_iter().map(|(_, piece)| piece.trim()).collect();
        rest(self, left.join(" "))
    }

    /// Without hearing what the turn's text says: it is about something else.
    pub fn deaf(mut self) -> Begin<'a> {
        self.has_heard = true;
        self
    }

    /// Whether the answer of a step is known.
    pub fn knows(&self, step: &str) -> bool {
        self.answers.get(step).is_some()
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
        let begin = match self.turn.text().filter(|_| !self.has_heard) {
            Some(text) => self.hears(text, |begin, _| begin),
            None => self,
        };
        on(begin.flow, begin.answers, begin.turn, before)
    }
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

/// Answers a message in an open flow; `reader` is the model, if the agent has one.
pub fn advance(
    flow: &'static Flow,
    state: &FlowState,
    turn: &Turn,
    reader: Option<extract::Reader>,
) -> Result<Outcome> {
    // What an older version of the agent wrote may not fit: then the questions begin anew.
    let Some(mut answers) = agent_json::decode::<Answers>(&state.data) else {
        return flow.begin(turn).ask();
    };
    let said = turn.text().map(|text| Said::of(turn, text));
    let said = said.as_ref();
    let command = command(turn, said);
    if command == Some(Command::Cancel) {
        return Ok(cancelled(turn));
    }
    if command == Some(Command::Again) {
        return stay(flow, &state.step, answers, turn, "");
    }
    // A button of an earlier question: the person changes that answer.
    if let Some(step) = turn.tap().and_then(|id| id.split_once('=')).and_then(|(name, _)| flow.step(name))
        && step.name != state.step
        && answers.get(step.name).is_some()
        && let Reading::Answer(answer) = read(step, turn, None, &answers)
    {
        answers.set(step.name, answer);
        return stay(flow, &state.step, answers, turn, "");
    }
    match state.step.as_str() {
        CONFIRM => at_summary(flow, answers, turn, said, command),
        EDIT => at_edit(flow, answers, turn, said, command),
        name => match flow.step(name) {
            Some(step) => At { flow, step, turn, said, reader }.step(answers, command),
            None => on(flow, answers, turn, ""),
        },
    }
}
