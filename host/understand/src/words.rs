//! A text as words that know where they stand: folded, with digits of all scripts as ASCII digits.

use switchboard_core::contract::readings::{Meaning, Reading};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word, a number or a sign of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without accents; digits of any script as ASCII digits.
    pub folded: String,
    /// The place of its first byte in the text.
    pub start: usize,
    /// The place after its last byte.
    pub end: usize,
    /// Whether white space or the text's beginning stands before it.
    pub after_space: bool,
    /// What sort it is.
    pub sort: Sort,
}

/// A sort of word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Letters.
    Letters,
    /// Digits of any script.
    Digits,
    /// One character that is neither: a sign or an emoji. A line break is `\n`.
    Sign,
}

/// The words of a text.
#[derive(Clone, Debug)]
pub struct Words<'t> {
    /// The text as it was written.
    pub text: &'t str,
    all: Vec<Word>,
    /// The places in `all` of the words that are letters or digits.
    spoken: Vec<usize>,
}

impl<'t> Words<'t> {
    /// Cuts a text into words. `80k` is `80` and `k`; `l'emploi` is `l`, `'` and `emploi`.
    pub fn of(text: &'t str) -> Words<'t> {
        let mut all: Vec<Word> = Vec::with_capacity(text.len() / 4 + 4);
        let mut after_space = true;
        for (start, c) in text.char_indices() {
            let end = start + c.len_utf8();
            if c == '\n' || !c.is_whitespace() {
                push(&mut all, c, start, end, after_space);
            }
            after_space = c.is_whitespace();
        }
        let spoken = (0..all.len()).filter(|at| all[*at].sort != Sort::Sign).collect();
        Words { text, all, spoken }
    }

    /// All words and signs.
    pub fn all(&self) -> &[Word] {
        &self.all
    }

    /// How many words of letters or digits there are.
    pub fn len(&self) -> usize {
        self.spoken.len()
    }

    /// Whether there is no word of letters or digits.
    pub fn is_empty(&self) -> bool {
        self.spoken.is_empty()
    }

    /// A word of letters or digits, by its place among those; signs are passed over.
    pub fn get(&self, at: usize) -> Option<&Word> {
        self.spoken.get(at).map(|at| &self.all[*at])
    }

    /// The folded letters or digits of a word, by its place among those; empty beyond the end.
    pub fn folded(&self, at: usize) -> &str {
        self.get(at).map_or("", |word| &word.folded)
    }

    /// Whether these folded words stand at a place, whatever signs are between them.
    pub fn starts_with(&self, at: usize, folded: &[String]) -> bool {
        folded.iter().enumerate().all(|(n, word)| self.folded(at + n) == word)
    }

    /// A reading of the words from one place to another (exclusive), counted as by [`Words::get`].
    pub fn reading(&self, from: usize, to: usize, meaning: Meaning, unsure: bool) -> Reading {
        let start = self.get(from).map_or(self.text.len(), |word| word.start);
        let end = to.checked_sub(1).and_then(|last| self.get(last)).map_or(start, |word| word.end);
        Reading { start: place(start), end: place(end.max(start)), meaning, unsure }
    }

    /// A reading of a sign, by its place in [`Words::all`].
    pub fn reading_of_sign(&self, at: usize, meaning: Meaning) -> Reading {
        let (start, end) = self.all.get(at).map_or((self.text.len(), self.text.len()), |word| (word.start, word.end));
        Reading { start: place(start), end: place(end), meaning, unsure: false }
    }
}

/// A place in a text as readings have it.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Adds a character to the words: to the last one if it goes on with it.
fn push(all: &mut Vec<Word>, c: char, start: usize, end: usize, after_space: bool) {
    if c.is_ascii() {
        return add(all, c.to_ascii_lowercase(), start, end, after_space);
    }
    if is_combining_mark(c) || is_shown_as_nothing(c) {
        if let Some(last) = all.last_mut().filter(|last| last.end == start) {
            last.end = end;
        }
        return;
    }
    if is_fraction(c) {
        all.push(Word { folded: c.to_string(), start, end, after_space, sort: Sort::Sign });
        return;
    }
    // `m²` is one word.
    if let (Some(power), Some(last)) = (power(c), all.last_mut())
        && last.sort == Sort::Letters
        && last.end == start
    {
        last.folded.push(power);
        last.end = end;
        return;
    }
    for (n, c) in std::iter::once(c).nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)).enumerate()
    {
        add(all, c, start, end, n == 0 && after_space);
    }
}

/// Adds a folded character, which may begin a word.
fn add(all: &mut Vec<Word>, c: char, start: usize, end: usize, begins: bool) {
    let (c, sort) = match digit(c) {
        Some(digit) => (digit, Sort::Digits),
        None if c.is_alphabetic() => (c, Sort::Letters),
        None => (c, Sort::Sign),
    };
    match all.last_mut() {
        Some(last) if last.sort == sort && sort != Sort::Sign && last.end >= start && !begins => {
            last.folded.push(c);
            last.end = end;
        }
        _ if c.is_whitespace() && c != '\n' => {}
        _ => all.push(Word { folded: c.to_string(), start, end, after_space: begins, sort }),
    }
}

/// The ASCII digit of a decimal digit of any script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    // The decimal digits of a script stand in a row of ten; zeros of the scripts that phones here can write.
    const ZEROS: [u32; 14] = [
        0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x1040,
    ];
    let code = u32::from(c);
    let value = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// A fraction that is one character: it does not go on with the digits before it.
fn is_fraction(c: char) -> bool {
    matches!(c, '¼'..='¾' | '⅓' | '⅔')
}

/// The digit of a power of a unit.
fn power(c: char) -> Option<char> {
    match c {
        '²' => Some('2'),
        '³' => Some('3'),
        _ => None,
    }
}

/// A variation selector, a joiner, a keycap's ring: a sign that changes only how the one before it looks.
fn is_shown_as_nothing(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{200b}'..='\u{200f}' | '\u{20e3}' | '\u{2060}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        Words::of(text).all().iter().map(|word| word.folded.clone()).collect()
    }

    #[test]
    fn words_are_folded_and_know_where_they_stand() {
        assert_eq!(folded("80k à Kimironko"), ["80", "k", "a", "kimironko"]);
        assert_eq!(folded("l'emploi\nÉté"), ["l", "'", "emploi", "\n", "ete"]);
        assert_eq!(folded("75,000/="), ["75", ",", "000", "/", "="]);
        let text = "Té 5é";
        for word in Words::of(text).all() {
            assert!(text.get(word.start..word.end).is_some());
        }
        let words = Words::of("in  New York, now");
        assert_eq!((words.len(), words.folded(2), words.folded(9)), (4, "york", ""));
        assert!(words.starts_with(1, &["new".to_owned(), "york".to_owned()]));
    }

    #[test]
    fn digits_of_all_scripts_are_digits() {
        for text in ["٣", "۳", "３", "③", "3️⃣", "३", "³"] {
            assert_eq!(folded(text), ["3"], "{text}");
        }
        assert_eq!(folded("١٥٠٠"), ["1500"]);
    }

    #[test]
    fn any_text_is_cut_between_characters() {
        for text in ["", " ", "\u{301}", "a\u{301}\u{fe0f}", "½kg", "ﷺ", "👍🏽", "\u{200b}x"] {
            for word in Words::of(text).all() {
                assert!(text.get(word.start..word.end).is_some(), "{text:?} {word:?}");
            }
        }
    }
}
