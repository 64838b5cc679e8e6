//! What a message says, read once for all agents: money, numbers, quantities, times, places, things and acts, in English, French,
//! Kinyarwanda and Swahili.
//!
//! Pure: the same text and [`Setting`] give the same readings. [`words`] cuts a text into folded words that know where they stand; each
//! of the other modules reads one sort of meaning from them. What people call things stands in files below `data/`, which a native
//! speaker can correct.

pub mod acts;
mod claims;
pub mod emergency;
pub mod language;
pub mod lexicon;
mod money;
mod near;
mod numbers;
mod numeral;
pub mod places;
mod quantities;
mod role;
mod scan;
mod setting;
mod times;
mod values;
mod vocabulary;
pub mod words;

pub use setting::Setting;
use switchboard_core::contract::readings::Reading;
use words::Words;

/// The most readings of a text.
pub const READINGS_MAX: usize = 64;

/// Reads a text. The readings stand in the order of the text.
pub fn read(text: &str, setting: &Setting<'_>) -> Vec<Reading> {
    let words = Words::of(text);
    let mut found = Vec::new();
    values::read(&words, setting, &mut found);
    places::read(&words, &mut found);
    lexicon::read(&words, &mut found);
    acts::read(&words, &mut found);
    found.sort_by_key(|reading| (reading.start, reading.end));
    found.truncate(READINGS_MAX);
    found
}
