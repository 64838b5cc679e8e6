//! What a person means as the answer to the question that is open: typed or tapped, in any of the four languages.

use crate::{
    Content, Language, MediaKind, Place, Turn,
    money::{self, Amount},
    understand::Said,
    words::{self, plain},
};

use super::{Answer, Answers, Check, Kind, Opt, Step, hear, shared::SAME, texts};

/// What a message is to the question that is open.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// The answer.
    Answer(Answer),
    /// A part of the answer: more may follow.
    Part(Answer),
    /// One of these, about as likely: to be asked back.
    Doubt(Vec<Answer>),
    /// Not an answer; why, for the person.
    Unfit(String),
}

/// Acts that alone are no words of a title or a description.
const NO_WORDS: &[&str] = &[
    "yes",
    "no",
    "later",
    "greeting",
    "thanks",
    "goodbye",
    "explain",
    "question",
    "human",
    "machine",
    "leave",
    "back",
    "skip",
    "done",
    "who",
    "news",
    "menu",
    "language",
    "correction",
    "change",
];

/// Those that a sentence of some words may also tell of: `my order never came`.
const TELLING: &[&str] = &["question", "human", "who", "news", "menu", "language"];

/// Reads a message as an answer to a step. `said` are its words, if it has any.
pub(super) fn read(step: &Step, turn: &Turn, said: Option<&Said<'_>>, answers: &Answers) -> Reading {
    let language = Language::of(turn);
    let reading = match tapped(step, turn, answers) {
        Some(Some(answer)) => Reading::Answer(answer),
        Some(None) => unfit(step, language),
        None => match (step.kind, said) {
            (Kind::Files { max, documents }, _) => files(step, turn, said, answers, max, documents, language),
            (Kind::Place(_), _) if place_of(turn).is_some() => match place_of(turn) {
                Some(place) => Reading::Answer(Answer::Place(place)),
                None => unfit(step, language),
            },
            (_, Some(said)) => text(step, turn, said, answers, language),
            (_, None) => unfit(step, language),
        },
    };
    match reading {
        Reading::Answer(answer) => match step.fits.and_then(|fits| fits(turn, answers, &answer)) {
            Some(why) => Reading::Unfit(why),
            None => Reading::Answer(answer),
        },
        other => other,
    }
}

/// The place that the person shared.
pub(super) fn place_of(turn: &Turn) -> Option<Place> {
    match &turn.message.content {
        Content::Place(place) if place.point.is_some() || place.name.is_some() => Some(place.clone()),
        _ => None,
    }
}

/// What a button of this step says; `Some(None)` if it says nothing.
fn tapped(step: &Step, turn: &Turn, answers: &Answers) -> Option<Option<Answer>> {
    let id = turn.tap().and_then(|id| id.split_once('=')).filter(|(name, _)| *name == step.name).map(|(_, id)| id)?;
    if let Some(at) = id.strip_prefix('?') {
        return Some(at.parse().ok().and_then(|at: usize| answers.doubts(step.name).get(at).cloned()));
    }
    Some(match (step.kind, id) {
        (Kind::Choice(options), _) => {
            options.iter().find(|option| option.id == id).map(|option| Answer::Choice(option.id.to_owned()))
        }
        (Kind::Listed(list), _) => listed(list(turn, answers), |choice| choice.id == id),
        (Kind::Money { .. }, SAME) => {
            step.shared.and_then(|shared| shared.last(turn)).filter(|answer| matches!(answer, Answer::Amount(_)))
        }
        (Kind::Money { negotiable: true, .. }, "negotiable") => Some(Answer::Amount(Amount::Negotiable)),
        (Kind::YesNo, "yes") => Some(Answer::Yes(true)),
        (Kind::YesNo, "no") => Some(Answer::Yes(false)),
        _ => None,
    })
}

