//! The lexicon: concepts, each with its everyday names in four languages.

use switchboard_core::contract::readings::Reading;

use crate::words::Words;

/// Reads them.
pub fn read(_words: &Words<'_>, _found: &mut Vec<Reading>) {}

/// The everyday name of a concept in a language.
pub fn name(_concept: &str, _language: &str) -> Option<&'static str> {
    None
}
