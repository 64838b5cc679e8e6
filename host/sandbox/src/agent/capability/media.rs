//! The capability `media`: questions to the model about files that people sent, and whether they are kept. The bytes stay with the host.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{contract::types::Problem, file::FileState, model::Asker};

impl interface::media::Host for State {
    async fn describe(&mut self, handle: String, question: String) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("media.describe")?;
        let answer = self.described(&handle, &question).await;
        self.answer(call, &(handle, question), answer)
    }

    async fn state(&mut self, handle: String) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("media.state")?;
        let answer = self.may_use(&handle).await.map(|state| state.as_str().to_owned());
        self.answer(call, &[handle], answer)
    }
}

impl State {
    async fn described(&self, handle: &str, question: &str) -> Result<String, Problem> {
        let host = self.granted()?;
        // Without a model no file is looked at, whosever it is: the answer is the model's.
        if host.model.is_there() {
            self.may_use(handle).await?;
        }
        host.model.describe(Asker { agent: &self.agent, person: host.person }, handle, question).await
    }

    /// Checks that a file is this person's, or in a listing of the agent's domain. Every other is as one that there is not.
    pub(super) async fn may_use(&self, handle: &str) -> Result<FileState, Problem> {
        let host = self.granted()?;
        host.reads.file_state(&self.agent, host.person, handle).await?.ok_or(Problem::NotFound)
    }
}