fn listed(choices: Vec<crate::Choice>, is: impl Fn(&crate::Choice) -> bool) -> Option<Answer> {
    choices.into_iter().find(is).map(|choice| Answer::Listed(choice.id, choice.title))
}

/// Reads words as the answer.
fn text(step: &Step, turn: &Turn, said: &Said<'_>, answers: &Answers, language: Language) -> Reading {
    match step.kind {
        Kind::Words { .. } => words(step, turn, said, language),
        Kind::Choice(options) => match option_of(options, said.text).or_else(|| hear::choice(step, options, said)) {
            Some(id) => Reading::Answer(Answer::Choice(id.to_owned())),
            None => unfit(step, language),
        },
        Kind::Listed(list) => {
            let text = plain(said.text);
            match listed(list(turn, answers), |choice| choice.id == said.text || plain(&choice.title) == text) {
                Some(answer) => Reading::Answer(answer),
                None => unfit(step, language),
            }
        }
        Kind::Number { min, max } => {
            let heard = hear::value(step, turn, said, &[]).and_then(|heard| match heard.answers.first() {
                Some(Answer::Number(number)) => Some(*number),
                _ => None,
            });
            match heard.or_else(|| only_number(said)).filter(|number| (min..=max).contains(number)) {
                Some(number) => Reading::Answer(Answer::Number(number)),
                None => unfit(step, language),
            }
        }
        Kind::Money { ranges, .. } => {
            let bare = || {
                let found = money::bare(said, &turn.person.currency)?;
                Some(hear::Heard { answers: vec![Answer::Amount(found.what)], span: found.span, unsure: found.unsure })
            };
            match hear::value(step, turn, said, &[]).or_else(bare) {
                Some(heard) => likely(heard),
                None if said.amounts().any(|found| found.what.low != found.what.high) && !ranges => {
                    Reading::Unfit(texts::NEEDS_ONE_AMOUNT.get(language).to_owned())
                }
                None if ranges => Reading::Unfit(texts::NEEDS_MONEY_OR_RANGE.get(language).to_owned()),
                None => unfit(step, language),
            }
        }
        Kind::Place(saved) => place(step, turn, saved, said, language),
        Kind::When { .. } => match hear::value(step, turn, said, &[]) {
            Some(heard) => likely(heard),
            None => unfit(step, language),
        },
        Kind::YesNo => match (said.does("yes"), said.does("no")) {
            (true, false) => Reading::Answer(Answer::Yes(true)),
            (false, true) => Reading::Answer(Answer::Yes(false)),
            _ => unfit(step, language),
        },
        Kind::Files { .. } => unfit(step, language),
    }
}

fn likely(heard: hear::Heard) -> Reading {
    let mut answers = heard.answers;
    if heard.unsure || answers.len() != 1 {
        return Reading::Doubt(answers);
    }
    answers.pop().map_or_else(|| Reading::Doubt(Vec::new()), Reading::Answer)
}

fn unfit(step: &Step, language: Language) -> Reading {
    Reading::Unfit(texts::needs(step.kind, language))
}

/// The only number of a text.
fn only_number(said: &Said<'_>) -> Option<i64> {
    let mut numbers = said.numbers();
    match (numbers.next(), numbers.next()) {
        (Some(found), None) if found.what.fract() == 0.0 && found.what.abs() < 9e15 => Some(found.what as i64),
        _ => None,
    }
}

/// A place by name: one that the host knows, one that the person saved, or else as it was typed.
fn place(step: &Step, turn: &Turn, saved: fn(&str) -> Option<Place>, said: &Said<'_>, language: Language) -> Reading {
    if let Some(heard) = hear::value(step, turn, said, &[]) {
        return likely(heard);
    }
    if let Some(place) = said.places().next() {
        return Reading::Answer(Answer::Place(place.what.clone()));
    }
    if let Some(place) = saved(said.text) {
        return Reading::Answer(Answer::Place(place));
    }
    let is_name = said.text.chars().count() <= 80 && said.text.chars().any(char::is_alphabetic) && is_words(said);
    let is_other = said.amounts().any(|found| said.is_all(&[found.span]));
    if is_name && !is_other && !said.text.contains('\n') {
        return Reading::Answer(Answer::Place(Place::named(said.text)));
    }
    unfit(step, language)
}

