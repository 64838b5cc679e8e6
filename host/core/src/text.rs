//! Words made comparable: folded (case, accents, apostrophes) and stemmed in each language.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// The languages that agents have keywords in.
pub const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

/// The words of a text, folded: lower case, without accents; `l'emploi` is two words.
pub fn fold(text: &str) -> Vec<String> {
    if text.is_ascii() {
        // Most texts are: nothing to take apart, and several times as fast.
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

/// Stems folded words in one language.
pub struct Stems(Option<Stemmer>);

impl Stems {
    /// For `en` and `fr` the Snowball algorithms; Kinyarwanda and Swahili change at the front of a word, which no stemmer
    /// at hand knows: their keywords name the forms that people write.
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
