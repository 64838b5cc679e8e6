//! Language by evidence: which of the four languages a text is in, and which one a person wants.

use crate::words::Words;

/// How much speaks for each language, in the order of [`LANGUAGES`](switchboard_core::text::LANGUAGES).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// A score for each language; none is below 0.
    pub scores: [f32; 4],
    /// How many words of letters the text has.
    pub words: usize,
}

/// The evidence of a text.
pub fn evidence(_words: &Words<'_>) -> Evidence {
    Evidence::default()
}

/// The language that a text asks to be answered in: `English please`, `parlez-vous français ?`, `mu kinyarwanda`.
pub fn asked_for(words: &Words<'_>) -> Option<&'static str> {
    crate::acts::language(words)
}
