//! Words of the four languages, and what the letters of an unknown word say: its rows of three letters, compared with those of the known
//! words of each language.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::{near::BuildShortHash, words::Words};

/// Frequent words of each language.
const FREQUENT: [&str; 4] = [
    include_str!("../../data/language/en.tsv"),
    include_str!("../../data/language/fr.tsv"),
    include_str!("../../data/language/rw.tsv"),
    include_str!("../../data/language/sw.tsv"),
];

/// Files with a cell for each language, from the second or from a later one; how the names in a cell are parted.
const PARALLEL: [(&str, usize); 9] = [
    (include_str!("../../data/acts/answers.tsv"), 1),
    (include_str!("../../data/acts/courtesies.tsv"), 1),
    (include_str!("../../data/acts/danger.tsv"), 1),
    (include_str!("../../data/acts/people.tsv"), 1),
    (include_str!("../../data/acts/notices.tsv"), 1),
    (include_str!("../../data/acts/wishes.tsv"), 1),
    (include_str!("../../data/acts/deeds.tsv"), 1),
    ("", 3),
    ("", 3),
];

/// Places, which say nothing of the language.
const PLACES: &str = include_str!("../../data/places.tsv");

/// What a word of the parallel files counts, beside a frequent word's 1.
const PARALLEL_WEIGHT: f32 = 0.6;

/// The most that the letters of an unknown word say.
const LETTERS_WEIGHT: f32 = 0.7;

/// `a` to `z`, and the end of a word.
const LETTERS: usize = 27;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// The words and rows of letters of the languages.
pub(super) struct Table {
    words: HashMap<String, [f32; 4], BuildShortHash>,
    places: HashSet<String, BuildShortHash>,
    /// For each row of three letters, the logarithm of its share in each language, relative to the mean.
    rows: Vec<[f32; 4]>,
}

impl Table {
    fn new() -> Table {
        let mut weights: HashMap<String, [f32; 4], BuildShortHash> = HashMap::default();
        let mut add = |language: usize, text: &str, weight: f32| {
            let words = Words::of(text);
            for word in
                (0..words.len()).map(|at| words.folded(at)).filter(|word| word.bytes().all(|b| b.is_ascii_lowercase()))
            {
                let known = weights.entry(word.to_owned()).or_default();
                known[language] = known[language].max(weight);
            }
        };
        for (language, text) in FREQUENT.iter().enumerate() {
            text.lines().filter(|line| !line.starts_with('#')).for_each(|line| add(language, line, 1.0));
        }
        for (text, first) in PARALLEL {
            for line in text.lines().filter(|line| !line.starts_with(['#', '@'])) {
                for (language, cell) in line.split('\t').skip(first).take(4).enumerate() {
                    let named = cell.split(' ').filter(|word| !word.contains(['@', '#', '*', '%']));
                    named.for_each(|word| add(language, word, PARALLEL_WEIGHT));
                }
            }
        }
        let rows = rows(&weights);
        // A word of several languages says less, and nothing if they say the same of it.
        for known in weights.values_mut() {
            let sum: f32 = known.iter().sum();
            known.iter_mut().for_each(|weight| *weight *= *weight / sum);
        }
        let mut places = HashSet::default();
        for line in PLACES.lines().filter(|line| !line.starts_with('#')) {
            for name in line.split('\t').take(2) {
                let words = Words::of(name);
                places.extend((0..words.len()).map(|at| words.folded(at).to_owned()).filter(|word| word.len() > 3));
            }
        }
        Table { words: weights, places, rows }
    }

    /// Whether a word is part of a place's name.
    pub(super) fn is_place(&self, word: &str) -> bool {
        self.places.contains(word)
    }

    /// What *i* says before a word: the locative of Kinyarwanda before a place, the English *I* before an English word.
    pub(super) fn of_i(&self, next: &str) -> [f32; 4] {
        let english = self.words.get(next).is_some_and(|known| known[0] > 0.5 && known[0] > known[2]);
        match english {
            true => [1.0, 0.0, 0.0, 0.0],
            false if self.is_place(next) => [0.0, 0.0, 0.8, 0.0],
            false => [0.3, 0.0, 0.3, 0.0],
        }
    }

    /// What a known word says.
    pub(super) fn of_word(&self, word: &str) -> Option<[f32; 4]> {
        self.words.get(word).copied()
    }

    /// What the letters of an unknown word say: nothing unless they fit one language clearly better.
    pub(super) fn of_letters(&self, word: &str) -> [f32; 4] {
        let mut sums = [0.0_f32; 4];
        if word.len() < 4 {
            return sums;
        }
        for row in rows_of(word) {
            sums.iter_mut().zip(self.rows[row]).for_each(|(sum, more)| *sum += more);
        }
        let most = sums.iter().copied().fold(f32::MIN, f32::max);
        let shares = sums.map(|sum| (sum - most).exp());
        let all: f32 = shares.iter().sum();
        shares.map(|share| LETTERS_WEIGHT * ((share / all - 0.4) / 0.6).max(0.0))
    }
}

/// The rows of three letters of a word, with its ends.
fn rows_of(word: &str) -> impl Iterator<Item = usize> {
    const END: usize = LETTERS - 1;
    let letter = |byte: u8| if byte.is_ascii_lowercase() { usize::from(byte - b'a') } else { END };
    let letters = word.bytes().map(letter).chain([END]);
    letters
        .scan((None, END), |(before, last), next| {
            let row = before.map(|before: usize| (before * LETTERS + *last) * LETTERS + next);
            (*before, *last) = (Some(*last), next);
            Some(row)
        })
        .flatten()
}

/// How likely each row of three letters is in each language.
fn rows(words: &HashMap<String, [f32; 4], BuildShortHash>) -> Vec<[f32; 4]> {
    let mut counts = vec![[0.0_f32; 4]; LETTERS * LETTERS * LETTERS];
    let mut all = [0.0_f32; 4];
    for (word, known) in words.iter().filter(|(word, _)| word.len() > 2) {
        for language in (0..4).filter(|language| known[*language] > 0.0) {
            for row in rows_of(word) {
                counts[row][language] += 1.0;
                all[language] += 1.0;
            }
        }
    }
    for row in &mut counts {
        let mut logarithms = [0.0; 4];
        for language in 0..4 {
            logarithms[language] = ((row[language] + 0.3) / (all[language] + 300.0)).ln();
        }
        let mean = logarithms.iter().sum::<f32>() / 4.0;
        *row = logarithms.map(|it| (it - mean).clamp(-2.5, 2.5));
    }
    counts
}