/// Whether a text says something, and is not only an act such as thanks.
fn is_words(said: &Said<'_>) -> bool {
    let is_told = said.text.split_whitespace().nth(3).is_some() && !said.text.trim_end().ends_with('?');
    said.text.chars().any(char::is_alphanumeric)
        && !said.only().is_some_and(|act| NO_WORDS.contains(&act) && !(is_told && TELLING.contains(&act)))
}

/// Reads words as the answer to a step that wants words. A title is cleaned of what other steps take; all else stays as it was typed.
fn words(step: &Step, turn: &Turn, said: &Said<'_>, language: Language) -> Reading {
    let Kind::Words { min, max } = step.kind else { return unfit(step, language) };
    if let Some(Check { passes, hint }) = step.check
        && !passes(said.text)
    {
        return Reading::Unfit(hint.get(language).to_owned());
    }
    if step.check.is_none() && !is_words(said) {
        return unfit(step, language);
    }
    let title = step.is_thing && !step.is_verbatim(said.text) && hear::is_sentence(turn, said.text);
    let title = if title { said.title(&[]) } else { None };
    let text =
        title.filter(|title| (min..=max).contains(&title.chars().count())).unwrap_or_else(|| said.text.to_owned());
    let n_chars = text.chars().count();
    if n_chars < min || n_chars > max {
        let limits = [("min", &*min.to_string()), ("max", &*max.to_string())];
        let hint = if n_chars < min { texts::TOO_SHORT } else { texts::TOO_LONG };
        return Reading::Unfit(hint.with(language, &limits));
    }
    Reading::Answer(Answer::Words(text))
}

/// The option meant: by id, by its title in any language, or by the only title that contains what was said.
fn option_of(options: &[Opt], said: &str) -> Option<&'static str> {
    if let Some(option) = options.iter().find(|option| option.id == said) {
        return Some(option.id);
    }
    let said = plain(said);
    let titled = |option: &&Opt| option.title.all().any(|(_, title)| plain(title) == said);
    if let Some(option) = options.iter().find(titled) {
        return Some(option.id);
    }
    let contains = |option: &&Opt| {
        let words = |text: &str| plain(text).split(' ').any(|word| words::stem(word) == words::stem(&said));
        said.chars().count() >= 3 && option.title.all().any(|(_, title)| words(title))
    };
    let mut matching = options.iter().filter(contains);
    match (matching.next(), matching.next()) {
        (Some(only), None) => Some(only.id),
        _ => None,
    }
}

fn files(
    step: &Step,
    turn: &Turn,
    said: Option<&Said<'_>>,
    answers: &Answers,
    max: usize,
    documents: bool,
    language: Language,
) -> Reading {
    let mut handles = answers.photos(step.name);
    let sent = turn.files(documents);
    if !sent.is_empty() && turn.file_is_refused() {
        return Reading::Unfit(texts::CANNOT_KEEP.get(language).to_owned());
    }
    if !sent.is_empty() {
        handles.extend(sent);
        handles.truncate(max);
        return if handles.len() >= max {
            Reading::Answer(Answer::Photos(handles))
        } else {
            Reading::Part(Answer::Photos(handles))
        };
    }
    if matches!(&turn.message.content, Content::Media(media) if media.kind == MediaKind::Video) {
        return Reading::Unfit(texts::NO_VIDEO.get(language).to_owned());
    }
    let is_done =
        turn.tap() == Some("flow:done") || said.is_some_and(|said| matches!(said.only(), Some("done" | "yes")));
    if is_done && !handles.is_empty() { Reading::Answer(Answer::Photos(handles)) } else { unfit(step, language) }
}
