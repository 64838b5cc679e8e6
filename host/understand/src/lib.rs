//! What a message says, read once for all agents: money, numbers, quantities, times, places, things and acts, in English, French,
//! Kinyarwanda and Swahili.
//!
//! Pure: the same text and [`Setting`] give the same readings. [`words`] cuts a text into folded words that know where they stand; each
//! of the other modules reads one sort of meaning from them. What people call things stands in files below `data/`, which a native
//! speaker can correct.

pub mod acts;
mod analysis;
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
pub mod topics;
mod values;
mod vocabulary;
pub mod words;

pub use analysis::{Analysis, READINGS_MAX};
pub use setting::Setting;
use switchboard_core::contract::readings::Reading;

/// Makes the tables that reading takes: a few hundredths of a second, which the first message would wait otherwise.
pub fn prepare() {
    let setting = Setting { now: 0, zone: "UTC", country: "", currency: "", language: "en" };
    let text = Analysis::of("hello, 2 chairs at 10 in Kigali");
    language::evidence(&text.words);
    topics::topic(&text.words, |_| false);
    text.read(&setting, lexicon::Lexicon::builtin());
}

/// Reads a text. The readings stand in the order of the text.
pub fn read(text: &str, setting: &Setting<'_>) -> Vec<Reading> {
    Analysis::of(text).read(setting, lexicon::Lexicon::builtin())
}
