//! What a first message is about, learnt from examples: naive Bayes over its words, their beginnings and their pairs.
//!
//! Keywords and the lexicon name what they know; examples tell about words that nobody listed. The examples stand in `data/topics`, one
//! file for each language, and can be corrected there.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::{
    near::BuildShortHash,
    words::{Sort, Words},
};

/// The examples.
const EXAMPLES: [&str; 4] = [
    include_str!("../data/topics/en.tsv"),
    include_str!("../data/topics/fr.tsv"),
    include_str!("../data/topics/rw.tsv"),
    include_str!("../data/topics/sw.tsv"),
];

/// The topics: the first cells of the examples.
pub const TOPICS: [&str; 10] =
    ["goods", "work", "home", "farm", "food", "insurance", "ride", "clients", "business", "help"];

/// What is added to each count, so that nothing is impossible.
const SMOOTHING: f32 = 0.15;

/// How much a topic's share of the examples counts.
const PRIOR: f32 = 0.3;

/// What the sum of the odds is divided by: marks of a text say much the same, so their odds would add up to too much.
const TEMPERATURE: f32 = 5.0;

/// The lengths of the beginnings of words, in bytes.
const BEGINNINGS: [usize; 2] = [4, 5];

/// For each topic.
type Odds = [f32; TOPICS.len()];

static LEARNT: LazyLock<Topics> = LazyLock::new(|| Topics::of(&EXAMPLES));

/// See the module.
struct Topics {
    prior: Odds,
    odds: HashMap<u64, Odds, BuildShortHash>,
}

/// What a text is most likely about, and how likely, from 0 to 1; none if no word of it was ever seen. Words are passed over where `skips`
/// says so, such as what somebody does not want.
pub fn topic(words: &Words<'_>, skips: impl Fn(usize) -> bool) -> Option<(&'static str, f32)> {
    LEARNT.topic(words, skips)
}

impl Topics {
    fn of(examples: &[&str]) -> Topics {
        let mut texts = Odds::default();
        let mut counts: HashMap<u64, Odds, BuildShortHash> = HashMap::default();
        for line in examples.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with('#')) {
            let Some((topic, text)) = line.split_once('\t') else { continue };
            let Some(topic) = TOPICS.iter().position(|known| *known == topic) else { continue };
            texts[topic] += 1.0;
            let mut seen: HashSet<u64, BuildShortHash> = HashSet::default();
            marks(
                &Words::of(text),
                |_| false,
                |mark| {
                    if seen.insert(mark) {
                        counts.entry(mark).or_default()[topic] += 1.0;
                    }
                },
            );
        }
        let all: f32 = texts.iter().sum();
        let odds_of = |counts: Odds| {
            let of_all: f32 = counts.iter().sum();
            let mut odds = Odds::default();
            for (topic, odds) in odds.iter_mut().enumerate() {
                let here = (counts[topic] + SMOOTHING) / (texts[topic] + 2.0 * SMOOTHING);
                let elsewhere = (of_all - counts[topic] + SMOOTHING) / (all - texts[topic] + 2.0 * SMOOTHING);
                *odds = (here / elsewhere).ln();
            }
            odds
        };
        let odds = counts.into_iter().map(|(mark, counts)| (mark, odds_of(counts))).collect();
        Topics { prior: texts.map(|texts| PRIOR * (texts / all).ln()), odds }
    }

    fn topic(&self, words: &Words<'_>, skips: impl Fn(usize) -> bool) -> Option<(&'static str, f32)> {
        let mut sums = self.prior;
        let mut known = 0;
        let mut seen: Vec<u64> = Vec::new();
        marks(words, skips, |mark| {
            if let Some(odds) = self.odds.get(&mark)
                && !seen.contains(&mark)
            {
                seen.push(mark);
                sums.iter_mut().zip(odds).for_each(|(sum, more)| *sum += more);
                known += 1;
            }
        });
        let (best, most) = sums.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let all: f32 = sums.iter().map(|sum| ((sum - most) / TEMPERATURE).exp()).sum();
        (known > 0).then(|| (TOPICS[best], 1.0 / all))
    }
}

/// Calls `hit` with each mark of a text, as a hash: a word, what it begins with, a pair. Numbers are all the same.
fn marks(words: &Words<'_>, skips: impl Fn(usize) -> bool, mut hit: impl FnMut(u64)) {
    let mut before = 0_u64;
    for at in 0..words.len() {
        let Some(word) = words.get(at).filter(|_| !skips(at)) else {
            before = 0;
            continue;
        };
        let text = if word.sort == Sort::Digits { "#" } else { word.folded.as_str() };
        let whole = hash(b'w', text.as_bytes());
        hit(whole);
        if before != 0 {
            hit(hash(b'b', &[before.to_le_bytes(), whole.to_le_bytes()].concat()));
        }
        before = whole;
        let begins = BEGINNINGS.iter().filter_map(|length| text.as_bytes().get(..*length));
        begins.for_each(|begin| hit(hash(b'p', begin)));
    }
}

/// The hash of a mark (FNV-1a): the tables are the crate's own, so nobody can choose them to collide.
fn hash(sort: u8, bytes: &[u8]) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(add(0xcbf2_9ce4_8422_2325, &sort), add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_names_a_topic_and_every_topic_has_examples_in_each_language() {
        for file in EXAMPLES {
            let lines = file.lines().filter(|line| !line.starts_with('#'));
            let topics: Vec<&str> = lines.map(|line| line.split('\t').next().unwrap_or_default()).collect();
            assert_eq!(topics.iter().find(|topic| !TOPICS.contains(topic)), None);
            assert!(TOPICS.iter().all(|topic| topics.contains(topic)));
        }
    }

    #[test]
    fn what_was_never_said_so_is_known_by_its_words() {
        let cases = [
            ("two cleaners wanted for our office, we pay daily", "work"),
            ("une parcelle avec deux chambres et un petit jardin", "home"),
            ("ndashaka ukuntu nagera i Rubavu ejo", "ride"),
            ("ng'ombe wangu hatoi maziwa", "farm"),
        ];
        for (text, topic) in cases {
            assert_eq!(super::topic(&Words::of(text), |_| false).map(|(topic, _)| topic), Some(topic), "{text}");
        }
        for text in ["👍", ""] {
            assert_eq!(super::topic(&Words::of(text), |_| false), None);
        }
    }
}
