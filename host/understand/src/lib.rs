//! What a message says, read once for all agents: money, numbers, quantities, times, places, things and acts, in English, French,
//! Kinyarwanda and Swahili.
//!
//! Pure: the same text and [`Setting`] give the same readings. [`words`] cuts a text into folded words that know where they stand; each
//! of the other modules reads one sort of meaning from them. What people call things stands in files below `data/`, which a native
//! speaker can correct.

pub mod acts;
pub mod emergency;
pub mod language;
pub mod lexicon;
pub mod money;
pub mod numbers;
pub mod places;
pub mod quantities;
pub mod times;
pub mod words;

use switchboard_core::contract::readings::Reading;
use words::Words;

/// Where and when a text was said.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// When it is read, in milliseconds since 1970.
    pub now: u64,
    /// The person's time zone (IANA), for instance `Africa/Kigali`. An unknown one is UTC.
    pub zone: &'a str,
    /// The person's country (ISO 3166-1 alpha-2).
    pub country: &'a str,
    /// The currency of amounts that name none (ISO 4217).
    pub currency: &'a str,
    /// The language that the person speaks, as far as is known: `en`, `fr`, `rw`, `sw`. A hint: texts mix languages.
    pub language: &'a str,
}

/// The most readings of a text.
pub const READINGS_MAX: usize = 64;

/// Reads a text. The readings stand in the order of the text.
pub fn read(text: &str, setting: &Setting<'_>) -> Vec<Reading> {
    let words = Words::of(text);
    let mut found = Vec::new();
    money::read(&words, setting, &mut found);
    numbers::read(&words, &mut found);
    quantities::read(&words, setting, &mut found);
    times::read(&words, setting, &mut found);
    places::read(&words, &mut found);
    lexicon::read(&words, &mut found);
    acts::read(&words, &mut found);
    found.sort_by_key(|reading| (reading.start, reading.end));
    found.truncate(READINGS_MAX);
    found
}
