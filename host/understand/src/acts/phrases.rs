//! Phrases: patterns of words, from the files below `data/acts`, and how they are matched.

use std::{collections::HashMap, sync::LazyLock};

use switchboard_core::text::LANGUAGES;

use super::{
    act::Act,
    automaton::Automaton,
    pattern::{Break, Does, Element, Phrase, Seen},
    spelling::Spelling,
    verbs::{self, Tongue},
};
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

/// How many words after a denied deed are denied with it: `not hiring a driver`.
const OBJECT_MAX: usize = 3;

/// All phrases.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&ACTS, &DEEDS));

/// The phrases, with the automaton that finds them.
pub(super) struct Phrases {
    pub(super) all: Vec<Phrase>,
    automaton: Automaton,
    spelling: Spelling,
    /// By the numbers of words.
    sorts: Vec<u8>,
}

/// Sorts of words, one bit each: they say nothing, negate, negate what is right behind.
const SORTS: [(&str, u8); 3] = [("@filler", FILLER), ("@negation", NEGATION), ("@near_negation", NEAR_NEGATION)];
const FILLER: u8 = 1;
const NEGATION: u8 = 2;
const NEAR_NEGATION: u8 = 4;

impl Phrases {
    fn of(acts: &[&'static str], deeds: &[&'static str]) -> Phrases {
        let mut phrases =
            Phrases { all: Vec::new(), automaton: Automaton::default(), spelling: Spelling::new(), sorts: Vec::new() };
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
        for (name, sort) in SORTS {
            for word in named.get(name).into_iter().flatten() {
                for number in phrases.spelling.rows_of(word).into_iter().flatten() {
                    let number = number as usize;
                    phrases.sorts.resize(phrases.sorts.len().max(number + 1), 0);
                    phrases.sorts[number] |= sort;
                }
            }
        }
        let of_acts = acts.iter().filter(|row| !row.starts_with('@')).map(|row| (false, *row));
        for (is_deed, row) in of_acts.chain(deeds.iter().map(|row| (true, *row))) {
            let mut cells = row.split('\t');
            let name = cells.next().unwrap_or_default();
            let act = Act::ALL.iter().copied().find(|known| known.name() == name);
            let does = match (is_deed, act) {
                (true, _) if name == "backdrop" => Does::Backdrop,
                (true, _) if name == "circumstance" => Does::Circumstance,
                (true, _) if name != "none" => Does::Deed(name),
                (true, _) => Does::NoDeed,
                (false, Some(act)) => Does::Act(act, None),
                (false, None) => Does::NoAct,
            };
            let tongues = [None, None, Some(Tongue::Kinyarwanda), Some(Tongue::Swahili)];
            let cells =
                cells.zip(tongues).flat_map(|(cell, tongue)| cell.split(" | ").map(move |it| (it.trim(), tongue)));
            for (phrase, tongue) in cells.filter(|(phrase, _)| !phrase.is_empty()) {
                if phrase.contains("@LANGUAGE") && !phrase.contains("@LANGUAGES") {
                    for (n, language) in LANGUAGES.iter().enumerate() {
                        named.insert("@LANGUAGE", of_languages[n].clone());
                        let does = act.map_or(does, |act| Does::Act(act, Some(language)));
                        phrases.add(phrase, tongue, does, &named);
                    }
                } else {
                    phrases.add(phrase, tongue, does, &named);
                }
            }
        }
        phrases.spelling.finish();
        phrases.sorts.resize(phrases.spelling.len(), 0);
        phrases.automaton = Automaton::of(&phrases.all, phrases.spelling.len());
        phrases
    }

    /// Adds a phrase; where its first words may be missing, once without each.
    fn add(&mut self, phrase: &str, tongue: Option<Tongue>, does: Does, named: &HashMap<&str, Vec<String>>) {
        let (alone, phrase) = phrase.strip_prefix('=').map_or((false, phrase), |rest| (true, rest));
        let (weak, phrase) = phrase.strip_prefix('~').map_or((false, phrase), |rest| (true, rest));
        let tokens: Vec<&str> = phrase.split_whitespace().collect();
        for skipped in 0..tokens.len() {
            let mut elements: Vec<Element> =
                tokens[skipped..].iter().filter_map(|it| self.element(it, tongue, named)).collect();
            if let Some(Element::Gap) = elements.last() {
                elements.pop();
            }
            let Some(Element::Words { optional, .. }) = elements.first_mut() else { continue };
            let may_miss = *optional;
            *optional = false;
            self.all.push(Phrase { does, elements, alone, weak });
            if !may_miss {
                break;
            }
        }
    }

