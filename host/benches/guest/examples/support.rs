//! The agent under the name `support`.

use agent_sdk::{Agent, Outcome, Profile, Result, Turn, export};

struct Support;

export!(Support);

impl Agent for Support {
    fn profile() -> Profile {
        bench_guest::profile("support")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        bench_guest::handle(turn)
    }
}
