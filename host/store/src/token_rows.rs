//! What changes in the token budget, made into rows.

use serde_json::json;
use uuid::Uuid;

use crate::{
    quota::{Use, What},
    values::Values,
};
use switchboard_core::quota::DAY_MS;

/// How long a reservation lives: far longer than any question.
const RESERVED_MS: i64 = 10 * 60 * 1000;

/// Tokens: in all, of an agent, of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// In all.
    pub all: i64,
    /// The agent's.
    pub agent: i64,
    /// The person's.
    pub person: i64,
}

/// Tokens that are reserved for a question.
#[derive(Clone, Debug)]
pub struct Reservation {
    pub(crate) id: Uuid,
    pub(crate) since: i64,
    pub(crate) agent: String,
    pub(crate) person: Uuid,
    pub(crate) tokens: i64,
    pub(crate) prompt: i64,
}

/// What changes in the token budget: one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokensChange {
    pub(crate) reserved: Option<(Reservation, Tokens)>,
    /// Reservations that end: what was used, if somebody knows.
    pub(crate) settled: Vec<(Reservation, Option<i64>)>,
}

impl TokensChange {
    /// Adds it to the script's values.
    pub(crate) fn gather(&self, now: i64, values: &mut Values) {
        if let Some((r, caps)) = &self.reserved {
            r.count(r.tokens, *caps, values);
            values.reserved.push(json!([r.id, r.since, r.agent, r.person, r.tokens, r.prompt, now + RESERVED_MS]));
        }
        for (r, used) in &self.settled {
            let no_cap = Tokens { all: i64::MAX, agent: i64::MAX, person: i64::MAX };
            r.count(used.unwrap_or(r.prompt) - r.tokens, no_cap, values);
            values.settled.push(r.id);
            if let Some(used) = used.filter(|used| *used > 0) {
                values.model_used.push(json!([r.since.div_euclid(DAY_MS), r.agent, r.person, used]));
            }
        }
    }
}

impl Reservation {
    fn count(&self, n: i64, caps: Tokens, values: &mut Values) {
        for (agent, person, most) in
            [("", None, caps.all), (self.agent.as_str(), None, caps.agent), ("", Some(self.person), caps.person)]
        {
            values.uses.add(Use::new(What::Tokens, self.since, agent, person, n, most));
        }
    }
}
