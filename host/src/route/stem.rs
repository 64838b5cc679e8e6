//! Words made comparable: folded (case, accents, apostrophes) and stemmed in each language.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// The languages that agents have keywords in.
pub(super) const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

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

/// Stems folded words in one language.
pub(super) struct Stems {
    stemmer: Option<Stemmer>,
    /// People use few words, and looking one up costs a tenth of stemming it.
    known: Mutex<HashMap<String, String>>,
}

/// Words remembered in each language; then they are forgotten all at once.
const KNOWN_MAX: usize = 20_000;

impl Stems {
    /// For `en` and `fr` the Snowball algorithms; Kinyarwanda and Swahili change at the front of a word, which no stemmer
    /// at hand knows: their keywords name the forms that people write.
    pub(super) fn of(language: &str) -> Stems {
        let stemmer = match language {
            "en" => Some(Stemmer::create(Algorithm::English)),
            "fr" => Some(Stemmer::create(Algorithm::French)),
            _ => None,
        };
        Stems { stemmer, known: Mutex::default() }
    }

    /// The stems of folded words.
    pub(super) fn of_words(&self, words: &[String]) -> Vec<String> {
        let Some(stemmer) = &self.stemmer else { return words.to_vec() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > KNOWN_MAX {
            known.clear();
        }
        let mut stem = |word: &String| match known.get(word) {
            Some(stem) => stem.clone(),
            None => known.entry(word.clone()).or_insert_with(|| stemmer.stem(word).into_owned()).clone(),
        };
        words.iter().map(&mut stem).collect()
    }
}
