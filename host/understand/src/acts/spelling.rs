//! The words of phrases as numbers, and the numbers of a text's words: as they are written, by what they begin with, or with a letter wrong.

use std::collections::HashMap;

use super::verbs::{self, Says, Tongue};
use crate::{
    near::{BuildShortHash, Hashes, Table},
    words::{Sort, Words},
};

/// The shortest word in which a wrong letter is forgiven.
const FORGIVEN_FROM: usize = 6;

/// The letters of the shortest beginning.
const BEGINNING_MIN: usize = 3;

/// The numbers of a word: itself, the beginnings that it has, and the verbs that it is a form of. 0 is none.
pub(super) type Numbers = [u32; 6];

/// A verb in phrases: its language, what is demanded of a form, and its number.
type Verb = (Tongue, Says, u32);

/// What words begin with, and its number.
type Beginning = (Box<str>, u32);

/// What stands for a number in digits.
const DIGITS: &str = "#";

/// See the module.
pub(super) struct Spelling {
    words: HashMap<Box<str>, u32, BuildShortHash>,
    /// By their first letters, the shortest first.
    beginnings: HashMap<[u8; BEGINNING_MIN], Vec<Beginning>, BuildShortHash>,
    spelled: Vec<Box<str>>,
    /// By their stems.
    verbs: HashMap<Box<str>, Vec<Verb>, BuildShortHash>,
    /// The bytes of the shortest stem.
    stem_min: usize,
    /// The words by their hashes.
    whole: Table,
    /// By the hashes of the words without one of their letters: those in which a wrong letter is forgiven.
    less_one: Table,
    /// The bytes of the longest word.
    longest: usize,
}

impl Spelling {
    pub(super) fn new() -> Spelling {
        Spelling {
            words: HashMap::default(),
            beginnings: HashMap::default(),
            spelled: vec!["".into()],
            verbs: HashMap::default(),
            stem_min: usize::MAX,
            whole: Table::default(),
            less_one: Table::default(),
            longest: 0,
        }
    }

    /// The number of a word, or of what words begin with; a new one if it has none.
    pub(super) fn number(&mut self, word: &str, begins: bool) -> u32 {
        let next = self.spelled.len() as u32;
        if !begins {
            if let Some(known) = self.words.get(word) {
                return *known;
            }
            self.words.insert(word.into(), next);
            self.spelled.push(word.into());
            return next;
        }
        let Some(first) = first(word) else { return self.number(word, false) };
        let same = self.beginnings.entry(first).or_default();
        if let Some((_, known)) = same.iter().find(|(known, _)| &**known == word) {
            return *known;
        }
        same.push((word.into(), next));
        same.sort_by_key(|(known, _)| known.len());
        self.spelled.push("".into());
        next
    }

    /// A word of a phrase as rows of numbers: as it is, and joined where an apostrophe parts it (`don't`, `dont`).
    pub(super) fn rows_of(&mut self, word: &str) -> Vec<Vec<u32>> {
        let (begins, word) = word.strip_suffix('*').map_or((false, word), |rest| (true, rest));
        if word == DIGITS {
            return vec![vec![self.number(word, false)]];
        }
        let folded = Words::of(word);
        let parts: Vec<String> = (0..folded.len()).map(|at| folded.folded(at).to_owned()).collect();
        let joined = (parts.len() > 1 && word.contains('\'')).then(|| vec![parts.concat()]);
        let number = |row: Vec<String>| {
            let last = row.len().saturating_sub(1);
            row.iter().enumerate().map(|(n, part)| self.number(part, begins && n == last)).collect()
        };
        joined.into_iter().chain([parts]).map(number).collect()
    }

    /// The number of a verb: of all its forms that say what is demanded.
    pub(super) fn verb(&mut self, stem: &str, tongue: Tongue, demanded: Says) -> u32 {
        let next = self.spelled.len() as u32;
        self.stem_min = self.stem_min.min(stem.len());
        let same = self.verbs.entry(stem.into()).or_default();
        if let Some((.., known)) = same.iter().find(|it| (it.0, it.1) == (tongue, demanded)) {
            return *known;
        }
        same.push((tongue, demanded, next));
        self.spelled.push("".into());
        next
    }

