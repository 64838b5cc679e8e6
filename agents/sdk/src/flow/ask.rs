//! A question as the person sees it.

use crate::{
    Choice, Flow, Language, Reply, Turn,
    reply::{self, choice},
};

use super::{Answer, Answers, EDIT, Kind, Opt, Step, answers::show, shared::SAME, texts};

/// The question of a step, with words before it (why it is asked again, for instance).
pub(super) fn question(flow: &Flow, step: &Step, answers: &Answers, turn: &Turn, before: &str, page: usize) -> Reply {
    let language = Language::of(turn);
    let mut body = String::new();
    if !before.is_empty() {
        body.push_str(before);
        body.push_str("\n\n");
    }
    body.push_str(step.question.get(language));
    // How to leave is said once: with the first question, unless it is asked again.
    if before.is_empty() && !answers.editing && flow.steps.first().is_some_and(|first| first.name == step.name) {
        body.push_str("\n\n");
        body.push_str(texts::HOW_TO_LEAVE.get(language));
    }
    let last = step.shared.and_then(|shared| shared.last(turn));
    let skip = step.optional.then(|| choice("flow:skip", texts::SKIP.get(language)));
    match step.kind {
        Kind::Choice(options) => {
            // What was chosen last comes first.
            let is_last = |option: &&Opt| matches!(&last, Some(Answer::Choice(id)) if id == option.id);
            let rest = options.iter().filter(|option| !is_last(option));
            let ordered = options.iter().filter(is_last).chain(rest);
            let offered =
                ordered.map(|option| choice(format!("{}={}", step.name, option.id), option.title.get(language)));
            let offered: Vec<Choice> = offered.chain(skip).collect();
            if offered.len() > reply::ROWS_MAX {
                reply::page(language, body, offered, page)
            } else {
                reply::choices(language, body, offered)
            }
        }
        Kind::YesNo => {
            let yes = choice(format!("{}=yes", step.name), texts::YES.get(language));
            let no = choice(format!("{}=no", step.name), texts::NO.get(language));
            reply::choices(language, body, [yes, no].into_iter().chain(skip).collect())
        }
        Kind::Place(_) => {
            if step.optional {
                body.push_str("\n\n");
                body.push_str(texts::OR_SKIP.get(language));
            }
            reply::ask_place(&body)
        }
        Kind::Money { negotiable, .. } => {
            let open = negotiable.then(|| choice(format!("{}=negotiable", step.name), texts::NEGOTIABLE.get(language)));
            let title = step.shared.zip(last).and_then(|(shared, answer)| shared.title(&answer, language));
            let same = title.map(|title| choice(format!("{}={SAME}", step.name), &title));
            reply::choices_unnumbered(language, body, same.into_iter().chain(open).chain(skip).collect())
        }
        Kind::Files { .. } => {
            let done = matches!(answers.get(step.name), Some(Answer::Photos(handles)) if !handles.is_empty())
                .then(|| choice("flow:done", texts::DONE.get(language)));
            reply::choices(language, body, done.or(skip).into_iter().collect())
        }
        Kind::Words { .. } | Kind::Number { .. } | Kind::When { .. } => {
            reply::choices_unnumbered(language, body, skip.into_iter().collect())
        }
    }
}

/// Word that a photo came, and what to do next.
pub(super) fn photo_received(count: usize, language: Language) -> Reply {
    let body = texts::PHOTO_RECEIVED.with(language, &[("count", &count.to_string())]);
    reply::choices(language, body, vec![choice("flow:done", texts::DONE.get(language))])
}

/// All answers, and whether they are right.
pub(super) fn summary(flow: &Flow, answers: &Answers, turn: &Turn, before: &str) -> Reply {
    let language = Language::of(turn);
    let heading = flow.confirm.map(|heading| heading.get(language)).unwrap_or_default();
    let parts = [before, heading, &answers.summary(flow, language), texts::IS_THIS_RIGHT.get(language)];
    let body = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let choices = vec![
        choice("flow:confirm", texts::CONFIRM.get(language)),
        choice("flow:edit", texts::EDIT.get(language)),
        choice("flow:cancel", texts::CANCEL.get(language)),
    ];
    reply::choices(language, body, choices)
}

/// Which answer to change.
pub(super) fn what_to_change(flow: &Flow, answers: &Answers, turn: &Turn, page: usize) -> Reply {
    let language = Language::of(turn);
    let rows = flow.steps.iter().map(|step| {
        let shown = answers.get(step.name).map(|answer| show(step, answer, language));
        choice(format!("{EDIT}={}", step.name), step.label.get(language)).line(&shown.unwrap_or_default())
    });
    reply::page(language, texts::WHAT_TO_CHANGE.get(language), rows.collect(), page)
}
