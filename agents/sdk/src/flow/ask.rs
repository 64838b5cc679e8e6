//! A question as the person sees it.

use crate::{
    Choice, Flow, Language, Reply, Turn,
    reply::{self, choice},
    words,
};

use super::{Answer, Answers, EDIT, Kind, Opt, Step, answers::show, shared::SAME, texts};

/// From this miss on, a question offers ways out.
const WAYS_OUT_FROM: u8 = 2;

/// The question of a step, with words before it (why it is asked again, for instance).
pub(super) fn question(flow: &Flow, step: &Step, answers: &Answers, turn: &Turn, before: &str, page: usize) -> Reply {
    let language = Language::of(turn);
    let mut body = String::new();
    if !before.is_empty() {
        body.push_str(before);
        body.push_str("\n\n");
    }
    let out = ways_out(answers, language);
    let doubts = answers.doubts(step.name);
    if !doubts.is_empty() {
        return doubt(step, doubts, body, out, language);
    }
    body.push_str(step.question.get(language));
    // How to leave is said once: with the first question, unless it is asked again.
    if before.is_empty() && !answers.editing && flow.steps.first().is_some_and(|first| first.name == step.name) {
        body.push_str("\n\n");
        body.push_str(texts::HOW_TO_LEAVE.get(language));
    }
    let last = step.shared.and_then(|shared| shared.last(turn));
    let id = |id: &str| format!("{}={id}", step.name);
    let (numbered, mut offered): (bool, Vec<Choice>) = match step.kind {
        Kind::Choice(options) => {
            // What was chosen last comes first.
            let is_last = |option: &&Opt| matches!(&last, Some(Answer::Choice(id)) if id == option.id);
            let rest = options.iter().filter(|option| !is_last(option));
            let ordered = options.iter().filter(is_last).chain(rest);
            (true, ordered.map(|option| choice(id(option.id), option.title.get(language))).collect())
        }
        Kind::Listed(list) => {
            let own = |choice: Choice| Choice { id: id(&choice.id), ..choice };
            (true, list(turn, answers).into_iter().map(own).collect())
        }
        Kind::YesNo => {
            (true, vec![choice(id("yes"), texts::YES.get(language)), choice(id("no"), texts::NO.get(language))])
        }
        Kind::Place(_) if out.is_empty() => {
            if step.optional {
                body.push_str("\n\n");
                body.push_str(texts::OR_SKIP.get(language));
            }
            return reply::ask_place(&body);
        }
        Kind::Money { negotiable, .. } => {
            let open = negotiable.then(|| choice(id("negotiable"), texts::NEGOTIABLE.get(language)));
            let title = step.shared.zip(last).and_then(|(shared, answer)| shared.title(&answer, language));
            let same = title.map(|title| choice(id(SAME), &title));
            (false, same.into_iter().chain(open).collect())
        }
        Kind::Files { .. } => {
            let has_some = matches!(answers.get(step.name), Some(Answer::Photos(handles)) if !handles.is_empty());
            (true, has_some.then(|| choice("flow:done", texts::DONE.get(language))).into_iter().collect())
        }
        Kind::Words { .. } | Kind::Number { .. } | Kind::When { .. } | Kind::Place(_) => (false, Vec::new()),
    };
    if step.optional && !offered.iter().any(|choice| choice.id == "flow:done") {
        offered.push(choice("flow:skip", texts::SKIP.get(language)));
    }
    offered.extend(out);
    match () {
        () if offered.len() > reply::ROWS_MAX => reply::page(language, body, offered, page),
        () if numbered => reply::choices(language, body, offered),
        () => reply::choices_unnumbered(language, body, offered),
    }
}

/// The ways out of a question that was not understood twice: the third time, a human first.
fn ways_out(answers: &Answers, language: Language) -> Vec<Choice> {
    if answers.misses < WAYS_OUT_FROM {
        return Vec::new();
    }
    let human = Choice { agent: Some("support".to_owned()), ..choice("human", texts::HUMAN.get(language)) };
    let cancel = choice("flow:cancel", texts::CANCEL.get(language));
    if answers.misses > WAYS_OUT_FROM { vec![human, cancel] } else { vec![cancel, human] }
}