    /// Makes the tables of wrong letters, once all words are known.
    pub(super) fn finish(&mut self) {
        let hash = |word: &str| Hashes::of(word.as_bytes()).map(|hashes| hashes.whole);
        let (mut whole, mut less) = (Vec::new(), Vec::new());
        for (number, word) in (0_u32..).zip(&self.spelled).filter(|(_, word)| word.len() >= FORGIVEN_FROM) {
            self.longest = self.longest.max(word.len());
            whole.extend(hash(word).map(|hash| (hash, number)));
            less.extend(less_one(word).filter_map(|it| hash(&it)).map(|hash| (hash, number)));
        }
        (self.whole, self.less_one) = (Table::of(whole), Table::of(less));
    }

    /// The numbers of a word of a text, and whether a letter of it is wrong. In a name no letter is.
    pub(super) fn numbers(&self, word: &str, sort: Sort, is_name: bool) -> (Numbers, bool) {
        let own = self.words.get(word).copied();
        if sort == Sort::Digits {
            return ([self.words.get(DIGITS).copied().unwrap_or(0), own.unwrap_or(0), 0, 0, 0, 0], false);
        }
        let mut numbers = Numbers::default();
        let mut next = 0;
        if sort == Sort::Letters
            && let Some(known) = first(word).and_then(|first| self.beginnings.get(&first))
        {
            for (_, number) in known.iter().filter(|(begin, _)| word.starts_with(&**begin)).take(3) {
                numbers[next] = *number;
                next += 1;
            }
        }
        let meant =
            if own.is_none() && next == 0 && sort == Sort::Letters && !is_name { self.meant(word) } else { None };
        if let Some(own) = own.or(meant) {
            numbers[next] = own;
            next += 1;
        }
        if sort == Sort::Letters && !self.verbs.is_empty() {
            verbs::forms(word, self.stem_min, |stem, says| {
                for (tongue, demanded, number) in self.verbs.get(stem).into_iter().flatten() {
                    let says = says(*tongue);
                    if says != 0 && verbs::fits(says, *demanded) && next < numbers.len() && !numbers.contains(number) {
                        numbers[next] = *number;
                        next += 1;
                    }
                }
            });
        }
        (numbers, meant.is_some())
    }

    /// The word that was meant by one with stretched letters or one wrong letter.
    fn meant(&self, word: &str) -> Option<u32> {
        let short = [1, 2].into_iter().filter_map(|keep| without_stretches(word, keep));
        if let Some(number) = short.filter_map(|short| self.words.get(short.as_str()).copied()).next() {
            return Some(number);
        }
        if !(FORGIVEN_FROM..=self.longest + 1).contains(&word.len()) || !word.is_ascii() {
            return None;
        }
        let hashes = Hashes::of(word.as_bytes())?;
        let near = |number: &u32| {
            let known = &self.spelled[*number as usize];
            known.as_bytes().first() == word.as_bytes().first() && strsim::osa_distance(known, word) <= 1
        };
        // The first letter is right.
        let without = || hashes.without().iter().skip(1).copied();
        let mut longer = without().flat_map(|hash| self.whole.get(hash));
        let mut others = std::iter::once(hashes.whole).chain(without()).flat_map(|hash| self.less_one.get(hash));
        longer.find(near).or_else(|| others.find(near))
    }

    /// How many words and beginnings there are, and one that is none.
    pub(super) fn len(&self) -> usize {
        self.spelled.len()
    }
}

/// The bytes that a beginning is looked up by.
fn first(word: &str) -> Option<[u8; BEGINNING_MIN]> {
    word.as_bytes().first_chunk().copied()
}

/// A word without each of its letters but the first.
fn less_one(word: &str) -> impl Iterator<Item = String> {
    word.char_indices().skip(1).map(|(at, c)| {
        let mut less = word.to_owned();
        less.replace_range(at..at + c.len_utf8(), "");
        less
    })
}

/// A word with each stretch of the same letter cut to so many; none if it has no stretch of three.
fn without_stretches(word: &str, keep: usize) -> Option<String> {
    if !word.as_bytes().windows(3).any(|three| three[0] == three[1] && three[1] == three[2]) && word.is_ascii() {
        return None;
    }
    let (mut short, mut run, mut last, mut stretched) = (String::with_capacity(word.len()), 0, None, false);
    for c in word.chars() {
        run = if last == Some(c) { run + 1 } else { 1 };
        stretched |= run > 2;
        last = Some(c);
        if run <= keep {
            short.push(c);
        }
    }
    stretched.then_some(short)
}
