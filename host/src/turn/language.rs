//! The language that a person is answered in.

use super::country::country;
use crate::numbers::Number;
use switchboard_core::{
    contract::types::{self, Content},
    session::Session,
};
use switchboard_store::Claim;
use switchboard_understand::{Analysis, language};

/// How many of a person's latest texts the decision on their language looks at.
const LATEST_TEXTS: usize = 6;

/// The language that a person is answered in, one of the business number's, and whether it is to be kept: one decision for each turn.
/// `keywords` weighs the agents' keywords in a text, by language.
pub(super) fn decide_language(
    claim: &Claim,
    said: Option<&Analysis<'_>>,
    session: &Session,
    number: &Number,
    calling_code: &str,
    keywords: impl FnOnce(&Analysis<'_>) -> [f32; 4],
) -> (String, bool) {
    let stored = claim.person.language.as_deref().filter(|language| number.speaks(language));
    if let (None, Some(stored)) = (said, stored) {
        return (stored.to_owned(), false);
    }
    let nothing = Analysis::of("");
    let text = said.unwrap_or(&nothing);
    let said = session.history.iter().rev().filter(|utterance| utterance.speaker == types::Speaker::Person);
    let texts = said.map(|utterance| utterance.text.as_str()).filter(|text| !Content::stands_for(text));
    let before: Vec<&str> = texts.take(LATEST_TEXTS).collect();
    let known = language::Known {
        language: stored,
        asked: session.open.language.as_deref(),
        before: &before,
        keywords: if stored.is_none() { keywords(text) } else { [0.0; 4] },
        country: country(claim.person.phone.as_ref(), calling_code),
        default: number.language(),
    };
    let decision = language::decide(text, &known);
    match number.speaks(decision.language) {
        true => (decision.language.to_owned(), decision.is_sure),
        false => (stored.unwrap_or(number.language()).to_owned(), false),
    }
}
