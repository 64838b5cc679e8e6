//! Language detection for a first message, by frequent words that only one of the supported languages has.

use std::{collections::HashMap, sync::LazyLock};

use switchboard_core::text::fold;

/// Frequent words by language. Words that two languages share are left out.
const WORDS: [(&str, &[&str]); 4] = [
    (
        "en",
        &[
            "the", "i", "am", "is", "are", "you", "want", "need", "looking", "for", "to", "hello", "hi", "good", "my",
            "have", "with", "how", "what", "where", "please", "help", "buy", "sell",
        ],
    ),
    (
        "fr",
        &[
            "le", "la", "les", "un", "une", "des", "je", "j", "suis", "cherche", "veux", "voudrais", "bonjour",
            "salut", "bonsoir", "pour", "avec", "mon", "ma", "est", "vous", "comment", "quoi", "besoin", "merci",
            "aide", "vendre", "acheter",
        ],
    ),
    (
        "rw",
        &[
            "muraho",
            "mwaramutse",
            "mwiriwe",
            "ndashaka",
            "nshaka",
            "ndagurisha",
            "akazi",
            "inzu",
            "gukodesha",
            "kugura",
            "kugurisha",
            "murakoze",
            "amakuru",
            "yego",
            "oya",
            "mu",
            "ese",
            "nifuza",
            "bite",
        ],
    ),
    (
        "sw",
        &[
            "habari",
            "jambo",
            "nataka",
            "natafuta",
            "ninatafuta",
            "naomba",
            "kazi",
            "nyumba",
            "kununua",
            "kuuza",
            "asante",
            "ndiyo",
            "hapana",
            "mambo",
            "tafadhali",
            "shikamoo",
            "nahitaji",
        ],
    ),
];

/// The index of a word's language in [`WORDS`].
static LANGUAGE_OF: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let words = WORDS.iter().enumerate().flat_map(|(n, (_, words))| words.iter().map(move |word| (*word, n)));
    words.collect()
});

/// Detects the language with the most words in a text; none if there is no single best.
pub fn recognise(text: &str) -> Option<&'static str> {
    let mut counts = WORDS.map(|(language, _)| (0, language));
    for language in fold(text).iter().filter_map(|word| LANGUAGE_OF.get(word.as_str())) {
        counts[*language].0 += 1;
    }
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    (counts[0].0 > counts[1].0).then_some(counts[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_tell() {
        let cases = [
            ("I need a job", Some("en")),
            ("Bonjour, je cherche un appartement", Some("fr")),
            ("Muraho, nshaka akazi", Some("rw")),
            ("Habari, natafuta kazi", Some("sw")),
            ("iPhone 12", None),
            ("👍", None),
        ];
        for (text, language) in cases {
            assert_eq!(recognise(text), language, "{text}");
        }
    }
}
