//! The capability `privacy`: counts of the data stored about a person, and its deletion.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::{privacy::Holding, types::Problem},
    effect::Write,
};

impl interface::privacy::Host for State {
    async fn held(&mut self) -> wasmtime::Result<Result<Vec<Holding>, Problem>> {
        let call = self.enter("privacy.held")?;
        let answer = match self.granted() {
            Ok(host) => host.reads.held(host.person).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        self.answer(call, &(), answer)
    }

    async fn forget(&mut self) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("privacy.forget")?;
        let answer = self.granted().map(drop).map(|()| self.hold(Write::Forget));
        self.answer(call, &(), answer)
    }
}
