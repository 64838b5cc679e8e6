//! The agent `rogue` in a version that is worse.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Worse;

export!(Worse);

impl Agent for Worse {
    fn profile() -> Profile {
        rogue::profile("rogue")
    }

    fn handle(_turn: &Turn) -> Result<Outcome> {
        rogue::worse()
    }
}
