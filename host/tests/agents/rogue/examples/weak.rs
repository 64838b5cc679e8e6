//! The agent `rogue` in a version that is weak.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Weak;

export!(Weak);

impl Agent for Weak {
    fn profile() -> Profile {
        rogue::profile("rogue")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        rogue::weak(turn)
    }
}
