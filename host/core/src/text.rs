//! Texts: normalisation for matching (folding of case, accents and apostrophes, stemming by language), and what is blank, breaks a line or
//! cannot be stored.

use std::{borrow::Cow, collections::BTreeSet};

use icu_properties::{
    CodePointSetData,
    props::{BidiControl, DefaultIgnorableCodePoint},
};
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// The supported languages, as BCP 47 codes: of keywords, of the host's own texts, and of the preference `language`.
pub const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

/// What each of [`LANGUAGES`] is called in itself.
pub const LANGUAGE_NAMES: [&str; 4] = ["English", "Français", "Ikinyarwanda", "Kiswahili"];

/// The words of a text, folded: lower case, without accents; `l'emploi` is two words.
pub fn fold(text: &str) -> Vec<String> {
    if text.is_ascii() {
        // The fast path: most texts are ASCII.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        return words.map(str::to_ascii_lowercase).collect();
    }
    let plain: String = text
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The longest word that is stemmed and indexed, in characters; a longer one counts as its beginning. Postgres takes 2,704 bytes in an
/// index, and some languages write no spaces.
pub const WORD_CHARS_MAX: usize = 64;

/// The most stems of one text. Its other words are not found.
pub const STEMS_MAX: usize = 512;

/// The words of a text, folded and stemmed in English and in French: a word in either form finds the other. Sorted, each once; at most
/// [`STEMS_MAX`], the first of the text.
pub fn stems(text: &str) -> Vec<String> {
    let (english, french) = (Stemmer::create(Algorithm::English), Stemmer::create(Algorithm::French));
    let mut stems = BTreeSet::new();
    for mut word in fold(text) {
        if let Some((end, _)) = word.char_indices().nth(WORD_CHARS_MAX) {
            word.truncate(end);
        }
        if word.chars().nth(1).is_some() {
            stems.insert(french.stem(&english.stem(&word)).into_owned());
        }
        if stems.len() == STEMS_MAX {
            break;
        }
    }
    stems.into_iter().collect()
}

/// Whether a person sees nothing of a text: it has only white space and characters that are shown as nothing
/// (`Default_Ignorable_Code_Point`), such as a zero-width space.
pub fn is_blank(text: &str) -> bool {
    let ignored = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().all(|c| c.is_whitespace() || ignored.contains(c))
}

/// Whether a character can break or reorder a line of a log: control characters, line separators and marks of direction.
pub fn breaks_lines(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || (!c.is_ascii() && CodePointSetData::new::<BidiControl>().contains(c))
}

/// A text on one line, for logs: a space in place of each character that [breaks lines](breaks_lines).
pub fn one_line(text: &str) -> Cow<'_, str> {
    match text.contains(breaks_lines) {
        true => Cow::Owned(text.chars().map(|c| if breaks_lines(c) { ' ' } else { c }).collect()),
        false => Cow::Borrowed(text),
    }
}

/// A text without NULs and without `\u0000`, which no text of Postgres may have, and no JSON there; none if it has neither. Where a
/// backslash stands before that of `\u0000`, somebody wrote `u0000`, and it stays.
pub fn without_nul(text: &str) -> Option<String> {
    if !text.contains('\0') {
        return without_escaped_nul(text);
    }
    let text = text.replace('\0', "");
    Some(without_escaped_nul(&text).unwrap_or(text))
}

/// A NUL as JSON writes it.
const ESCAPED_NUL: &[u8; 6] = b"\\u0000";

/// A JSON text without `\u0000`; none if it has none.
pub fn without_escaped_nul(text: &str) -> Option<String> {
    text.contains("\\u0000").then(|| kept(text.chars(), text.len()))
}

