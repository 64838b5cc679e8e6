//! The capability `search`: search over the listings of all agents that are on for this person.

use super::interface;
use crate::agent::state::State;
use switchboard_core::contract::{
    search::{Hit, Query},
    types::Problem,
};

/// The feature flag for this capability.
const FEATURE: &str = "unifiedSearch";

impl interface::search::Host for State {
    async fn find(&mut self, query: Query) -> wasmtime::Result<Result<Vec<Hit>, Problem>> {
        let call = self.enter("search.find")?;
        let answer = self.found_anywhere(&query).await;
        self.answer(call, &[query], answer)
    }
}

impl State {
    async fn found_anywhere(&self, query: &Query) -> Result<Vec<Hit>, Problem> {
        let host = self.granted()?;
        if !host.features.iter().any(|feature| feature == FEATURE) {
            return Err(Problem::Denied(format!("the feature `{FEATURE}` is off")));
        }
        let mut domains: Vec<String> = host.roster.iter().map(|card| card.name.clone()).collect();
        domains.push(self.agent.as_ref().to_owned());
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        Ok(host.reads.search(&domains, host.person, query, now).await?)
    }
}
