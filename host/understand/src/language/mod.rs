//! Language by evidence: which of the four languages a text is in, and which one a person wants.

mod decide;
mod words;

pub use decide::{Decision, Known, decide};

use switchboard_core::text::LANGUAGES;

use crate::words::{Sort, Words};
use words::TABLE;

/// How much speaks for each language, in the order of [`LANGUAGES`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// A score for each language; none is below 0.
    pub scores: [f32; 4],
    /// How many words of letters the text has.
    pub words: usize,
}

/// The score from which a language is clear, if it leads by [`LEAD`].
const CLEAR: f32 = 0.9;

/// The most that the letters of all unknown words say together.
const UNKNOWN_MAX: f32 = 0.85;

/// How many times the second language's score a clear one has.
const LEAD: f32 = 1.6;

impl Evidence {
    /// The language that the text is more likely in than in another, by at least [`LEAD`].
    fn likely(&self) -> Option<&'static str> {
        let (best, second) = self.leading();
        (self.scores[best] > LEAD * self.scores[second]).then(|| LANGUAGES[best])
    }

    /// The language that the text is in without doubt.
    pub fn clear(&self) -> Option<&'static str> {
        let (best, second) = self.leading();
        let leads = self.scores[best] >= CLEAR && self.scores[best] >= LEAD * self.scores[second];
        leads.then(|| LANGUAGES[best])
    }

    /// The evidence of both together.
    #[must_use]
    pub fn and(mut self, scores: [f32; 4]) -> Evidence {
        self.scores.iter_mut().zip(scores).for_each(|(sum, more)| *sum += more.max(0.0));
        self
    }

    /// The places of the highest score and of the next.
    fn leading(&self) -> (usize, usize) {
        let mut order = [0, 1, 2, 3];
        order.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]));
        (order[0], order[1])
    }
}

/// The evidence of a text. Places and numbers say nothing; a Kinyarwanda locative (`i Kigali`) is no English *I*.
pub fn evidence(words: &Words<'_>) -> Evidence {
    let mut evidence = Evidence::default();
    // Names and words of other languages look like one of the four, too: without a known word nothing is clear.
    let mut unknown = [0.0; 4];
    let add = |sums: &mut [f32; 4], scores: [f32; 4]| sums.iter_mut().zip(scores).for_each(|(sum, more)| *sum += more);
    let mut letters = 0;
    for at in 0..words.len() {
        let Some(word) = words.get(at).filter(|word| word.sort == Sort::Letters) else { continue };
        if touches_digits(words, at) {
            continue;
        }
        letters += 1;
        if TABLE.is_place(&word.folded) {
            continue;
        }
        match (word.folded.as_str(), words.folded(at + 1)) {
            ("i", next) => add(&mut evidence.scores, TABLE.of_i(next)),
            (folded, _) => match TABLE.of_word(folded) {
                Some(known) => add(&mut evidence.scores, known),
                None => add(&mut unknown, TABLE.of_letters(folded)),
            },
        }
    }
    add(&mut evidence.scores, of_signs(words.text));
    add(&mut evidence.scores, unknown.map(|sum| sum.min(UNKNOWN_MAX)));
    evidence.words = letters;
    evidence
}

/// Whether letters are written together with digits, or one letter beside them: `RAB123C`, `RAB 123 C`, `80k`, `4GB`. They are a code or a unit,
/// and in no language.
fn touches_digits(words: &Words<'_>, at: usize) -> bool {
    let touches = |a: usize, b: usize| {
        let (Some(a), Some(b)) = (words.get(a), words.get(b)) else { return false };
        let is_one_letter = words.folded(at).len() == 1;
        (a.end == b.start || is_one_letter) && (a.sort == Sort::Digits) != (b.sort == Sort::Digits)
    };
    at.checked_sub(1).is_some_and(|before| touches(before, at)) || touches(at, at + 1)
}

/// What accents and apostrophes say. Kinyarwanda and Swahili are written without accents; `l'` and `qu'` are French, `n'` and `y'` more
/// likely Kinyarwanda, `'s` and `'m` English.
fn of_signs(text: &str) -> [f32; 4] {
    let mut scores = [0.0; 4];
    let mut before = [' ', ' '];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let begins = |at: usize| !before[at].is_alphabetic();
        match c {
            'é' | 'è' | 'ê' | 'à' | 'â' | 'ç' | 'ù' | 'û' | 'î' | 'ï' | 'ô' | 'œ' | 'É' | 'È' | 'À' | 'Ç' => {
                scores[1] += 0.5
            }
            '\'' | '’' => {
                let last = before[1].to_ascii_lowercase();
                let after = chars.peek().map(char::to_ascii_lowercase);
                match (last, begins(0), after) {
                    (
                        'l' | 'd' | 'j' | 'c' | 'm' | 't' | 's',
                        true,
                        Some('a' | 'e' | 'i' | 'o' | 'u' | 'h' | 'y' | 'é' | 'ê' | 'à'),
                    ) => {
                        scores[1] += 0.6;
                    }
                    ('u', false, _) if before[0].eq_ignore_ascii_case(&'q') => scores[1] += 0.6,
                    ('n' | 'y' | 'k' | 'w' | 'z' | 'b', true, Some('a' | 'i' | 'u'))
                    | ('y' | 'w', false, Some('a' | 'i' | 'u')) => {
                        scores[2] += 0.5;
                    }
                    (_, false, Some('s' | 't' | 'm' | 'r' | 'v' | 'l')) => scores[0] += 0.3,
                    _ => {}
                }
            }
            _ => {}
        }
        before = [before[1], c];
    }
    scores
}

#[cfg(test)]
mod tests;