/// Asks which of its meanings an answer has.
fn doubt(step: &Step, doubts: &[Answer], mut body: String, out: Vec<Choice>, language: Language) -> Reply {
    let shown: Vec<String> = doubts.iter().map(|answer| show(step, answer, language)).collect();
    match shown.as_slice() {
        [one] => body.push_str(&texts::IS_IT.with(language, &[("one", one)])),
        [one, other, ..] => body.push_str(&texts::WHICH_ONE.with(language, &[("one", one), ("other", other)])),
        [] => {}
    }
    body.push_str("\n\n");
    body.push_str(step.question.get(language));
    let titles = shown.iter().enumerate().map(|(at, title)| choice(format!("{}=?{at}", step.name), title));
    let offered: Vec<Choice> = titles.chain(out).collect();
    reply::choices_unnumbered(language, body, offered)
}

/// Words before the question after a miss: each time others.
pub(super) fn missed(step: &Step, why: &str, misses: u8, language: Language) -> String {
    match misses {
        0 | 1 => why.to_owned(),
        misses if misses % 2 == 0 => {
            format!("{} {}", texts::OTHER_WORDS.get(language), explained(step, language))
        }
        _ => texts::HUMAN_FIRST.get(language).to_owned(),
    }
}

/// What the question means.
pub(super) fn explained(step: &Step, language: Language) -> String {
    step.explained.map_or_else(|| texts::explains(step.kind, language), |text| text.get(language).to_owned())
}

/// Word that an answer was understood that was not asked for.
pub(super) fn noted(step: &Step, answers: &Answers, language: Language) -> String {
    let shown = answers.get(step.name).map(|answer| show(step, answer, language)).unwrap_or_default();
    texts::NOTED.with(language, &[("label", step.label.get(language)), ("value", &shown)])
}

/// Word that a photo came, and what to do next.
pub(super) fn photo_received(count: usize, language: Language) -> Reply {
    let body = texts::PHOTO_RECEIVED.with(language, &[("count", &count.to_string())]);
    reply::choices(language, body, vec![choice("flow:done", texts::DONE.get(language))])
}

/// All answers, what may be added, and whether they are right.
pub(super) fn summary(flow: &Flow, answers: &Answers, turn: &Turn, before: &str) -> Reply {
    let language = Language::of(turn);
    let heading = flow.confirm.map(|heading| heading.get(language)).unwrap_or_default();
    let is_open = |step: &&Step| step.optional && matches!(answers.get(step.name), None | Some(Answer::Skipped));
    let labels: Vec<String> = flow
        .steps
        .iter()
        .filter(is_open)
        .filter(|step| !matches!(step.kind, Kind::Files { .. }))
        .map(|step| words::lower(step.label.get(language)))
        .collect();
    let may_add = match labels.is_empty() {
        true => String::new(),
        false => texts::MAY_ADD.with(language, &[("steps", &labels.join(", "))]),
    };
    let photo = flow.steps.iter().filter(is_open).any(|step| matches!(step.kind, Kind::Files { .. }));
    let photo = if photo { texts::PHOTO_ANY_TIME.get(language) } else { "" };
    let added = [may_add.as_str(), photo].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let right = texts::IS_THIS_RIGHT.get(language);
    let parts = [before, heading, &answers.summary(flow, language), &added, right];
    let body = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut choices = vec![
        choice("flow:confirm", flow.word.get(language)),
        choice("flow:edit", texts::EDIT.get(language)),
        choice("flow:cancel", texts::CANCEL.get(language)),
    ];
    if answers.misses >= WAYS_OUT_FROM {
        choices.push(Choice { agent: Some("support".to_owned()), ..choice("human", texts::HUMAN.get(language)) });
    }
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
