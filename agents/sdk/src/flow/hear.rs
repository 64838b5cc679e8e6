//! Several answers in one sentence: `2 bedrooms in Remera under 300k` answers three questions. Only while the feature `hybridFlows`
//! is on; without a model, by what numbers, places and titles say for themselves.

use super::{Answer, Answers, Kind, Opt, Step};
use crate::{Flow, Turn, money, words};

/// The feature that opens this.
pub(crate) const FEATURE: &str = "hybridFlows";

/// Words of the longest amount or place.
const SPAN_MAX: usize = 4;

/// A text with fewer words answers one question.
const WORDS_MIN: usize = 3;

/// Fills the open questions that a sentence answers, but for those that want free words; gives what is left of it.
pub(super) fn fill(flow: &Flow, answers: &mut Answers, turn: &Turn, text: &str) -> String {
    if !is_sentence(turn, text) {
        return text.to_owned();
    }
    let mut left: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    for step in flow.steps {
        if answers.get(step.name).is_some() {
            continue;
        }
        let heard = match step.kind {
            Kind::Number { min, max } => {
                number(step, &left).filter(|(n, _)| (min..=max).contains(n)).map(number_answer)
            }
            Kind::Money { .. } => money(&left, &turn.person.currency),
            Kind::Place(find) => place(find, &left),
            Kind::Choice(options) => choice(options, &left),
            Kind::Words { .. } | Kind::When { .. } | Kind::YesNo | Kind::Files { .. } => None,
        };
        if let Some((answer, span)) = heard {
            answers.set(step.name, answer);
            answers.given(step.name);
            left.drain(with_preposition(&left, span));
        }
    }
    left.join(" ")
}

/// Whether a text may answer several questions, and is allowed to.
pub(super) fn is_sentence(turn: &Turn, text: &str) -> bool {
    turn.has(FEATURE) && text.split_whitespace().count() >= WORDS_MIN
}

type Heard = (Answer, std::ops::Range<usize>);

fn number_answer((number, span): (i64, std::ops::Range<usize>)) -> Heard {
    (Answer::Number(number), span)
}

/// A number beside a word of the step's label: `2 bedrooms`, `chambres: 3`.
fn number(step: &Step, said: &[String]) -> Option<(i64, std::ops::Range<usize>)> {
    let names = |word: &str| {
        let word = words::plain(word);
        word.chars().count() > 2
            && step
                .label
                .all()
                .any(|(_, label)| words::plain(label).split(' ').any(|known| words::stem(known) == words::stem(&word)))
    };
    said.windows(2).enumerate().find_map(|(at, pair)| {
        let (one, other) = (pair[0].trim_matches(|sign: char| !sign.is_alphanumeric()), pair[1].as_str());
        let number = match (one.parse(), other.parse()) {
            (Ok(number), _) if names(other) => number,
            (_, Ok(number)) if names(one) => number,
            _ => return None,
        };
        Some((number, at..at + 2))
    })
}

/// An amount with a currency or a factor, or one that is too large to be anything else.
fn money(said: &[String], currency: &str) -> Option<Heard> {
    spans(said, |text| {
        let is_money = text.chars().filter(char::is_ascii_digit).count() >= 4
            || text.chars().any(|sign| sign.is_ascii_digit()) && text.chars().any(char::is_alphabetic);
        let begins = text.starts_with(|sign: char| sign.is_ascii_digit());
        let amount = money::parse(text, currency).filter(|_| is_money && begins)?;
        amount.low().is_some().then_some(Answer::Amount(amount))
    })
}

fn place(find: fn(&str) -> Vec<crate::Place>, said: &[String]) -> Option<Heard> {
    // One question to the host, not one for each span.
    let found = find(&said.join(" ")).into_iter().next()?;
    let name = words::plain(found.name.as_deref()?);
    let heard = spans(said, |text| (words::plain(text) == name).then(|| Answer::Place(found.clone())));
    // Known under another name: the answer holds, and the words stay.
    let (answer, span) = heard.unwrap_or((Answer::Place(found), 0..0));
    Some((answer, span))
}

/// The words that lead to what was heard go with it: `for 80k`, `in Remera`.
fn with_preposition(said: &[String], span: std::ops::Range<usize>) -> std::ops::Range<usize> {
    const WORDS: &[&str] = &[
        "in", "at", "near", "for", "with", "a", "dans", "pres", "de", "pour", "avec", "mu", "i", "ku", "kuri",
        "katika", "karibu", "na", "kwa",
    ];
    match span.start.checked_sub(1) {
        Some(before) if !span.is_empty() && words::is_one_of(&said[before], WORDS) => before..span.end,
        _ => span,
    }
}

/// The only option of which a title stands in the sentence.
fn choice(options: &[Opt], said: &[String]) -> Option<Heard> {
    let text = words::plain(&said.join(" "));
    let stems: Vec<&str> = text.split(' ').map(words::stem).collect();
    let named = |option: &&Opt| {
        option.title.all().any(|(_, title)| {
            let title = words::plain(title);
            title.chars().count() > 2 && title.split(' ').all(|word| stems.contains(&words::stem(word)))
        })
    };
    let mut named = options.iter().filter(named);
    match (named.next(), named.next()) {
        // The words stay: `used` says something in a description too.
        (Some(only), None) => Some((Answer::Choice(only.id.to_owned()), 0..0)),
        _ => None,
    }
}

/// The longest span of words that means something, the first of its length.
fn spans(said: &[String], means: impl Fn(&str) -> Option<Answer>) -> Option<Heard> {
    for length in (1..=SPAN_MAX.min(said.len())).rev() {
        for at in 0..=said.len() - length {
            let text = said[at..at + length].join(" ");
            if let Some(answer) = means(text.trim_matches([',', '.', '!', '?'])) {
                return Some((answer, at..at + length));
            }
        }
    }
    None
}