    /// Reads an element of a phrase.
    fn element(&mut self, token: &str, tongue: Option<Tongue>, named: &HashMap<&str, Vec<String>>) -> Option<Element> {
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
        let verbs = alternatives.iter().filter_map(|it| Some((verbs::named(it)?, tongue?)));
        single.extend(verbs.map(|((stem, demanded), tongue)| self.spelling.verb(stem, tongue, demanded)));
        alternatives.retain(|it| !it.starts_with('%'));
        for row in alternatives.iter().flat_map(|it| self.spelling.rows_of(it)) {
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

    /// A text as the phrases see it.
    pub(super) fn see(&self, words: &Words<'_>) -> Seen {
        let room = words.len();
        let mut seen = Seen {
            numbers: Vec::with_capacity(room),
            before: Vec::with_capacity(room),
            sorts: Vec::with_capacity(room),
            misspelt: Vec::with_capacity(room),
        };
        let mut before = Break::Sentence;
        let mut is_also = false;
        for word in words.all() {
            match (word.sort, word.folded.as_str()) {
                (Sort::Sign, "\n" | "." | "!" | "?" | ";") => before = Break::Sentence,
                (Sort::Sign, "," | ":") if before == Break::Nothing => before = Break::Clause,
                (Sort::Sign, _) => {}
                (sort, folded) => {
                    // A capital amid a sentence begins a name: `Baraka` is no misspelt word.
                    let written = words.text.get(word.start..word.end).unwrap_or_default();
                    let is_name = before == Break::Nothing && is_capitalized(written);
                    let (numbers, misspelt) = self.spelling.numbers(folded, sort, is_name);
                    seen.misspelt.push(misspelt);
                    let sorts = numbers.iter().filter_map(|number| self.sorts.get(*number as usize));
                    if is_also
                        && is_infinitive(folded)
                        && let Some(no) = seen.sorts.last_mut()
                    {
                        *no &= !(NEGATION | NEAR_NEGATION);
                    }
                    is_also = folded == ALSO;
                    seen.sorts.push(sorts.fold(0, |all, sort| all | sort));
                    seen.numbers.push(numbers);
                    seen.before.push(std::mem::replace(&mut before, Break::Nothing));
                }
            }
        }
        seen
    }

    /// Whether a word is a filler.
    pub(super) fn is_filler(&self, seen: &Seen, at: usize) -> bool {
        seen.sorts[at] & FILLER != 0
    }

    /// Whether what begins at a place is negated by a word before it in its clause.
    pub(super) fn is_negated(&self, seen: &Seen, from: usize, reach: usize, near: bool) -> bool {
        let mut at = from;
        let mut steps = 0;
        while at > 0 && steps < reach && seen.before.get(at).is_some_and(|before| *before == Break::Nothing) {
            at -= 1;
            steps += 1;
            let negations = if near && steps == 1 { NEGATION | NEAR_NEGATION } else { NEGATION };
            if seen.sorts[at] & negations != 0 {
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

    /// Calls `hit` with each phrase found, and where it stands.
    pub(super) fn find(&self, seen: &Seen, hit: impl FnMut(&Phrase, usize, usize)) {
        self.automaton.find(&self.all, seen, hit);
    }
}

/// A word that denies in English, and means *also* before a Kinyarwanda infinitive: `ndashaka no kugura`.
const ALSO: &str = "no";

/// Whether a word looks like a Kinyarwanda infinitive.
fn is_infinitive(word: &str) -> bool {
    word.len() >= 5 && ["ku", "gu", "kw"].iter().any(|to| word.starts_with(to))
}

/// Whether a word begins with a capital and goes on in small letters.
fn is_capitalized(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && !letters.any(char::is_uppercase)
}

/// The rows of the files that name neither an act, nor `none`, nor words.
#[cfg(test)]
pub(super) fn unread() -> Vec<&'static str> {
    let rows = ACTS.iter().flat_map(|file| file.lines()).filter(|row| !row.starts_with(['#', '@']) && !row.is_empty());
    let first = rows.map(|row| row.split('\t').next().unwrap_or_default());
    first.filter(|act| *act != "none" && !Act::ALL.iter().any(|known| known.name() == *act)).collect()
}

/// The phrases of the files that would be refused: what is left without the words that may be missing is one common word. Where that is
/// meant, it stands as a phrase of its own.
#[cfg(test)]
pub(super) fn refused() -> Vec<String> {
    let mut refused = Vec::new();
    for row in ACTS.iter().chain(&DEEDS).flat_map(|file| file.lines()).filter(|row| !row.starts_with(['#', '@'])) {
        let name = row.split('\t').next().unwrap_or_default();
        // `=x` counts only where nothing else is said.
        let alone = |word: &str| {
            let cells = row.split('\t').flat_map(|cell| cell.split(" | "));
            cells.filter(|phrase| !phrase.contains(' ')).flat_map(|phrase| phrase.split('/')).any(|bare| bare == word)
        };
        let phrases = row.split('\t').skip(1).flat_map(|cell| cell.split(" | ")).filter(|it| !it.starts_with('='));
        for phrase in phrases {
            let tokens: Vec<&str> = phrase.trim_start_matches('~').split_whitespace().collect();
            let needed: Vec<&&str> = tokens.iter().filter(|it| !it.ends_with('?') && **it != "...").collect();
            if let [only] = needed.as_slice()
                && tokens.len() > 1
                && only.split('/').any(|word| crate::lexicon::is_common(word) && !alone(word))
            {
                refused.push(format!("{name}: {phrase}"));
            }
        }
    }
    refused
}
