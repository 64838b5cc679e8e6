//! Phrases: patterns of words, from the files below `data/acts`, and how they are matched.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use switchboard_core::text::LANGUAGES;

use super::Act;
use crate::words::{Sort, Words};

/// The files of acts, with what all share first.
const ACTS: [&str; 8] = [
    include_str!("../../data/acts/words.tsv"),
    include_str!("../../data/acts/clauses.tsv"),
    include_str!("../../data/acts/answers.tsv"),
    include_str!("../../data/acts/courtesies.tsv"),
    include_str!("../../data/acts/danger.tsv"),
    include_str!("../../data/acts/people.tsv"),
    include_str!("../../data/acts/notices.tsv"),
    include_str!("../../data/acts/wishes.tsv"),
];

/// The file of deeds.
const DEEDS: [&str; 1] = [include_str!("../../data/acts/deeds.tsv")];

/// The most words that a gap passes over.
const GAP_MAX: usize = 6;

/// How many words after a denied deed are denied with it: `not hiring a driver`.
const OBJECT_MAX: usize = 3;

/// The shortest word in which a wrong letter is forgiven.
const FORGIVEN_FROM: usize = 6;

/// All phrases.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&ACTS, &DEEDS));

/// What a phrase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// An act; and the language that it asks for, if it names one.
    Act(Act, Option<&'static str>),
    /// A deed: finer than an act.
    Deed(&'static str),
    /// Nothing: it keeps its words from being an act.
    NoAct,
    /// Nothing: it keeps its words from being a deed.
    NoDeed,
}

/// A pattern of words.
pub(super) struct Phrase {
    pub(super) does: Does,
    elements: Vec<Element>,
    /// Only if the text says nothing else.
    pub(super) alone: bool,
    /// Yields to everything else.
    pub(super) weak: bool,
}

enum Element {
    /// One of some words or rows of words.
    Words {
        /// The single words, sorted.
        single: Vec<u32>,
        /// Those of several words.
        rows: Vec<Vec<u32>>,
        optional: bool,
    },
    /// Up to [`GAP_MAX`] words.
    Gap,
}

/// The phrases, indexed by their first word.
pub(super) struct Phrases {
    pub(super) all: Vec<Phrase>,
    by_first: Vec<Vec<u32>>,
    words: HashMap<Box<str>, u32>,
    beginnings: HashMap<Box<str>, u32>,
    /// The words without one of their letters, of those in which a wrong letter is forgiven.
    less_one: HashMap<String, Vec<u32>>,
    spelled: Vec<Box<str>>,
    fillers: BTreeSet<u32>,
    negations: BTreeSet<u32>,
    near_negations: BTreeSet<u32>,
}

/// The numbers of a word: itself, and the beginnings that it has. 0 is none.
type Numbers = [u32; 4];

/// A text as the phrases see it.
pub(super) struct Seen {
    numbers: Vec<Numbers>,
    /// What ends before the word.
    before: Vec<Break>,
}

/// What ends between two words.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Break {
    Nothing,
    Clause,
    Sentence,
}

