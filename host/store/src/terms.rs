//! What a listing is found by, and what a search wants: stems and concepts.
//!
//! A listing has these terms, in `listing_word`. A colon stands in no stem.
//!
//! | term | says |
//! |---|---|
//! | `sof` | a stem of the title, the category, the description or the place |
//! | `t:sof` | a stem of the title |
//! | `k:furnitur` | a stem of the category |
//! | `t:c:sofa` | a concept that the title names |
//! | `i:c:furniture` | a concept within a longer name of the title, such as *office furniture* |
//! | `k:c:sofa` | a concept of the category, or one of the description where the title names none |
//! | `c:sofa` | a concept of any of them |
//! | `d:samsng` | a word of the title that is in no lexicon, whole and with each letter left out: finds it with a letter wrong |
//! | `v:1` | these terms are of this version of the indexer |

use std::collections::BTreeSet;

use switchboard_core::{
    contract::{listings::Draft, readings::Meaning},
    text::{STEMS_MAX, stems},
};
use switchboard_understand::{
    lexicon::{Lexicon, is_common},
    places,
    words::{Sort, Words},
};

/// Of a listing whose terms are those of this indexer. A commit that changes what a listing is found by changes it: listings of another version
/// are indexed again.
pub(crate) const VERSION: &str = "v:1";

/// A part of a search that the title has.
const TITLE: u8 = 4;

/// A part that is within a longer name of the title.
const IN_TITLE: u8 = 3;

/// A part that the category has.
const CATEGORY: u8 = 2;

/// A part that the description or the place has.
const DESCRIPTION: u8 = 1;

/// Words of so many letters may have one wrong.
const MISSPELT_LETTERS: std::ops::RangeInclusive<usize> = 5..=24;

/// Words of a title that may be found with a letter wrong.
const MISSPELT_WORDS_MAX: usize = 8;

/// The most parts of a search; its other words do not count.
const PARTS_MAX: usize = 24;

/// How many rows of terms a text makes, searched for and as a listing's title: both are bounded, whatever it says.
#[cfg(feature = "test-hooks")]
pub fn count_terms(text: &str) -> (usize, usize) {
    let draft = Draft {
        kind: "product".into(),
        title: text.into(),
        description: None,
        category: Some(text.into()),
        price: None,
        price_max: None,
        price_unit: None,
        place: None,
        attributes: "{}".into(),
        images: Vec::new(),
        contact: switchboard_core::contract::listings::ContactPolicy::Ask,
    };
    (Wanted::of(text).rows().len(), of_listing(&draft).len())
}

/// The terms that a listing is found by; sorted, each once.
pub(crate) fn of_listing(draft: &Draft) -> Vec<String> {
    let place = draft.place.as_ref();
    let place = place.and_then(|place| place.name.as_deref().or(place.address.as_deref()));
    let category = draft.category.as_deref().unwrap_or_default();
    let description = draft.description.as_deref().unwrap_or_default();
    let said = [draft.title.as_str(), category, description, place.unwrap_or_default()].join("\n");
    let mut terms: BTreeSet<String> = stems(&said).into_iter().collect();
    let fields = [("t:", draft.title.as_str()), ("k:", category)];
    for (field, text) in fields {
        terms.extend(stems(text).into_iter().map(|stem| format!("{field}{stem}")));
    }
    let in_title = concepts(&draft.title);
    let mut near = concepts(category);
    let within = runs(&Words::of(&draft.title)).iter().flat_map(|run| concepts(run.text)).collect::<BTreeSet<_>>();
    let in_description = concepts(description);
    if in_title.is_empty() {
        near.extend(in_description.iter().copied());
    }
    terms.extend(in_title.iter().map(|concept| format!("t:c:{concept}")));
    terms.extend(within.difference(&in_title).map(|concept| format!("i:c:{concept}")));
    terms.extend(near.iter().map(|concept| format!("k:c:{concept}")));
    terms.extend(
        in_title.iter().chain(&within).chain(&near).chain(&in_description).map(|concept| format!("c:{concept}")),
    );
    let title = Words::of(&draft.title);
    let unknown = runs(&title).into_iter().filter(|run| may_be_misspelt(&run.folded) && concepts(run.text).is_empty());
    for run in unknown.take(MISSPELT_WORDS_MAX) {
        terms.extend(deletions(&run.folded));
    }
    terms.insert(VERSION.to_owned());
    terms.into_iter().collect()
}

