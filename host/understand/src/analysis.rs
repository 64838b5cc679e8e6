//! A text and what it says, worked out once for all who ask.

use switchboard_core::contract::readings::Reading;

use crate::{
    acts::{self, Said},
    lexicon::Lexicon,
    places,
    setting::Setting,
    values,
    words::Words,
};

/// The most readings of a text.
pub const READINGS_MAX: usize = 64;

/// A text as words, with what it does: commands, the language, routing and readings are taken from one.
#[derive(Clone, Debug)]
pub struct Analysis<'t> {
    /// Its words.
    pub words: Words<'t>,
    /// Its acts and deeds.
    pub said: Said,
}

impl<'t> Analysis<'t> {
    /// That of a text.
    pub fn of(text: &'t str) -> Analysis<'t> {
        let words = Words::of(text);
        let said = acts::said(&words);
        Analysis { words, said }
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.words.text
    }

    /// Its readings in its order, with the names of a lexicon.
    pub fn read(&self, setting: &Setting<'_>, lexicon: &Lexicon) -> Vec<Reading> {
        let mut found = Vec::new();
        values::read(&self.words, setting, &mut found);
        places::read(&self.words, &mut found);
        lexicon.read(&self.words, &mut found);
        acts::read(&self.words, &self.said, &mut found);
        found.sort_by_key(|reading| (reading.start, reading.end));
        found.truncate(READINGS_MAX);
        found
    }
}
