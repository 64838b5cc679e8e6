//! Corrections: what was said before and is put right, at any question and at the summary. `no, I meant 70k`, `change the price`, `sorry,
//! 3 rooms`, `it's in Remera actually`, or only the value that fits.

use super::{
    Answer, Answers, Kind, Step,
    answer::{Reading, read},
    hear,
};
use crate::{Flow, Turn, understand::Said};

/// What a correction did.
pub(super) enum Did {
    /// An answer was set.
    Set(&'static Step),
    /// A question is to be asked again.
    Asks(&'static Step),
}

/// Applies a correction. `open` is the question that is open; none at the summary, where each value is a correction.
pub(super) fn apply(
    flow: &'static Flow,
    open: Option<&'static Step>,
    answers: &mut Answers,
    turn: &Turn,
    said: &Said<'_>,
) -> Option<Did> {
    let corrects = said.does("correction") || said.does("change");
    let labelled = labelled(flow, said);
    // While a question is open its own kind of value is its answer, and words are its own, unless the text says that it corrects.
    let candidates = |step: &&'static Step| match open {
        _ if labelled.is_some_and(|labelled| corrects && labelled.name != step.name) => false,
        Some(open) => open.name != step.name && answers.get(step.name).is_some(),
        None => true,
    };
    let own = open.filter(|open| hear::value(open, turn, said, &[]).is_some() || fits_bare(open, said));
    if own.is_none() {
        let before =
            open.and_then(|open| flow.steps.iter().position(|step| step.name == open.name)).unwrap_or(flow.steps.len());
        let (behind, ahead) = flow.steps.split_at_checked(before)?;
        let meant: Vec<&'static Step> = behind.iter().rev().chain(ahead).filter(candidates).collect();
        for step in meant {
            let Some(heard) = hear::value(step, turn, said, &[]) else { continue };
            // Options are named in other talk too.
            let is_choice = matches!(step.kind, Kind::Choice(_));
            let is_alone = !heard.span.is_empty() && said.is_all(&spans(said, &heard.span));
            let is_meant = corrects || is_alone || open.is_none() && !is_choice || open.is_none() && is_short(said);
            let is_same = answers.get(step.name).is_some_and(|answer| heard.answers.first() == Some(answer));
            if !is_meant || is_same {
                continue;
            }
            hear::keep(step, answers, heard);
            return Some(if answers.doubts(step.name).is_empty() { Did::Set(step) } else { Did::Asks(step) });
        }
    }
    if !corrects && open.is_some() {
        return None;
    }
    if let Some(step) = labelled.filter(|step| open.is_none_or(|open| open.name != step.name)) {
        if let Some(answer) = behind_label(step, turn, said, answers) {
            answers.set(step.name, answer);
            return Some(Did::Set(step));
        }
        answers.editing = open.is_none();
        return Some(Did::Asks(step));
    }
    if !said.does("correction") || own.is_some() {
        return None;
    }
    // `sorry, a freezer`: the words last given.
    let before =
        open.and_then(|open| flow.steps.iter().position(|step| step.name == open.name)).unwrap_or(flow.steps.len());
    let is_title = |step: &&Step| step.is_thing && answers.get(step.name).is_some();
    let step = flow.steps[..before].iter().rev().find(is_title)?;
    said.things().next()?;
    let title = hear::title(step, said, &[])?;
    answers.set(step.name, title);
    Some(Did::Set(step))
}

/// A number without a unit answers a question for one.
fn fits_bare(step: &Step, said: &Said<'_>) -> bool {
    let is_bare = said.numbers().any(|found| said.is_all(&spans(said, &found.span)));
    matches!(step.kind, Kind::Number { .. } | Kind::Money { .. }) && is_bare
}

/// A span and those of the acts around it.
fn spans(said: &Said<'_>, span: &core::ops::Range<usize>) -> Vec<core::ops::Range<usize>> {
    let mut spans = vec![span.clone()];
    spans.extend(said.acts().map(|act| act.span));
    spans
}

fn is_short(said: &Said<'_>) -> bool {
    const WORDS_MAX: usize = 3;
    said.text.split_whitespace().count() <= WORDS_MAX
}

/// The step whose label the text names.
pub(super) fn labelled(flow: &'static Flow, said: &Said<'_>) -> Option<&'static Step> {
    let words: Vec<&str> = said.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    flow.steps.iter().find(|step| words.iter().any(|word| step.is_labelled(word)))
}

/// The answer that stands behind the label: `change the title to leather sofa`.
fn behind_label(step: &Step, turn: &Turn, said: &Said<'_>, answers: &Answers) -> Option<Answer> {
    const LEAD: &[&str] = &["to", "is", "be", "into", "en", "par", "est", "a", "ni", "kuwa", "iwe", "ibe", "kuri"];
    let words = said.text.split_inclusive(|c: char| c.is_whitespace() || c == ':');
    let mut rest = said.text;
    let mut is_behind = false;
    for word in words {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_lead = bare.is_empty() || LEAD.contains(&crate::words::plain(bare).as_str());
        if is_behind && !is_lead {
            break;
        }
        is_behind = is_behind || step.is_labelled(bare);
        rest = rest.get(word.len()..)?;
    }
    let rest = rest.trim();
    if !is_behind || rest.is_empty() {
        return None;
    }
    match read(step, turn, Some(&Said::of(turn, rest)), answers) {
        Reading::Answer(answer) => Some(answer),
        _ => None,
    }
}
