//! The capability `model`: questions to a language model, within the limits of a turn.

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        model::{Answer, Part, Request},
        types::Problem,
    },
    model::Asker,
};

/// The most questions in one turn.
const ASKED_MAX: usize = 6;

/// The longest system prompt, in bytes.
const SYSTEM_BYTES_MAX: usize = 16 << 10;

/// The longest conversation, in bytes.
const ENTRIES_BYTES_MAX: usize = 64 << 10;

/// The most tools of one question.
const TOOLS_MAX: usize = 32;

/// The most tokens of one answer.
const TOKENS_MAX: u32 = 2_048;

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
        if self.calls.iter().filter(|call| call.name == "model.generate").count() >= ASKED_MAX {
            return Err(Problem::Limit(format!("{ASKED_MAX} questions a turn")));
        }
        host.model.generate(Asker { agent: &self.agent, person: host.person }, request).await
    }
}

fn check_request(request: &Request) -> Result<(), Problem> {
    let entries: usize = request.entries.iter().map(|entry| bytes(&entry.part)).sum();
    let bounds = [
        ("system", request.system.len(), SYSTEM_BYTES_MAX),
        ("entries", entries, ENTRIES_BYTES_MAX),
        ("tools", request.tools.len(), TOOLS_MAX),
        ("tokens-max", request.tokens_max as usize, TOKENS_MAX as usize),
    ];
    if let Some((what, n, most)) = bounds.into_iter().find(|(_, n, most)| n > most) {
        return Err(Problem::Invalid(format!("{what}: {n}, at most {most}")));
    }
    if request.entries.is_empty() {
        return Err(Problem::Invalid("entries: there are none".into()));
    }
    for tool in &request.tools {
        check::name("tools", &tool.name)?;
        check::object("tools", &tool.parameters)?;
    }
    request.answer_schema.as_deref().map_or(Ok(()), |schema| check::object("answer-schema", schema))
}

fn bytes(part: &Part) -> usize {
    match part {
        Part::Said(text) => text.len(),
        Part::Called(call) => call.arguments.len(),
        Part::Answered(answered) => answered.result.len(),
    }
}