/// The characters but those of each `\u0000`. Looks at each once.
fn kept(chars: impl Iterator<Item = char>, capacity: usize) -> String {
    let mut kept = String::with_capacity(capacity);
    // How much of `\u0000` stands before.
    let mut seen = 0;
    for c in chars {
        if u32::from(c) == u32::from(ESCAPED_NUL[seen]) {
            seen = (seen + 1) % ESCAPED_NUL.len();
            continue;
        }
        kept.extend(ESCAPED_NUL[..seen].iter().copied().map(char::from));
        // Behind a backslash alone stands what it escapes, another one too.
        seen = usize::from(c == '\\' && seen != 1);
        if seen == 0 {
            kept.push(c);
        }
    }
    kept.extend(ESCAPED_NUL[..seen].iter().copied().map(char::from));
    kept
}

/// A stemmer of folded words in one language.
pub struct Stems(Option<Stemmer>);

impl Stems {
    /// The Snowball stemmer for `en` and `fr`. Kinyarwanda and Swahili inflect at the front of a word and have no
    /// stemmer: their keywords list the forms that people write.
    pub fn of(language: &str) -> Stems {
        Stems(match language {
            "en" => Some(Stemmer::create(Algorithm::English)),
            "fr" => Some(Stemmer::create(Algorithm::French)),
            _ => None,
        })
    }

    /// The stem of a folded word.
    pub fn of_word(&self, word: &str) -> String {
        self.0.as_ref().map_or_else(|| word.to_owned(), |stemmer| stemmer.stem(word).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_goes_and_what_somebody_wrote_stays() {
        for (text, kept) in [
            ("a\0b", Some("ab")),
            (r#"{"a":"x\u0000\u0000y"}"#, Some(r#"{"a":"xy"}"#)),
            (r#"{"a":"x\\u0000y"}"#, Some(r#"{"a":"x\\u0000y"}"#)),
            (r#"{"a":"x\\\u0000y"}"#, Some(r#"{"a":"x\\y"}"#)),
            (r"\u00\u0000\u0000\u", Some(r"\u00\u")),
            (r"\u00\\u0000", Some(r"\u00\\u0000")),
            ("\0\\u0000\0", Some("")),
            (r"\u0001", None),
            ("", None),
        ] {
            assert_eq!(without_nul(text).as_deref(), kept, "{text:?}");
        }
    }

    #[test]
    fn each_character_is_looked_at_once_however_many_nuls_there_are() {
        for text in ["\\u0000".repeat(50_000), "\\\\u0000\\u00".repeat(20_000)] {
            let mut looks = 0;
            kept(text.chars().inspect(|_| looks += 1), 0);
            assert_eq!(looks, text.chars().count());
        }
    }

    #[test]
    fn long_words_and_many_words_are_cut() {
        let chinese = "\u{8d29}\u{5356}\u{6c99}\u{53d1}".repeat(300);
        let stems_of = stems(&chinese);
        assert_eq!(stems_of.len(), 1);
        assert_eq!(stems_of[0].chars().count(), WORD_CHARS_MAX);
        let many: String = (0..5_000).map(|n| format!("word{n} ")).collect();
        assert_eq!(stems(&many).len(), STEMS_MAX);
        // One character grows to eighteen.
        assert!(stems(&"\u{fdfa}".repeat(500)).iter().all(|stem| stem.chars().count() <= WORD_CHARS_MAX));
        assert_eq!(stems("sofas et sofa"), ["et", "sof"]);
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        for blank in ["", " \n\t", "\u{200b}", "\u{2060}\u{200e} \u{ad}", "\u{3164}\u{fe0f}", "\u{e0020}\u{180e}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "\u{200b}.\u{200b}", "👍\u{fe0f}", "0", "\u{627}\u{200f}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn a_line_of_a_log_stays_one_line_in_its_order() {
        assert_eq!(one_line("a\nb\r\u{2028}c\u{2029}d\u{202e}e\u{2066}f\u{85}g\u{1b}[0m"), "a b  c d e f g [0m");
        assert!(matches!(one_line("plain, é, 日本"), Cow::Borrowed(_)));
    }
}
