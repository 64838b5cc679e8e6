//! The index of names: hash look-ups of whole names, and of deletions where a letter is wrong.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::{common, entry::Concept, inflect};
use crate::{
    near::{BuildShortHash, Hashes, Table},
    words::{Sort, Words},
};

/// Words of fewer letters are never taken for misspelt.
const MISSPELT_LETTERS_MIN: usize = 5;

/// Longer words are taken as they are: each letter costs a look-up.
const MISSPELT_LETTERS_MAX: usize = 24;

/// In words of fewer letters the first one is right.
const FIRST_RIGHT_BELOW: usize = 8;

/// From so many letters on, any letter may be wrong.
const ANY_LETTER_FROM: usize = 8;

/// Words of the gazetteer: a place is not misspelt.
static PLACES: LazyLock<HashSet<String, BuildShortHash>> = LazyLock::new(|| {
    let lines = include_str!("../../data/places.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split('\t').take(2)).flat_map(switchboard_core::text::fold).collect()
});

/// What a name stands for.
#[derive(Debug, Default)]
struct Named {
    concepts: Vec<u32>,
    /// Which languages have it, a bit each in the order of [`LANGUAGES`](switchboard_core::text::LANGUAGES).
    languages: u8,
    /// Whether a word may be this name misspelt: not for class forms, which are near too many words.
    may_be_misspelt: bool,
    /// For a name that is a common word but for its accents (`maïs`): how it must be written.
    written: Option<String>,
}

/// A name found in a text, with the places of its concepts.
pub(super) struct Found<'i> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) concepts: &'i [u32],
    pub(super) misspelt: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: HashMap<String, usize, BuildShortHash>,
    /// By the folded words, with blanks between.
    names: HashMap<String, Named, BuildShortHash>,
    /// How many words the longest name has that begins with a word.
    longest: HashMap<String, usize, BuildShortHash>,
    /// Names of one word that may be misspelt.
    singles: Vec<String>,
    /// The places in `singles` by the hashes of those with one letter or none left out.
    deletions: Table,
}

impl Index {
    pub(super) fn of(concepts: &[Concept]) -> Index {
        let mut index = Index::default();
        let mut forms = Vec::new();
        for (at, concept) in concepts.iter().enumerate() {
            index.ids.entry(concept.id.clone()).or_insert(at);
            let is_person = matches!(concept.kind.as_str(), "trade" | "role");
            for (language, names) in concept.names.iter().enumerate() {
                for name in names {
                    let words = folded(name);
                    index.add(&words, at, language, Some(name));
                    forms.extend(inflect::forms(&words, language, is_person).into_iter().map(|it| (it, at, language)));
                }
            }
        }
        // A form that is a listed name stands for what lists it.
        forms.retain(|(words, ..)| !index.names.contains_key(&words.join(" ")));
        for (words, at, language) in forms {
            if !(words.len() == 1 && common::is_common(&words[0])) {
                index.add(&words, at, language, None);
            }
        }
        index.delete();
        index
    }

    /// Adds a name, as it is written if it is listed.
    fn add(&mut self, words: &[String], concept: usize, language: usize, written: Option<&str>) {
        let (Some(first), Ok(at)) = (words.first(), u32::try_from(concept)) else { return };
        let longest = self.longest.entry(first.clone()).or_default();
        *longest = words.len().max(*longest);
        let named = self.names.entry(words.join(" ")).or_default();
        named.languages |= 1 << language;
        named.may_be_misspelt |= written.is_some() || language <= inflect::FRENCH;
        if !named.concepts.contains(&at) {
            named.concepts.push(at);
        }
        let is_accented =
            |written: &&str| words.len() == 1 && common::is_listed(first) && written.to_lowercase() != *first;
        if let Some(written) = written.filter(is_accented) {
            named.written = Some(written.to_lowercase());
        }
    }

    /// Makes the index of deletions.
    fn delete(&mut self) {
        let may_be_misspelt = |(name, named): &(&String, &Named)| {
            named.may_be_misspelt
                && name.bytes().all(|c| c.is_ascii_lowercase())
                && (MISSPELT_LETTERS_MIN..=MISSPELT_LETTERS_MAX).contains(&name.len())
                && !common::is_listed(name)
        };
        self.singles = self.names.iter().filter(may_be_misspelt).map(|(name, _)| name.clone()).collect();
        self.singles.sort_unstable();
        let mut deletions = Vec::new();
        for (place, name) in self.singles.iter().enumerate() {
            let Ok(place) = u32::try_from(place) else { break };
            deletions.extend(left(name).map(|hash| (hash, place)));
        }
        self.deletions = Table::of(deletions);
    }

    pub(super) fn by_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// The names in a text.
    pub(super) fn find(&self, words: &Words<'_>) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        let mut name = String::new();
        let mut at = 0;
        while at < words.len() {
            let hit = self.listed(words, at, &mut name).or_else(|| self.inflected(words, at));
            let hit = hit.or_else(|| self.misspelt(words, at));
            at = hit.as_ref().map_or(at + 1, |hit| hit.to);
            found.extend(hit);
        }
        found
    }

