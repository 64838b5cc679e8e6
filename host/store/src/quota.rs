//! Quotas: what was used in a period by an agent, by a person, or by all. A constraint of the table keeps them, over all hosts: anyone who
//! would use more is refused, with all that their transaction writes ([`StoreError::is_overrun`](crate::StoreError::is_overrun)).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::settlement::Settlement;
use switchboard_core::{
    effect::{Effect, Write},
    quota::{Quotas, day_of},
};

/// The period in which an agent's notices are counted to mute it by, in milliseconds.
pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// What has a quota. Rows are written in the order of these cases, so that two transactions never wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Tokens of the model: of all, of an agent, of a person.
    Tokens,
    /// Notices that were caused: by an agent, by a person.
    Notices,
    /// Notices to a person.
    Received,
    /// Firings of an agent's timers for a person.
    Timers,
    /// Notices of an agent within an hour: without a quota, to mute it by.
    Hourly,
}

impl What {
    fn as_str(self) -> &'static str {
        match self {
            What::Tokens => "tokens",
            What::Notices => "notices",
            What::Received => "received",
            What::Timers => "timers",
            What::Hourly => "hourly",
        }
    }
}

/// A row of the table: what is counted for whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    what: What,
    since: i64,
    agent: String,
    person: String,
}

/// Something that counts against a quota.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    key: Key,
    n: i64,
    most: i64,
}

impl Use {
    /// `n` of a quota of `most`; less than nothing gives back.
    pub(crate) fn new(what: What, since: i64, agent: &str, person: Option<Uuid>, n: i64, most: i64) -> Use {
        let person = person.map(|person| person.to_string()).unwrap_or_default();
        Use { key: Key { what, since, agent: agent.to_owned(), person }, n, most }
    }
}

/// What a batch uses, a row for each quota.
#[derive(Default)]
pub(crate) struct Uses(BTreeMap<Key, (i64, i64)>);

impl Uses {
    pub(crate) fn add(&mut self, Use { key, n, most }: Use) {
        let (used, least) = self.0.entry(key).or_insert((0, i64::MAX));
        *used += n;
        *least = most.min(*least);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows of [`USE`](crate::quota_script::USE), in the order in which they are written.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let row = |(key, (n, most)): (&Key, &(i64, i64))| {
            json!([key.since, key.what.as_str(), key.agent, key.person, n, most])
        };
        self.0.iter().map(row).collect()
    }
}

/// What the notices of a settlement use.
pub(crate) fn of_notices(settlement: &Settlement, quotas: Quotas) -> Vec<Use> {
    let (day, hour) = (day_of(settlement.now), settlement.now.div_euclid(HOUR_MS) * HOUR_MS);
    let of = |effect: &Effect| match &effect.write {
        Write::Notify { person, .. } => vec![
            Use::new(What::Notices, day, &effect.agent, None, 1, quotas.agent),
            Use::new(What::Notices, day, "", Some(settlement.person_id), 1, quotas.sender),
            received(*person, settlement.now, quotas.recipient),
            Use::new(What::Hourly, hour, &effect.agent, None, 1, i64::MAX),
        ],
        _ => Vec::new(),
    };
    settlement.effects.iter().flat_map(of).collect()
}

/// A notice to a person.
pub(crate) fn received(person: Uuid, now: i64, most: i64) -> Use {
    Use::new(What::Received, day_of(now), "", Some(person), 1, most)
}

/// A firing of a timer.
pub(crate) fn fired(agent: &str, person: Uuid, now: i64, most: i64) -> Use {
    Use::new(What::Timers, day_of(now), agent, Some(person), 1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_one_quota_are_one_row_and_rows_have_one_order() {
        let mut uses = Uses::default();
        let person = Some(Uuid::nil());
        uses.add(Use::new(What::Received, 0, "", person, 1, 9));
        uses.add(Use::new(What::Tokens, 0, "jobs", None, 5, 7));
        uses.add(Use::new(What::Tokens, 0, "", None, 5, 8));
        uses.add(Use::new(What::Tokens, 0, "jobs", None, -2, i64::MAX));
        let nobody = Uuid::nil().to_string();
        assert_eq!(
            uses.rows(),
            [
                json!([0, "tokens", "", "", 5, 8]),
                json!([0, "tokens", "jobs", "", 3, 7]),
                json!([0, "received", "", nobody, 1, 9]),
            ]
        );
    }
}