/// The concepts that a text names.
fn concepts(text: &str) -> BTreeSet<&'static str> {
    Lexicon::builtin().concepts_of(text).into_iter().map(|concept| concept.id.as_str()).collect()
}

/// Letters and digits without a gap: a word as it is stemmed.
struct Run<'t> {
    /// Its words of [`Words`], the end exclusive.
    from: usize,
    to: usize,
    folded: String,
    text: &'t str,
}

/// The words of a text as they are stemmed: `rav4` is one.
fn runs<'t>(words: &Words<'t>) -> Vec<Run<'t>> {
    let mut found: Vec<(usize, usize, String, usize, usize)> = Vec::new();
    for at in 0..words.len() {
        let Some(word) = words.get(at) else { break };
        match found.last_mut().filter(|last| last.4 == word.start) {
            Some(last) => {
                last.1 = at + 1;
                last.2.push_str(&word.folded);
                last.4 = word.end;
            }
            None => found.push((at, at + 1, word.folded.clone(), word.start, word.end)),
        }
    }
    let run = |(from, to, folded, start, end)| {
        let text = words.text.get(start..end).unwrap_or_default();
        Run { from, to, folded, text }
    };
    found.into_iter().map(run).collect()
}

/// Whether a word may be found with a letter wrong.
fn may_be_misspelt(folded: &str) -> bool {
    MISSPELT_LETTERS.contains(&folded.len()) && folded.bytes().all(|c| c.is_ascii_lowercase()) && !is_common(folded)
}

/// A word of ASCII letters, whole and with each letter left out: two words with such a term in common differ by a letter, or by two that
/// stand in the wrong order.
fn deletions(word: &str) -> impl Iterator<Item = String> {
    (0..=word.len()).map(move |at| {
        let (before, after) = (word.get(..at).unwrap_or(word), word.get(at + 1..).unwrap_or_default());
        format!("d:{before}{after}")
    })
}

/// A part of a search: a word or a name, by any of these terms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Terms, each with how much a listing with it fits.
    terms: Vec<(String, u8)>,
    /// Whether it is a name of the lexicon.
    is_concept: bool,
}

/// How well a listing fits a search: the parts that it has, and how well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    pub(crate) parts: i64,
    pub(crate) weight: i64,
}

/// What a search wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What it is about: content words.
    parts: Vec<Part>,
    /// What only ranks: places and numbers beside content words.
    beside: Vec<Part>,
    /// How many of the parts a listing must have.
    needed: usize,
    /// How well it must fit one of the parts that decide.
    least: u8,
}

