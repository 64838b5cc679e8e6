//! The agent under the name `desk`.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Desk;

export!(Desk);

impl Agent for Desk {
    fn profile() -> Profile {
        bench_guest::profile("desk")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        bench_guest::handle(turn)
    }
}
