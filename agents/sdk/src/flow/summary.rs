//! A message at the summary, and at the question what of it is to be changed.

use super::command::Command;
use super::next::{finish, keep_files, on, open, page};
use super::question::is_question;
use super::{
    Answer, Answers, CONFIRM, EDIT, Kind, Step,
    answer::{Reading, place_of, read},
    ask, correct, texts,
};
use crate::{Flow, Language, Outcome, Result, Turn, understand::Said, words};

pub(super) fn at_summary(
    flow: &'static Flow,
    mut answers: Answers,
    turn: &Turn,
    said: Option<&Said<'_>>,
    command: Option<Command>,
) -> Result<Outcome> {
    let language = Language::of(turn);
    let again =
        |answers: &Answers, before: &str| open(flow, CONFIRM, answers, ask::summary(flow, answers, turn, before));
    match command {
        Some(Command::Confirm) => return finish(flow, answers, turn),
        // `change the price` says what.
        Some(Command::Edit) if said.is_none_or(|said| correct::labelled(flow, said).is_none()) => {
            return open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0));
        }
        Some(Command::Back) => {
            let asked = |step: &&Step| answers.get(step.name).is_some() && !answers.is_given(step.name);
            return match flow.steps.iter().rev().find(asked).or(flow.steps.last()) {
                Some(last) => open(flow, last.name, &answers, ask::question(flow, last, &answers, turn, "", 0)),
                None => finish(flow, answers, turn),
            };
        }
        _ => {}
    }
    if keep_files(flow, &mut answers, turn).is_some() && said.is_none() {
        return again(&answers, "");
    }
    if let Some(place) = place_of(turn)
        && let Some(step) = flow.steps.iter().find(|step| matches!(step.kind, Kind::Place(_)))
    {
        answers.set(step.name, Answer::Place(place));
        return again(&answers, "");
    }
    if let Some(said) = said {
        match correct::apply(flow, None, &mut answers, turn, said) {
            Some(correct::Did::Set(_)) => {
                answers.misses = 0;
                return again(&answers, "");
            }
            Some(correct::Did::Asks(step)) => {
                answers.editing = true;
                return open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, "", 0));
            }
            None => {}
        }
        let confirms = said.only() == Some("yes") || is_word_of(flow, said.text);
        match said.only() {
            _ if confirms => return finish(flow, answers, turn),
            Some("no") => return open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0)),
            _ => {}
        }
        let aside = match () {
            () if is_question(said) => Some(texts::AFTER_CONFIRM),
            () if said.does("later") => Some(texts::TAKE_YOUR_TIME),
            () => None,
        };
        if let Some(aside) = aside.filter(|_| answers.misses == 0) {
            answers.misses = 1;
            return again(&answers, aside.get(language));
        }
        if let Some((step, answer)) = description(flow, &answers, turn, said) {
            answers.set(step.name, answer);
            answers.misses = 0;
            return again(&answers, "");
        }
    }
    answers.misses = answers.misses.saturating_add(1);
    let hint = if answers.misses % 2 == 1 { texts::TAP_ONE } else { texts::TAP_OR_SAY };
    again(&answers, hint.get(language))
}

/// Free words at the summary, which correct nothing and do nothing else, as the description that is still open.
fn description(flow: &Flow, answers: &Answers, turn: &Turn, said: &Said<'_>) -> Option<(&'static Step, Answer)> {
    let is_open = |step: &&Step| matches!(answers.get(step.name), None | Some(Answer::Skipped));
    let is_long =
        |step: &&Step| step.check.is_none() && matches!(step.kind, Kind::Words { .. }) && step.is_verbatim("");
    let step = flow.steps.iter().filter(is_open).find(|step| step.optional && is_long(step))?;
    let is_free = said.acts().next().is_none() && said.text.split_whitespace().nth(1).is_some();
    match read(step, turn, Some(said), answers) {
        Reading::Answer(answer) if is_free => Some((step, answer)),
        _ => None,
    }
}

/// Whether a text is, or begins with, the word of the button that confirms: `post`, `post it`.
fn is_word_of(flow: &Flow, text: &str) -> bool {
    let text = words::plain(text);
    flow.word.all().any(|(_, word)| {
        let word = words::plain(word);
        text.strip_prefix(word.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && rest.split(' ').count() <= 3)
    })
}

pub(super) fn at_edit(
    flow: &'static Flow,
    mut answers: Answers,
    turn: &Turn,
    said: Option<&Said<'_>>,
    command: Option<Command>,
) -> Result<Outcome> {
    if command == Some(Command::Back) {
        return on(flow, answers, turn, "");
    }
    let labelled = |text: &str| {
        let text = words::plain(text);
        flow.steps.iter().find(|step| step.label.all().any(|(_, label)| words::plain(label) == text))
    };
    let chosen = match (turn.tap(), said) {
        (Some(id), _) => id.strip_prefix("edit=").and_then(|name| flow.step(name)),
        (None, Some(said)) => match labelled(said.text) {
            Some(step) => Some(step),
            None => match correct::apply(flow, None, &mut answers, turn, said) {
                Some(correct::Did::Set(_)) => return on(flow, answers, turn, ""),
                Some(correct::Did::Asks(step)) => Some(step),
                None => None,
            },
        },
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
