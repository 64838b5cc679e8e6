//! Text normalisation for matching: folding (case, accents, apostrophes) and stemming by language.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// The supported languages, as BCP 47 codes: of keywords, of the host's own texts, and of the preference `language`.
pub const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

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

/// The words of a text, folded and stemmed in English and in French: a word in either form finds the other.
pub fn stems(text: &str) -> Vec<String> {
    let (english, french) = (Stemmer::create(Algorithm::English), Stemmer::create(Algorithm::French));
    let words = fold(text).into_iter().filter(|word| word.chars().count() > 1);
    let mut stems: Vec<String> = words.map(|word| french.stem(&english.stem(&word)).into_owned()).collect();
    stems.sort();
    stems.dedup();
    stems
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
