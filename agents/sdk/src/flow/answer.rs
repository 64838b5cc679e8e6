//! What a person means as the answer to a question: typed or tapped, in any of the four languages.

use crate::{
    Content, Language, MediaKind, Place, Turn,
    money::{self, Amount},
    words::{self, plain},
};

use super::{Answer, Check, Kind, Opt, Step, shared::SAME, texts};

/// What a message is to the question that is open.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// The answer.
    Answer(Answer),
    /// A part of the answer: more may follow.
    Part(Answer),
    /// Not an answer; why, for the person.
    Unfit(String),
}

/// Reads a message as an answer to a step. `so_far` is what the step already holds.
pub(super) fn read(step: &Step, turn: &Turn, so_far: Option<&Answer>) -> Reading {
    let language = Language::of(turn);
    let tapped = turn.tap().and_then(|id| id.split_once('=')).filter(|(name, _)| *name == step.name).map(|(_, id)| id);
    let text = turn.text();
    let unfit = |text: crate::Text| Reading::Unfit(text.get(language).to_owned());
    match step.kind {
        Kind::Words { min, max } => match text {
            Some(text) => words_of(step, text, min, max, language),
            None => unfit(texts::NEEDS_WORDS),
        },
        Kind::Choice(options) => match tapped.or(text).and_then(|said| option_of(options, said)) {
            Some(id) => Reading::Answer(Answer::Choice(id.to_owned())),
            None => unfit(texts::NEEDS_CHOICE),
        },
        Kind::Number { min, max } => match text.and_then(number_of).filter(|number| (min..=max).contains(number)) {
            Some(number) => Reading::Answer(Answer::Number(number)),
            None => {
                let range = [("min", &*min.to_string()), ("max", &*max.to_string())];
                Reading::Unfit(texts::NEEDS_NUMBER.with(language, &range))
            }
        },
        Kind::Money { .. } if tapped == Some(SAME) => match step.shared.and_then(|shared| shared.last(turn)) {
            Some(answer @ Answer::Amount(_)) => Reading::Answer(answer),
            _ => unfit(texts::NEEDS_MONEY),
        },
        Kind::Money { ranges, negotiable } => {
            let amount = text.and_then(|text| money::parse(text, &turn.person.currency));
            match (amount, tapped) {
                (_, Some("negotiable")) if negotiable => Reading::Answer(Answer::Amount(Amount::Negotiable)),
                (Some(Amount::Negotiable), _) if !negotiable => unfit(texts::NEEDS_MONEY),
                (Some(Amount::Between(..)), _) if !ranges => unfit(texts::NEEDS_ONE_AMOUNT),
                (Some(amount), _) => Reading::Answer(Answer::Amount(amount)),
                (None, _) if ranges => unfit(texts::NEEDS_MONEY_OR_RANGE),
                (None, _) => unfit(texts::NEEDS_MONEY),
            }
        }
        Kind::Place(find) => match &turn.message.content {
            Content::Place(place) if place.point.is_some() || place.name.is_some() => {
                Reading::Answer(Answer::Place(place.clone()))
            }
            _ => match text.filter(|text| text.chars().count() <= 80 && text.chars().any(char::is_alphabetic)) {
                Some(text) => Reading::Answer(Answer::Place(place_of(find, text))),
                None => unfit(texts::NEEDS_PLACE),
            },
        },
        Kind::When { parse, .. } => match text.and_then(|text| parse(text, turn.now)) {
            Some(at) => Reading::Answer(Answer::Time(at)),
            None => unfit(texts::NEEDS_TIME),
        },
        Kind::YesNo => match (tapped, text) {
            (Some("yes"), _) => Reading::Answer(Answer::Yes(true)),
            (Some("no"), _) => Reading::Answer(Answer::Yes(false)),
            (_, Some(text)) if words::is_one_of(text, words::YES) => Reading::Answer(Answer::Yes(true)),
            (_, Some(text)) if words::is_one_of(text, words::NO) => Reading::Answer(Answer::Yes(false)),
            _ => unfit(texts::NEEDS_YES_NO),
        },
        Kind::Files { max, documents } => files_of(turn, so_far, max, documents, language),
    }
}

/// Reads words as the answer to a step that wants words.
pub(super) fn read_words(step: &Step, text: &str, language: Language) -> Reading {
    match step.kind {
        Kind::Words { min, max } => words_of(step, text, min, max, language),
        _ => Reading::Unfit(String::new()),
    }
}

fn words_of(step: &Step, text: &str, min: usize, max: usize, language: Language) -> Reading {
    let n_chars = text.chars().count();
    if n_chars < min || n_chars > max {
        let limits = [("min", &*min.to_string()), ("max", &*max.to_string())];
        let hint = if n_chars < min { texts::TOO_SHORT } else { texts::TOO_LONG };
        return Reading::Unfit(hint.with(language, &limits));
    }
    match step.check {
        Some(Check { passes, hint }) if !passes(text) => Reading::Unfit(hint.get(language).to_owned()),
        _ => Reading::Answer(Answer::Words(text.to_owned())),
    }
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

/// A whole number with at most a word around it: `3`, `3 years`.
fn number_of(text: &str) -> Option<i64> {
    let mut numbers = text.split(|sign: char| !sign.is_ascii_digit() && sign != '-').filter(|part| !part.is_empty());
    let number = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some(number)
}

/// The place the gazetteer knows best; one that it does not know keeps its name.
fn place_of(find: fn(&str) -> Vec<Place>, text: &str) -> Place {
    find(text).into_iter().next().unwrap_or_else(|| Place::named(text))
}

fn files_of(turn: &Turn, so_far: Option<&Answer>, max: usize, documents: bool, language: Language) -> Reading {
    let mut handles = match so_far {
        Some(Answer::Photos(handles)) => handles.clone(),
        _ => Vec::new(),
    };
    match &turn.message.content {
        Content::Media(media) if is_fit(media, documents) && turn.file_is_refused() => {
            Reading::Unfit(texts::CANNOT_KEEP.get(language).to_owned())
        }
        Content::Media(media) if is_fit(media, documents) => {
            handles.push(media.handle.clone());
            if handles.len() >= max {
                Reading::Answer(Answer::Photos(handles))
            } else {
                Reading::Part(Answer::Photos(handles))
            }
        }
        _ => {
            let is_done =
                turn.tap() == Some("flow:done") || turn.text().is_some_and(|text| words::is_one_of(text, words::DONE));
            if is_done && !handles.is_empty() {
                return Reading::Answer(Answer::Photos(handles));
            }
            let is_video = matches!(&turn.message.content, Content::Media(media) if media.kind == MediaKind::Video);
            let text = if is_video { texts::NO_VIDEO } else { texts::NEEDS_PHOTO };
            Reading::Unfit(text.get(language).to_owned())
        }
    }
}

/// Whether a file answers the question: a photo, also one that was sent as a file; a document where it is asked for.
fn is_fit(media: &crate::Media, documents: bool) -> bool {
    let is_picture = matches!(media.mime_type.as_str(), "image/jpeg" | "image/png" | "image/webp");
    match media.kind {
        MediaKind::Image => true,
        MediaKind::Document => documents || is_picture,
        _ => false,
    }
}
