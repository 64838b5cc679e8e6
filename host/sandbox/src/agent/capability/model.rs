//! The capability `model`: questions to a language model, within the limits of a turn.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        bounds::MODEL_ENTRIES_BYTES_MAX,
        model::{Answer, Part, Request},
        quotas::{self, QUESTIONS_A_TURN},
        types::Problem,
    },
    model::Asker,
};

impl interface::model::Host for State {
    async fn generate(&mut self, request: Request) -> wasmtime::Result<Result<Answer, Problem>> {
        let call = self.enter("model.generate")?;
        let answer = self.generated(&request).await;
        self.answer(call, &[request], answer)
    }
}

impl State {
    async fn generated(&self, request: &Request) -> Result<Answer, Problem> {
        let host = self.granted()?;
        check_request(request)?;
        let asked = self.calls.iter().filter(|call| call.name == "model.generate").count() as u64;
        quotas::one_more(asked, QUESTIONS_A_TURN, "questions a turn")?;
        host.model.generate(Asker { agent: &self.agent, person: host.person }, request).await
    }
}

/// Checks what the entries have together.
fn check_request(request: &Request) -> Result<(), Problem> {
    match request.entries.iter().map(|entry| bytes(&entry.part)).sum::<usize>() {
        n if n > MODEL_ENTRIES_BYTES_MAX => {
            Err(Problem::Invalid(format!("entries: have {n} bytes, at most {MODEL_ENTRIES_BYTES_MAX}")))
        }
        _ => Ok(()),
    }
}

fn bytes(part: &Part) -> usize {
    match part {
        Part::Said(text) => text.len(),
        Part::Called(call) => call.arguments.len(),
        Part::Answered(answered) => answered.result.len(),
    }
}
