//! Common words: those that name nothing, in four languages.

use std::{collections::HashSet, sync::LazyLock};

use crate::near::BuildShortHash;

type Set = HashSet<&'static str, BuildShortHash>;

/// The common words. The file's head explains its columns.
const COMMON: &str = include_str!("../../data/lexicon/common.tsv");

/// Of one language.
#[derive(Default)]
struct Verbs {
    begins: Set,
    verbs: Set,
}

impl Verbs {
    /// Whether a word is the form of a verb: something that a form begins with, and a verb.
    fn has(&self, word: &str) -> bool {
        let cuts = word.char_indices().skip(1).map(|(at, _)| word.split_at(at));
        cuts.into_iter().any(|(begin, verb)| self.verbs.contains(verb) && self.begins.contains(begin))
    }
}

struct Common {
    words: Set,
    /// Words that name something else.
    known: Set,
    /// Kinyarwanda and Swahili.
    verbs: [Verbs; 2],
}

static ALL: LazyLock<Common> = LazyLock::new(|| {
    let mut all = Common { words: Set::default(), known: Set::default(), verbs: [Verbs::default(), Verbs::default()] };
    for line in COMMON.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let (language, sort, words) = (cells.next(), cells.next(), cells.next().unwrap_or_default());
        let verbs = &mut all.verbs[usize::from(language == Some("sw"))];
        match sort {
            Some("begin") => verbs.begins.extend(words.split(' ')),
            Some("known") => all.known.extend(words.split(' ')),
            Some("verb") => verbs.verbs.extend(words.split(' ')),
            _ => all.words.extend(words.split(' ')),
        }
    }
    all
});

/// Whether a folded word names nothing: a function word, a courtesy, or the form of a common verb in one of the four languages.
pub fn is_common(folded: &str) -> bool {
    ALL.words.contains(folded) || ALL.verbs.iter().any(|verbs| verbs.has(folded))
}

/// Whether a folded word stands in the list of common words.
pub(super) fn is_listed(folded: &str) -> bool {
    ALL.words.contains(folded)
}

/// Whether a folded word is near a name and yet another word: it is not misspelt.
pub(super) fn is_known(folded: &str) -> bool {
    ALL.known.contains(folded)
}
