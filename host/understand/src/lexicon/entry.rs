//! Concepts.

use switchboard_core::text::LANGUAGES;

/// Something that people name: a thing, a trade, a dish, a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its name in the lexicon, for instance `fridge`.
    pub id: String,
    /// What sort it is, for instance `goods`.
    pub kind: String,
    /// Within the sort, for instance `electronics`; empty if there is none.
    pub category: String,
    /// Its names in each language, in the order of [`LANGUAGES`], the everyday one first; empty where none is used.
    pub names: [Vec<String>; 4],
}

impl Concept {
    /// The everyday name in a language, as it stands within a sentence.
    pub fn name(&self, language: &str) -> Option<&str> {
        let at = LANGUAGES.iter().position(|known| *known == language)?;
        self.names[at].first().map(String::as_str)
    }
}
