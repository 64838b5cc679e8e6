//! What a message's words say, read again as in its turn.

use serde::Serialize;

use crate::journal::Journal;
use switchboard_core::contract::readings::Reading;
use switchboard_understand::{Analysis, Setting, lexicon::Lexicon};

/// What a part of the words says.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingShown {
    /// The part.
    pub span: String,
    /// Its meaning, as JSON.
    pub meaning: String,
    /// Whether another meaning is about as likely.
    pub is_unsure: bool,
}

/// What the message's words say, read again as in the turn.
pub(super) fn read_again(journal: &Journal) -> Vec<ReadingShown> {
    let Some(turn) = journal.links.first().map(|link| &link.turn) else { return Vec::new() };
    let Some(words) = turn.message.content.words() else { return Vec::new() };
    let setting = Setting {
        now: turn.now,
        zone: &turn.person.time_zone,
        country: &turn.person.country,
        currency: &turn.person.currency,
        language: &turn.person.language,
    };
    let found = Analysis::of(words).read(&setting, Lexicon::builtin());
    let shown = |reading: &Reading| ReadingShown {
        span: words.get(reading.start as usize..reading.end as usize).unwrap_or_default().to_owned(),
        meaning: serde_json::to_string(&reading.meaning).unwrap_or_default(),
        is_unsure: reading.unsure,
    };
    found.iter().map(shown).collect()
}
