//! The token budget: daily caps in total, per agent and per person. Use is stored in the database, so a restart keeps
//! it.

use std::{collections::HashMap, sync::Mutex};

use uuid::Uuid;

use switchboard_core::model::Asker;
use switchboard_store::{Store, StoreError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Daily caps on tokens, input and output together. Days are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// `MODEL_TOKENS_PER_DAY`: in total.
    pub all: u64,
    /// `MODEL_TOKENS_PER_AGENT`: per agent.
    pub agent: u64,
    /// `MODEL_TOKENS_PER_PERSON`: per person.
    pub person: u64,
}

/// The cap that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cap {
    /// The total.
    #[error("the day's tokens are spent")]
    All,
    /// The agent's.
    #[error("the agent's tokens of the day are spent")]
    Agent,
    /// The person's.
    #[error("the person's tokens of the day are spent")]
    Person,
}

/// The tokens used today.
#[derive(Default)]
struct Day {
    number: i64,
    all: u64,
    agents: HashMap<String, u64>,
    people: HashMap<Uuid, u64>,
}

/// Counts used tokens and enforces the caps.
pub struct Budget {
    caps: Caps,
    day: Mutex<Day>,
    store: Option<Store>,
}

impl Budget {
    /// Loads today's use from the database.
    pub async fn load(caps: Caps, store: Store, now: i64) -> Result<Budget, StoreError> {
        let mut day = Day { number: now.div_euclid(DAY_MS), ..Day::default() };
        for (agent, person, tokens) in store.model_use(day.number).await? {
            day.all += tokens;
            *day.agents.entry(agent).or_default() += tokens;
            *day.people.entry(person).or_default() += tokens;
        }
        Ok(Budget { caps, day: Mutex::new(day), store: Some(store) })
    }

    /// A budget without a database.
    pub fn in_memory(caps: Caps) -> Budget {
        Budget { caps, day: Mutex::default(), store: None }
    }

    /// Checks the caps before a request. Only the last request below a cap may exceed it.
    pub(super) fn admit(&self, asker: Asker<'_>, now: i64) -> Result<(), Cap> {
        let day = self.today(now);
        let of_agent = day.agents.get(asker.agent).copied().unwrap_or_default();
        let of_person = day.people.get(&asker.person).copied().unwrap_or_default();
        match () {
            () if day.all >= self.caps.all => Err(Cap::All),
            () if of_agent >= self.caps.agent => Err(Cap::Agent),
            () if of_person >= self.caps.person => Err(Cap::Person),
            () => Ok(()),
        }
    }

    pub(super) async fn spend(&self, asker: Asker<'_>, tokens: u64, now: i64) {
        let number = {
            let mut day = self.today(now);
            day.all += tokens;
            *day.agents.entry(asker.agent.to_owned()).or_default() += tokens;
            *day.people.entry(asker.person).or_default() += tokens;
            day.number
        };
        if let Some(store) = &self.store
            && let Err(error) = store.model_used(number, asker.agent, asker.person, tokens).await
        {
            tracing::warn!("the tokens of a question were not written down: {error}");
        }
    }

    fn today(&self, now: i64) -> std::sync::MutexGuard<'_, Day> {
        let mut day = self.day.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let number = now.div_euclid(DAY_MS);
        if day.number != number {
            *day = Day { number, ..Day::default() };
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn caps_hold_for_a_day() {
        let budget = Budget::in_memory(Caps { all: 300, agent: 200, person: 100 });
        let asker = |agent, person| Asker { agent, person: Uuid::from_u128(person) };
        budget.spend(asker("jobs", 1), 100, 0).await;
        assert_eq!(budget.admit(asker("jobs", 1), 0), Err(Cap::Person));
        assert_eq!(budget.admit(asker("jobs", 2), 0), Ok(()));
        budget.spend(asker("jobs", 2), 100, 0).await;
        assert_eq!(budget.admit(asker("jobs", 3), 0), Err(Cap::Agent));
        budget.spend(asker("farmer", 3), 100, 0).await;
        assert_eq!(budget.admit(asker("rides", 4), 0), Err(Cap::All));
        assert_eq!(budget.admit(asker("jobs", 1), DAY_MS), Ok(()));
    }
}
