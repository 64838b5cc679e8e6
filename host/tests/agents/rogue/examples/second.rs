//! The agent under the name `second`.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Second;

export!(Second);

impl Agent for Second {
    fn profile() -> Profile {
        rogue::profile("second")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        rogue::handle("second", turn)
    }
}
