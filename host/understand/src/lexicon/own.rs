//! Concepts that an agent brings with its profile.

use serde::Deserialize;
use switchboard_core::text::LANGUAGES;

use super::entry::Concept;

/// The name of the profile's extra with an agent's own concepts.
pub const EXTRA: &str = "concepts";

/// The most concepts of one agent.
pub const CONCEPTS_MAX: usize = 200;

/// The most names of a concept in one language.
pub const NAMES_MAX: usize = 20;

/// The longest id, kind, category or name, in characters.
pub const NAME_CHARS_MAX: usize = 60;

/// Why the concepts of an agent are refused.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The value is not a list of concepts.
    #[error("`concepts` is not a JSON list of concepts: {0}")]
    Json(#[from] serde_json::Error),
    /// There are more than [`CONCEPTS_MAX`].
    #[error("`concepts` has {0} concepts; {CONCEPTS_MAX} are the most")]
    TooMany(usize),
    /// A concept has an id, a kind or a category that is none.
    #[error(
        "the concept `{0}` needs an id, a kind and a category of small letters, digits and `_`, each of up to {NAME_CHARS_MAX} characters \
         (the category may be empty)"
    )]
    Id(String),
    /// A concept has no name, too many names, or one that is too long.
    #[error(
        "the concept `{0}` needs a name, and has at most {NAMES_MAX} names in each language, each of up to {NAME_CHARS_MAX} characters \
         without a comma"
    )]
    Names(String),
    /// A concept has a name in a language that is not supported.
    #[error("the concept `{0}` has names in `{1}`, which is none of en, fr, rw and sw")]
    Language(String, String),
}

/// A concept as an agent writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Its id.
    pub concept: String,
    /// What sort it is.
    pub kind: String,
    /// Within the sort; empty if there is none.
    #[serde(default)]
    pub category: String,
    /// Its names by language, the everyday one first. A language without names has none in use.
    pub names: std::collections::BTreeMap<String, Vec<String>>,
}

/// Reads the concepts that an agent brings: the value of its profile's extra [`EXTRA`].
pub fn own(json: &str) -> Result<Vec<Concept>, OwnError> {
    let all: Vec<Own> = serde_json::from_str(json)?;
    if all.len() > CONCEPTS_MAX {
        return Err(OwnError::TooMany(all.len()));
    }
    all.into_iter().map(concept).collect()
}

fn concept(own: Own) -> Result<Concept, OwnError> {
    let Own { concept: id, kind, category, names: given } = own;
    let is_id = |text: &str| {
        text.len() <= NAME_CHARS_MAX && text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    if id.is_empty() || kind.is_empty() || ![&id, &kind, &category].iter().all(|text| is_id(text)) {
        return Err(OwnError::Id(id));
    }
    let is_name = |name: &String| {
        !switchboard_core::text::is_blank(name) && name.chars().count() <= NAME_CHARS_MAX && !name.contains(',')
    };
    if given.values().all(Vec::is_empty) || given.values().any(|all| all.len() > NAMES_MAX || !all.iter().all(is_name))
    {
        return Err(OwnError::Names(id));
    }
    let mut names = <[Vec<String>; 4]>::default();
    for (language, all) in given {
        match LANGUAGES.iter().position(|known| *known == language) {
            Some(at) => names[at] = all,
            None => return Err(OwnError::Language(id, language)),
        }
    }
    Ok(Concept { id, kind, category, names })
}
