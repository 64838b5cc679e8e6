//! The decision in which language a person is answered.

use switchboard_core::text::LANGUAGES;

use super::{Evidence, evidence};
use crate::{analysis::Analysis, words::Words};

/// From this many words, one message clearly in another language switches to it.
const WORDS_AT_ONCE: usize = 4;

/// What an earlier text of somebody whose language is not sure counts, and the next before it of that.
const EARLIER: f32 = 0.6;

/// What is known besides the text.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The person's language so far, if any.
    pub language: Option<&'a str>,
    /// The language that they asked for last, if that is known.
    pub asked: Option<&'a str>,
    /// What the person said before, the latest first.
    pub before: &'a [&'a str],
    /// How much the agents' keywords in the text weigh, by the keywords' language.
    pub keywords: [f32; 4],
    /// The number's country (ISO 3166-1 alpha-2).
    pub country: &'a str,
    /// The language of anyone who gives no sign of theirs.
    pub default: &'a str,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The language to answer in.
    pub language: &'static str,
    /// Whether it is sure enough to be kept.
    pub is_sure: bool,
}

/// Decides in which language a text is answered: as it asks; else as the person has it, unless four words or more are clearly in another
/// language, or two messages in a row are. Anyone who asked for a language keeps it until two messages in a row are in another.
pub fn decide(text: &Analysis<'_>, known: &Known<'_>) -> Decision {
    let sure = |language| Decision { language, is_sure: true };
    if let Some(asked) = text.said.language {
        return sure(asked);
    }
    let own = evidence(&text.words);
    let Some(stored) = known.language.and_then(supported) else {
        let keywords = known.keywords.map(|weight| 0.2 * weight.min(3.0));
        let all = own.and(keywords);
        if let Some(clear) = all.clear() {
            return sure(clear);
        }
        // An earlier text of several languages, such as `menu`, says nothing of this one.
        let before = known.before.iter().map(|text| evidence(&Words::of(text))).zip(1..);
        let all = before
            .filter(|(earlier, _)| earlier.likely().is_some())
            .fold(all, |all, (earlier, back)| all.and(earlier.scores.map(|score| score * EARLIER.powi(back))));
        // The number's country decides between languages that are about as likely.
        let spoken = of_country(known.country);
        let top = all.scores.iter().copied().fold(0.0, f32::max);
        let near = spoken.filter(|spoken| top > 0.0 && place_of(spoken).is_some_and(|at| all.scores[at] >= 0.8 * top));
        let guess = near.or_else(|| all.likely()).or_else(|| supported(known.default)).unwrap_or(LANGUAGES[0]);
        return Decision { language: guess, is_sure: false };
    };
    let keep = sure(stored);
    let Some(clear) = own.clear().filter(|clear| *clear != stored) else { return keep };
    if own.words >= WORDS_AT_ONCE && !was_asked_for(known, stored) {
        return sure(clear);
    }
    // What says nothing of its language, such as a number, is passed over.
    let before = known.before.iter().map(|text| evidence(&Words::of(text))).find(|it| it.clear().is_some());
    match before.as_ref().and_then(Evidence::clear) {
        Some(last) if last == clear => sure(clear),
        _ => keep,
    }
}

/// Whether a person asked for a language, and for no other since.
fn was_asked_for(known: &Known<'_>, language: &str) -> bool {
    let lately = || known.before.iter().find_map(|text| Analysis::of(text).said.language);
    known.asked.or_else(lately) == Some(language)
}

fn supported(language: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|known| *known == language)
}

fn place_of(language: &str) -> Option<usize> {
    LANGUAGES.iter().position(|known| *known == language)
}

/// The language that most people of a country write, among the four; none where it is not clear.
fn of_country(country: &str) -> Option<&'static str> {
    match country {
        "RW" | "BI" => Some("rw"),
        "TZ" | "KE" => Some("sw"),
        "CD" | "CG" | "CM" | "FR" | "BE" => Some("fr"),
        "UG" | "SS" | "NG" | "ZA" | "GB" | "MT" | "ET" => Some("en"),
        _ => None,
    }
}
