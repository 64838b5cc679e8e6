//! The capability `media`: questions to the model about files that people sent. The bytes stay with the host.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{contract::types::Problem, model::Asker};

impl interface::media::Host for State {
    async fn describe(&mut self, handle: String, question: String) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("media.describe")?;
        let answer = self.described(&handle, &question).await;
        self.answer(call, &(handle, question), answer)
    }
}

impl State {
    async fn described(&self, handle: &str, question: &str) -> Result<String, Problem> {
        let host = self.granted()?;
        host.model.describe(Asker { agent: &self.agent, person: host.person }, handle, question).await
    }
}
