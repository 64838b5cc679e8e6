//! Patterns of words, and where they end in a text.

use super::{act::Act, spelling::Numbers};

/// The most words that a gap passes over.
const GAP_MAX: usize = 6;

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
    /// Nothing: its words say why or when somebody wishes, and name no wish.
    Circumstance,
    /// Nothing: what stands behind it is the circumstances of a wish, such as what it is for, and counts less.
    Backdrop,
}

/// A pattern of words.
pub(super) struct Phrase {
    pub(super) does: Does,
    pub(super) elements: Vec<Element>,
    /// Only if the text says nothing else.
    pub(super) alone: bool,
    /// Yields to everything else.
    pub(super) weak: bool,
}

/// A part of a phrase.
pub(super) enum Element {
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

/// A text as the phrases see it.
pub(super) struct Seen {
    pub(super) numbers: Vec<Numbers>,
    /// What ends before the word.
    pub(super) before: Vec<Break>,
    /// The sorts of the word.
    pub(super) sorts: Vec<u8>,
    /// Whether a letter of the word is wrong.
    pub(super) misspelt: Vec<bool>,
}

/// What ends between two words.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Break {
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

/// Where the elements of a phrase end if they stand at a place; the farthest.
pub(super) fn end(elements: &[Element], seen: &Seen, at: usize) -> Option<usize> {
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
