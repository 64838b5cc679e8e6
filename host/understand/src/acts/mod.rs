//! Acts: what a text does, such as to agree, to thank, to ask for a human.

mod act;
mod automaton;
mod choose;
mod pattern;
mod phrases;
mod spelling;
mod verbs;

use switchboard_core::contract::{
    readings::{Meaning, Reading},
    types::Other,
};

pub use act::{Act, Found};

use crate::words::Words;

/// What a text does, and what somebody is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The acts, in the text's order. No two share a word.
    pub acts: Vec<Found>,
    /// What somebody is about, finer than [`Act::Offer`] and [`Act::Seek`]: `sell`, `hire`, `reserve` and so on, each once. The names are
    /// the first cells of `data/acts/deeds.tsv`.
    pub deeds: Vec<&'static str>,
    /// Words that name a deed and say that it is not meant: `not hiring`, `je ne vends pas`. Places as of [`Words::get`], the second
    /// exclusive.
    pub denied: Vec<(usize, usize)>,
    /// Words that say what a wish is for, with or near, and not what is wished: `for my new restaurant`, `near the airport`. Places as in
    /// `denied`.
    pub backdrop: Vec<(usize, usize)>,
    /// The act of a text that does nothing else: courtesies, names of nobody and fillers do not count.
    pub whole: Option<Act>,
    /// The language that the text asks to be answered in, if it names one: `English please`, `parlez-vous français ?`, `mu kinyarwanda`.
    pub language: Option<&'static str>,
}

impl Said {
    /// Whether it does an act, among others.
    pub fn does(&self, act: Act) -> bool {
        self.acts.iter().any(|it| it.act == act)
    }
}

/// The acts and deeds of a text.
pub fn said(words: &Words<'_>) -> Said {
    let all = choose::all(words);
    let language = all.heard.iter().find_map(|it| it.language);
    let mut acts: Vec<Found> = all.heard.into_iter().map(|it| it.found).collect();
    acts.sort_by_key(|it| (it.from, it.to));
    Said { acts, deeds: all.deeds, denied: all.denied, backdrop: all.backdrop, whole: all.whole, language }
}

/// The act of a text that does nothing else.
pub fn whole(text: &str) -> Option<Act> {
    said(&Words::of(text)).whole
}

/// Reads the acts, and the deeds as readings of no words (kind `deed`).
pub(crate) fn read(words: &Words<'_>, said: &Said, found: &mut Vec<Reading>) {
    found.extend(said.acts.iter().map(|it| {
        let meaning = Meaning::Act(it.act.name().to_owned());
        match it.sign {
            Some(sign) => words.reading_of_sign(sign, meaning),
            None => words.reading(it.from, it.to, meaning, false),
        }
    }));
    let deed = |name: &str| Meaning::Other(Other { kind: "deed".to_owned(), value: format!("\"{name}\"") });
    found.extend(said.deeds.iter().map(|name| Reading { start: 0, end: 0, meaning: deed(name), unsure: false }));
}

#[cfg(test)]
mod tests;
