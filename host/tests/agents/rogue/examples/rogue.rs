//! The agent under the name `rogue`.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Rogue;

export!(Rogue);

impl Agent for Rogue {
    fn profile() -> Profile {
        rogue::profile("rogue")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        rogue::handle("rogue", turn)
    }
}
