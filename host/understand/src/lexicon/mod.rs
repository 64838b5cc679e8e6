//! The lexicon: concepts, each with its everyday names in four languages.
//!
//! The names stand in `data/lexicon/*.tsv`; an agent may bring [its own](Own). A name is found as it is listed, in the other number
//! (`batteries`, `ibitanda`, `viti`), without its augment (`ntebe`), behind an elided particle (`nibirayi`), in the locative (`shambani`),
//! and with one letter wrong if it has five letters or more and the word is no common word.

mod common;
mod entry;
mod data;
mod index;
mod inflect;
mod own;

use std::sync::{Arc, LazyLock};

use switchboard_core::contract::readings::{Meaning, Reading, Thing};

pub use common::is_common;
pub use entry::Concept;
pub use own::{CONCEPTS_MAX, EXTRA, NAME_CHARS_MAX, NAMES_MAX, Own, OwnError, own};

use crate::words::Words;
use index::Index;

static BUILTIN: LazyLock<Arc<Lexicon>> = LazyLock::new(|| Arc::new(Lexicon::of(data::concepts())));

/// A name found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'l> {
    /// The first word, as of [`Words::get`].
    pub from: usize,
    /// The place after the last word.
    pub to: usize,
    /// What has this name: one concept, or several of different kinds.
    pub concepts: Vec<&'l Concept>,
    /// Whether a letter is wrong.
    pub misspelt: bool,
}

/// Concepts that are found by their names.
#[derive(Debug)]
pub struct Lexicon {
    concepts: Vec<Concept>,
    index: Index,
}

impl Lexicon {
    /// The lexicon of the host.
    pub fn builtin() -> &'static Lexicon {
        &BUILTIN
    }

    /// The lexicon of the host with concepts of agents. A concept whose id is taken gives its names to that concept.
    pub fn with(extra: impl IntoIterator<Item = Concept>) -> Lexicon {
        let mut concepts = BUILTIN.concepts.clone();
        for own in extra {
            match concepts.iter_mut().find(|known| known.id == own.id) {
                Some(known) => {
                    for (names, more) in known.names.iter_mut().zip(own.names) {
                        names.extend(more);
                    }
                }
                None => concepts.push(own),
            }
        }
        Lexicon::of(concepts)
    }

    /// The lexicon of the host with concepts of agents, as of [`Lexicon::with`]; the host's own one if there are none.
    pub fn shared(extra: Vec<Concept>) -> Arc<Lexicon> {
        if extra.is_empty() { BUILTIN.clone() } else { Arc::new(Lexicon::with(extra)) }
    }

    fn of(concepts: Vec<Concept>) -> Lexicon {
        let index = Index::of(&concepts);
        Lexicon { concepts, index }
    }

    /// All concepts.
    pub fn all(&self) -> &[Concept] {
        &self.concepts
    }

    /// A concept by its id.
    pub fn concept(&self, id: &str) -> Option<&Concept> {
        self.index.by_id(id).and_then(|at| self.concepts.get(at))
    }

    /// The everyday name of a concept in a language.
    pub fn name(&self, concept: &str, language: &str) -> Option<&str> {
        self.concept(concept)?.name(language)
    }

    /// The names in a text, in its order; the longest at each place, none within another.
    pub fn hits(&self, words: &Words<'_>) -> Vec<Hit<'_>> {
        let found = self.index.find(words).into_iter();
        let concepts = |all: &[u32]| all.iter().filter_map(|at| self.concepts.get(*at as usize)).collect();
        found
            .map(|it| Hit { from: it.from, to: it.to, concepts: concepts(it.concepts), misspelt: it.misspelt })
            .collect()
    }

    /// The concepts that a text names, each once, in its order.
    pub fn concepts_of(&self, text: &str) -> Vec<&Concept> {
        let mut found: Vec<&Concept> = Vec::new();
        for concept in self.hits(&Words::of(text)).into_iter().flat_map(|hit| hit.concepts) {
            if !found.iter().any(|known| known.id == concept.id) {
                found.push(concept);
            }
        }
        found
    }

    /// Reads the things that a text names.
    pub fn read(&self, words: &Words<'_>, found: &mut Vec<Reading>) {
        for hit in self.hits(words) {
            let unsure = hit.misspelt || hit.concepts.len() > 1;
            for concept in hit.concepts {
                let thing = Thing {
                    concept: concept.id.clone(),
                    kind: concept.kind.clone(),
                    category: concept.category.clone(),
                };
                found.push(words.reading(hit.from, hit.to, Meaning::Thing(thing), unsure));
            }
        }
    }
}

/// Reads the things that a text names, by the [lexicon of the host](Lexicon::builtin).
pub fn read(words: &Words<'_>, found: &mut Vec<Reading>) {
    BUILTIN.read(words, found);
}

/// The everyday name of a concept in a language.
pub fn name(concept: &str, language: &str) -> Option<&'static str> {
    Lexicon::builtin().name(concept, language)
}

/// A concept by its id.
pub fn concept(id: &str) -> Option<&'static Concept> {
    Lexicon::builtin().concept(id)
}

/// All concepts of the host.
pub fn all() -> &'static [Concept] {
    Lexicon::builtin().all()
}

/// The concepts that a text names, each once, in its order.
pub fn concepts_of(text: &str) -> Vec<&'static Concept> {
    Lexicon::builtin().concepts_of(text)
}

#[cfg(test)]
mod tests;