impl Wanted {
    /// What the words of a search want. Function words, courtesies and common verbs of the four languages do not count.
    pub(crate) fn of(text: &str) -> Wanted {
        let words = Words::of(text);
        let (mut parts, mut beside) = (Vec::new(), Vec::new());
        let hits = Lexicon::builtin().hits(&words);
        let mut located = Vec::new();
        places::read(&words, &mut located);
        let is_place = |run: &Run<'_>| {
            let start = words.get(run.from).map_or(0, |word| word.start);
            located.iter().any(|it| {
                matches!(it.meaning, Meaning::Place(_)) && (it.start as usize..it.end as usize).contains(&start)
            })
        };
        for hit in &hits {
            let mut terms = Vec::new();
            for concept in &hit.concepts {
                let fits = [("t:", TITLE), ("i:", IN_TITLE), ("k:", CATEGORY), ("", DESCRIPTION)];
                terms.extend(fits.into_iter().map(|(field, fit)| (format!("{field}c:{}", concept.id), fit)));
            }
            if hit.to == hit.from + 1 {
                terms.extend(stemmed(words.folded(hit.from)));
            }
            parts.push(Part { terms, is_concept: true });
        }
        let is_hit = |run: &Run<'_>| hits.iter().any(|hit| hit.from < run.to && run.from < hit.to);
        for run in runs(&words).into_iter().filter(|run| !is_hit(run) && run.folded.chars().nth(1).is_some()) {
            let is_number = words.get(run.from).is_some_and(|word| word.sort == Sort::Digits);
            if !is_number && is_common(&run.folded) {
                continue;
            }
            let mut terms = stemmed(&run.folded);
            if is_place(&run) || is_number {
                beside.push((Part { terms, is_concept: false }, is_number));
                continue;
            }
            if may_be_misspelt(&run.folded) {
                terms.extend(deletions(&run.folded).map(|term| (term, TITLE)));
            }
            parts.push(Part { terms, is_concept: false });
        }
        parts.truncate(PARTS_MAX);
        beside.truncate(PARTS_MAX);
        // A single word that is no thing we know may stand in the description alone: `farming`.
        let is_unknown = matches!(parts.as_slice(), [Part { is_concept: false, .. }]);
        let least = if parts.is_empty() || is_unknown { DESCRIPTION } else { CATEGORY };
        // With nothing else said, a place is what is wanted, and a number is nothing.
        if parts.is_empty() {
            let (numbers, places): (Vec<_>, Vec<_>) = beside.into_iter().partition(|(_, is_number)| *is_number);
            parts = places.into_iter().map(|(part, _)| part).collect();
            beside = numbers;
        }
        let beside = beside.into_iter().map(|(part, _)| part).collect();
        Wanted { needed: parts.len().div_ceil(2), parts, beside, least }
    }

    /// Whether nothing is wanted: no word of the search has a content.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many of the parts a listing must have.
    pub(crate) fn needed(&self) -> i64 {
        i64::try_from(self.needed).unwrap_or(i64::MAX)
    }

    /// How well a listing must fit one of the parts that decide.
    pub(crate) fn least(&self) -> i64 {
        i64::from(self.least)
    }

    /// The terms as rows: the term, its part, how well a listing with it fits, whether the part counts, and whether it decides. Where
    /// there are names of the lexicon, those decide: a red sofa is no red dress.
    pub(crate) fn rows(&self) -> Vec<(&str, usize, u8, u8, u8)> {
        let some_are_concepts = self.parts.iter().any(|part| part.is_concept);
        let counted = self.parts.iter().map(|part| (part, 1, u8::from(part.is_concept || !some_are_concepts)));
        let parts = counted.chain(self.beside.iter().map(|part| (part, 0, 0))).enumerate();
        let rows = parts.flat_map(|(n, (part, counts, decides))| {
            part.terms.iter().map(move |(term, weight)| (term.as_str(), n, *weight, counts, decides))
        });
        rows.collect()
    }

    /// How well a listing with these terms fits; none if it does not. Everything fits a search for nothing.
    pub(crate) fn fit(&self, terms: &[String]) -> Option<Fit> {
        if self.is_empty() {
            return Some(Fit::default());
        }
        let all = self.parts.len() + self.beside.len();
        let (mut weights, mut decided) = (vec![0_u8; all], 0_u8);
        let mut counts = vec![false; all];
        for (term, part, weight, counted, decides) in self.rows() {
            if terms.iter().any(|known| known == term) {
                weights[part] = weights[part].max(weight);
                counts[part] = counted == 1;
                decided = decided.max(weight * decides);
            }
        }
        let parts = counts.iter().filter(|counts| **counts).count();
        let fit = Fit {
            parts: i64::try_from(parts).unwrap_or(i64::MAX),
            weight: weights.iter().map(|weight| i64::from(*weight)).sum(),
        };
        (parts >= self.needed && decided >= self.least).then_some(fit)
    }
}

/// The terms of a word by its stem.
fn stemmed(word: &str) -> Vec<(String, u8)> {
    let stems = stems(word).into_iter().take(STEMS_MAX);
    stems
        .flat_map(|stem| [(format!("t:{stem}"), TITLE), (format!("k:{stem}"), CATEGORY), (stem, DESCRIPTION)])
        .collect()
}

#[cfg(test)]
mod tests;