impl Seen {
    /// How many words it has.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

impl Phrases {
    fn of(acts: &[&'static str], deeds: &[&'static str]) -> Phrases {
        let mut phrases = Phrases {
            all: Vec::new(),
            by_first: Vec::new(),
            words: HashMap::new(),
            beginnings: HashMap::new(),
            less_one: HashMap::new(),
            spelled: vec!["".into()],
            fillers: BTreeSet::new(),
            negations: BTreeSet::new(),
            near_negations: BTreeSet::new(),
        };
        let rows_of = |files: &[&'static str]| -> Vec<&'static str> {
            let rows = files.iter().flat_map(|file| file.lines());
            rows.filter(|row| !row.starts_with('#') && !row.is_empty()).collect()
        };
        let (acts, deeds) = (rows_of(acts), rows_of(deeds));
        let mut named: HashMap<&str, Vec<String>> = HashMap::new();
        for row in acts.iter().filter(|row| row.starts_with('@')) {
            let mut cells = row.split('\t');
            let name = cells.next().unwrap_or_default();
            let words = cells.flat_map(|cell| cell.split('/')).map(|word| word.trim().to_owned());
            named.entry(name).or_default().extend(words.filter(|word| !word.is_empty()));
        }
        let of_languages =
            ["@ENGLISH", "@FRENCH", "@KINYARWANDA", "@SWAHILI"].map(|name| named.remove(name).unwrap_or_default());
        named.insert("@LANGUAGES", of_languages.concat());
        for (name, set) in [("@filler", 0), ("@negation", 1), ("@near_negation", 2)] {
            for word in named.get(name).cloned().unwrap_or_default() {
                for row in phrases.rows_of(&word) {
                    let into = [&mut phrases.fillers, &mut phrases.negations, &mut phrases.near_negations];
                    into.into_iter().nth(set).into_iter().for_each(|set| set.extend(&row));
                }
            }
        }
        let of_acts = acts.iter().filter(|row| !row.starts_with('@')).map(|row| (false, *row));
        for (is_deed, row) in of_acts.chain(deeds.iter().map(|row| (true, *row))) {
            let mut cells = row.split('\t');
            let name = cells.next().unwrap_or_default();
            let act = Act::ALL.iter().copied().find(|known| known.name() == name);
            let does = match (is_deed, act) {
                (true, _) if name != "none" => Does::Deed(name),
                (true, _) => Does::NoDeed,
                (false, Some(act)) => Does::Act(act, None),
                (false, None) => Does::NoAct,
            };
            for phrase in cells.flat_map(|cell| cell.split(" | ")).map(str::trim).filter(|phrase| !phrase.is_empty()) {
                if phrase.contains("@LANGUAGE") && !phrase.contains("@LANGUAGES") {
                    for (n, language) in LANGUAGES.iter().enumerate() {
                        named.insert("@LANGUAGE", of_languages[n].clone());
                        let does = act.map_or(does, |act| Does::Act(act, Some(language)));
                        phrases.add(phrase, does, &named);
                    }
                } else {
                    phrases.add(phrase, does, &named);
                }
            }
        }
        for (n, word) in phrases.spelled.iter().enumerate().filter(|(_, word)| word.len() >= FORGIVEN_FROM) {
            for less in less_one(word) {
                phrases.less_one.entry(less).or_default().push(n as u32);
            }
        }
        phrases
    }

    /// Adds a phrase; where its first words may be missing, once without each.
    fn add(&mut self, phrase: &str, does: Does, named: &HashMap<&str, Vec<String>>) {
        let (alone, phrase) = phrase.strip_prefix('=').map_or((false, phrase), |rest| (true, rest));
        let (weak, phrase) = phrase.strip_prefix('~').map_or((false, phrase), |rest| (true, rest));
        let tokens: Vec<&str> = phrase.split_whitespace().collect();
        for skipped in 0..tokens.len() {
            let mut elements: Vec<Element> =
                tokens[skipped..].iter().filter_map(|it| self.element(it, named)).collect();
            if let Some(Element::Gap) = elements.last() {
                elements.pop();
            }
            let Some(Element::Words { single, rows, optional }) = elements.first_mut() else { continue };
            let may_miss = *optional;
            *optional = false;
            let firsts: BTreeSet<u32> =
                single.iter().chain(rows.iter().filter_map(|row| row.first())).copied().collect();
            let number = self.all.len() as u32;
            for first in firsts {
                let first = first as usize;
                if self.by_first.len() <= first {
                    self.by_first.resize_with(first + 1, Vec::new);
                }
                self.by_first[first].push(number);
            }
            self.all.push(Phrase { does, elements, alone, weak });
            if !may_miss {
                break;
            }
        }
    }

    /// Reads an element of a phrase.
    fn element(&mut self, token: &str, named: &HashMap<&str, Vec<String>>) -> Option<Element> {
        if token == "..." {
            return Some(Element::Gap);
        }
        let (optional, token) = token.strip_suffix('?').map_or((false, token), |rest| (true, rest));
        let (mut single, mut rows) = (Vec::new(), Vec::new());
        let mut alternatives: Vec<String> = Vec::new();
        for word in token.split('/') {
            match word.find('@') {
                Some(at) => {
                    let known = named
                        .iter()
                        .filter(|(name, _)| word[at..].starts_with(**name))
                        .max_by_key(|(name, _)| name.len());
                    let (name, words) = known.map_or(("", &[] as &[String]), |(name, words)| (*name, words.as_slice()));
                    let after = word[at..].strip_prefix(name).unwrap_or_default();
                    alternatives.extend(words.iter().map(|it| format!("{}{it}{after}", &word[..at])));
                }
                None => alternatives.push(word.to_owned()),
            }
        }
        for row in alternatives.iter().flat_map(|it| self.rows_of(it)) {
            match row.as_slice() {
                [] => {}
                [one] => single.push(*one),
                _ => rows.push(row),
            }
        }
        single.sort_unstable();
        single.dedup();
        (!single.is_empty() || !rows.is_empty()).then_some(Element::Words { single, rows, optional })
    }

    /// A word of a phrase as rows of numbers: as it is, and joined where an apostrophe parts it (`don't`, `dont`).
    fn rows_of(&mut self, word: &str) -> Vec<Vec<u32>> {
        let (begins, word) = word.strip_suffix('*').map_or((false, word), |rest| (true, rest));
        if word == "#" {
            return vec![vec![self.number(word, false)]];
        }
        let folded = Words::of(word);
        let mut parts: Vec<String> = (0..folded.len()).map(|at| folded.folded(at).to_owned()).collect();
        let joined = (parts.len() > 1 && word.contains('\'')).then(|| vec![parts.concat()]);
        let mut rows = Vec::new();
        if let Some(joined) = joined {
            rows.push(joined);
        }
        rows.push(std::mem::take(&mut parts));
        let number = |(n, part, last): (usize, String, usize)| self.number(&part, begins && n == last);
        let mut number = number;
        rows.into_iter()
            .map(|row| {
                let last = row.len().saturating_sub(1);
                row.into_iter().enumerate().map(|(n, part)| number((n, part, last))).collect()
            })
            .collect()
    }

    fn number(&mut self, word: &str, begins: bool) -> u32 {
        let into = if begins { &mut self.beginnings } else { &mut self.words };
        if let Some(number) = into.get(word) {
            return *number;
        }
        let number = self.spelled.len() as u32;
        into.insert(word.into(), number);
        self.spelled.push(if begins { "".into() } else { word.into() });
        number
    }

    /// A text as the phrases see it.
    pub(super) fn see(&self, words: &Words<'_>) -> Seen {
        let mut seen = Seen { numbers: Vec::with_capacity(words.len()), before: Vec::with_capacity(words.len()) };
        let mut before = Break::Sentence;
        for word in words.all() {
            match (word.sort, word.folded.as_str()) {
                (Sort::Sign, "\n" | "." | "!" | "?" | ";") => before = Break::Sentence,
                (Sort::Sign, "," | ":") if before == Break::Nothing => before = Break::Clause,
                (Sort::Sign, _) => {}
                (sort, folded) => {
                    seen.numbers.push(self.numbers(folded, sort));
                    seen.before.push(std::mem::replace(&mut before, Break::Nothing));
                }
            }
        }
        seen
    }

    fn numbers(&self, word: &str, sort: Sort) -> Numbers {
        let mut numbers = [0; 4];
        let mut next = 0;
        if sort == Sort::Digits {
            return [self.words.get("#").copied().unwrap_or(0), self.words.get(word).copied().unwrap_or(0), 0, 0];
        }
        let own = self.words.get(word).copied();
        if sort == Sort::Letters {
            for end in 3..=word.len() {
                if let Some(number) = word.get(..end).and_then(|begin| self.beginnings.get(begin))
                    && next < 3
                {
                    numbers[next] = *number;
                    next += 1;
                }
            }
        }
        let own = own.or_else(|| if next == 0 && sort == Sort::Letters { self.meant(word) } else { None });
        if let Some(own) = own {
            numbers[next] = own;
        }
        numbers
    }

    /// The word that was meant by one with stretched letters or one wrong letter.
    fn meant(&self, word: &str) -> Option<u32> {
        for keep in [1, 2] {
            if let Some(short) = without_stretches(word, keep)
                && let Some(number) = self.words.get(short.as_str())
            {
                return Some(*number);
            }
        }
        if word.len() < FORGIVEN_FROM || !word.is_ascii() {
            return None;
        }
        let near = |number: &u32| {
            let known = &self.spelled[*number as usize];
            known.len() >= FORGIVEN_FROM
                && known.as_bytes().first() == word.as_bytes().first()
                && strsim::osa_distance(known, word) <= 1
        };
        let longer = || less_one(word).filter_map(|it| self.words.get(it.as_str()).copied()).find(near);
        let others = || std::iter::once(word.to_owned()).chain(less_one(word));
        longer().or_else(|| others().filter_map(|it| self.less_one.get(&it)).flatten().copied().find(near))
    }

    /// Whether a word is a filler.
    pub(super) fn is_filler(&self, seen: &Seen, at: usize) -> bool {
        seen.numbers[at].iter().any(|number| *number != 0 && self.fillers.contains(number))
    }

    /// Whether what begins at a place is negated by a word before it in its clause.
    pub(super) fn is_negated(&self, seen: &Seen, from: usize, reach: usize, near: bool) -> bool {
        let mut at = from;
        let mut steps = 0;
        while at > 0 && steps < reach && seen.before.get(at).is_some_and(|before| *before == Break::Nothing) {
            at -= 1;
            steps += 1;
            let is = |set: &BTreeSet<u32>| seen.numbers[at].iter().any(|number| *number != 0 && set.contains(number));
            if is(&self.negations) || (near && steps == 1 && is(&self.near_negations)) {
                return true;
            }
        }
        false
    }

    /// Where the clause ends that goes on at a place; at most [`OBJECT_MAX`] words on.
    pub(super) fn clause_end(&self, seen: &Seen, at: usize) -> usize {
        let ends = |at: &usize| seen.before.get(*at).is_none_or(|before| *before != Break::Nothing);
        (at..at + OBJECT_MAX).find(ends).unwrap_or(at + OBJECT_MAX).min(seen.len())
    }

    /// Calls `hit` with each phrase found: its number, and where it stands.
    pub(super) fn find(&self, seen: &Seen, mut hit: impl FnMut(&Phrase, usize, usize)) {
        for from in 0..seen.numbers.len() {
            for number in seen.numbers[from].iter().filter(|number| **number != 0) {
                for phrase in self.by_first.get(*number as usize).into_iter().flatten() {
                    let phrase = &self.all[*phrase as usize];
                    if let Some(to) = end(&phrase.elements, seen, from) {
                        hit(phrase, from, to);
                    }
                }
            }
        }
    }
}

/// The rows of the files that name neither an act, nor `none`, nor words.
#[cfg(test)]
pub(super) fn unread() -> Vec<&'static str> {
    let rows = ACTS.iter().flat_map(|file| file.lines()).filter(|row| !row.starts_with(['#', '@']) && !row.is_empty());
    let first = rows.map(|row| row.split('\t').next().unwrap_or_default());
    first.filter(|act| *act != "none" && !Act::ALL.iter().any(|known| known.name() == *act)).collect()
}

/// Where the elements of a phrase end if they stand at a place; the farthest.
fn end(elements: &[Element], seen: &Seen, at: usize) -> Option<usize> {
    let Some((first, rest)) = elements.split_first() else { return Some(at) };
    match first {
        Element::Gap => {
            for passed in 0..=GAP_MAX {
                if let Some(to) = end(rest, seen, at + passed) {
                    return Some(to);
                }
                if at + passed >= seen.numbers.len() || seen.before[at + passed] == Break::Sentence && passed > 0 {
                    return None;
                }
            }
            None
        }
        Element::Words { single, rows, optional } => {
            let mut farthest = None;
            if let Some(numbers) = seen.numbers.get(at)
                && numbers.iter().any(|number| *number != 0 && single.binary_search(number).is_ok())
            {
                farthest = end(rest, seen, at + 1);
            }
            for row in rows {
                let stands = row
                    .iter()
                    .enumerate()
                    .all(|(n, number)| seen.numbers.get(at + n).is_some_and(|numbers| numbers.contains(number)));
                if stands {
                    farthest = farthest.max(end(rest, seen, at + row.len()));
                }
            }
            if *optional {
                farthest = farthest.max(end(rest, seen, at));
            }
            farthest
        }
    }
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
