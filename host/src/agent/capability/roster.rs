//! `roster`: the agents that are on for this person.

use crate::agent::{
    contract::roster::{Card, Host},
    state::State,
};

impl Host for State {
    async fn agents(&mut self) -> wasmtime::Result<Vec<Card>> {
        let call = self.enter("roster.agents")?;
        let others = match &self.host {
            Some(host) => host.roster.iter().filter(|card| card.name != *self.agent).cloned().collect(),
            None => Vec::new(),
        };
        self.tell(call, &(), others)
    }
}
