//! The capability `readings`: what the host understands of a text, in the person's place and language.

use super::interface;
use crate::agent::state::State;
use switchboard_core::contract::readings::Reading;
use switchboard_understand::{Analysis, Setting};

impl interface::readings::Host for State {
    async fn read(&mut self, text: String) -> wasmtime::Result<Vec<Reading>> {
        let call = self.enter("readings.read")?;
        let setting = Setting {
            now: self.now,
            zone: &self.time_zone,
            country: &self.country,
            currency: &self.currency,
            language: &self.language,
        };
        let found = Analysis::of(&text).read(&setting, &self.lexicon);
        self.tell(call, &[text], found)
    }

    async fn name(&mut self, concept: String, language: String) -> wasmtime::Result<Option<String>> {
        let call = self.enter("readings.name")?;
        let name = self.lexicon.name(&concept, &language).map(str::to_owned);
        self.tell(call, &[concept, language], name)
    }
}
