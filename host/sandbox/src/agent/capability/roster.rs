//! The capability `roster`: the agents that are on for this person.

use super::interface;
use crate::agent::state::State;
use switchboard_core::contract::roster::Card;

impl interface::roster::Host for State {
    async fn agents(&mut self) -> wasmtime::Result<Vec<Card>> {
        let call = self.enter("roster.agents")?;
        let others = match &self.host {
            Some(host) => host.roster.iter().filter(|card| card.name != *self.agent).cloned().collect(),
            None => Vec::new(),
        };
        self.tell(call, &(), others)
    }
}
