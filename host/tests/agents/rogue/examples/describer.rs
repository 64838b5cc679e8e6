//! An agent that describes itself as a test has written into its bytes.

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

use agent_sdk::{Outcome, Profile, Turn, bindings, reply};

/// Room for a profile as JSON.
static PROFILE: [u8; 400_000] = {
    const MARK: &[u8] = b"the profile of the describer";
    let (mut room, mut n) = ([b' '; 400_000], 0);
    while n < MARK.len() {
        room[n] = MARK[n];
        n += 1;
    }
    room
};

struct Describer;

// Not the SDK's own way, which takes flows and tools from the code.
impl bindings::Guest for Describer {
    fn describe() -> Profile {
        // Read from memory, where a test puts another: never taken for known.
        serde_json::from_slice(std::hint::black_box(&PROFILE).as_slice()).expect("a profile")
    }

    fn handle(_: Turn) -> agent_sdk::Result<Outcome> {
        Ok(Outcome::say(reply::text("described")))
    }
}

#[cfg(target_arch = "wasm32")]
bindings::export_world!(Describer with_types_in bindings);