    /// The longest name that begins at a word. `name` is room to work in.
    fn listed(&self, words: &Words<'_>, at: usize, name: &mut String) -> Option<Found<'_>> {
        let most = *self.longest.get(words.folded(at))?;
        let together = (1..most).take_while(|n| is_one_phrase(words, at + n)).count() + 1;
        for n in (1..=together).rev() {
            name.clear();
            for word in at..at + n {
                if word > at {
                    name.push(' ');
                }
                name.push_str(words.folded(word));
            }
            let Some(named) = self.names.get(name.as_str()) else { continue };
            if n > 1 || !common::is_listed(name) || is_written(words, at, named.written.as_deref()) {
                return Some(Found { from: at, to: at + n, concepts: &named.concepts, misspelt: false });
            }
        }
        None
    }

    /// A name of one word behind a particle, or in the locative.
    fn inflected(&self, words: &Words<'_>, at: usize) -> Option<Found<'_>> {
        let word = words.get(at).filter(|word| word.sort == Sort::Letters)?;
        let (named, _) = inflect::bare(&word.folded)
            .filter_map(|(language, bare)| Some((self.names.get(bare)?, language)))
            .find(|(named, language)| named.languages & 1 << language != 0)?;
        if common::is_common(&word.folded) {
            return None;
        }
        Some(Found { from: at, to: at + 1, concepts: &named.concepts, misspelt: false })
    }

    /// A name of one word with one letter wrong, if no other concept has such a name and the word is no word of its own.
    fn misspelt(&self, words: &Words<'_>, at: usize) -> Option<Found<'_>> {
        let word = words.get(at).filter(|word| word.sort == Sort::Letters)?.folded.as_str();
        if !(MISSPELT_LETTERS_MIN..=MISSPELT_LETTERS_MAX).contains(&word.len())
            || !word.bytes().all(|c| c.is_ascii_lowercase())
            || self.longest.contains_key(word)
        {
            return None;
        }
        let mut concepts: Option<&[u32]> = None;
        for hash in left(word) {
            let same = self.deletions.get(hash);
            for name in same.filter_map(|place| self.singles.get(place as usize)) {
                if !may_be_meant(name, word) {
                    continue;
                }
                let near = self.names.get(name)?;
                if concepts.is_some_and(|known| known != near.concepts) {
                    return None;
                }
                concepts = Some(&near.concepts);
            }
        }
        let concepts =
            concepts.filter(|_| !common::is_common(word) && !common::is_known(word) && !PLACES.contains(word))?;
        Some(Found { from: at, to: at + 1, concepts, misspelt: true })
    }
}

/// Whether a word is a name with one letter wrong. Another last letter is another form or another word, but for an `e` that is not heard. In
/// short words only such letters count as wrong as people take for each other.
fn may_be_meant(name: &str, word: &str) -> bool {
    let (a, b) = (name.as_bytes(), word.as_bytes());
    let is_begun_alike = a.first() == b.first() || word.len() >= FIRST_RIGHT_BELOW;
    let is_ended_alike = a.last() == b.last() || name.strip_suffix('e') == Some(word);
    if !is_begun_alike || !is_ended_alike || strsim::osa_distance(name, word) > 1 {
        return false;
    }
    let apart = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let (wrong, right) = (b.get(apart).copied(), a.get(apart).copied());
    match (a.len().max(b.len()) >= ANY_LETTER_FROM, a.len() == b.len()) {
        (true, _) => true,
        // Two letters in the wrong order, or one for another.
        (false, true) => b.get(apart + 1) != a.get(apart + 1) || wrong.zip(right).is_some_and(|(a, b)| is_near(a, b)),
        // A letter left out or added, doubled ones too.
        (false, false) => {
            let more = if a.len() > b.len() { a } else { b };
            let before = apart.checked_sub(1).and_then(|at| more.get(at));
            more.get(apart).is_some_and(|c| is_vowel(*c) || Some(c) == before) && more.len() > MISSPELT_LETTERS_MIN
        }
    }
}

/// Whether people take one letter for another: vowels, `l` and `r`, and letters that sound alike.
fn is_near(a: u8, b: u8) -> bool {
    const ALIKE: [&[u8]; 8] = [b"lr", b"szcx", b"ckq", b"iyj", b"bv", b"fv", b"dt", b"gj"];
    (is_vowel(a) && is_vowel(b)) || ALIKE.iter().any(|all| all.contains(&a) && all.contains(&b))
}

/// Whether a letter is a vowel.
fn is_vowel(c: u8) -> bool {
    matches!(c, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// The folded words of a name.
fn folded(name: &str) -> Vec<String> {
    let words = Words::of(name);
    (0..words.len()).map(|at| words.folded(at).to_owned()).collect()
}

/// Whether a word goes on with the one before it: only blanks, apostrophes, hyphens or nothing between.
fn is_one_phrase(words: &Words<'_>, at: usize) -> bool {
    let (Some(before), Some(word)) = (words.get(at.wrapping_sub(1)), words.get(at)) else { return false };
    let between = words.text.get(before.end..word.start).unwrap_or_default();
    between.chars().all(|c| matches!(c, ' ' | '\u{a0}' | '\'' | '\u{2019}' | '\u{2018}' | '`' | '-' | '\u{2011}'))
}

/// Whether a word stands in the text as it must be written.
fn is_written(words: &Words<'_>, at: usize, written: Option<&str>) -> bool {
    let (Some(word), Some(written)) = (words.get(at), written) else { return false };
    words.text.get(word.start..word.end).is_some_and(|word| word.to_lowercase() == written)
}

/// The hashes of a word and of what is left when one letter is left out.
fn left(word: &str) -> impl Iterator<Item = u64> {
    let hashes = Hashes::of(word.as_bytes());
    hashes.into_iter().flat_map(|hashes| {
        (0..=hashes.without().len()).map(move |at| *hashes.without().get(at).unwrap_or(&hashes.whole))
    })
}
