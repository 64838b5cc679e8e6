//! Errors of loading a component as an agent, and of running a turn.

use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::state::State;
use switchboard_core::contract::{bounds::Wrong, types::Failure};

/// A component cannot be loaded as an agent.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It imports a capability that `plugins.toml` does not grant.
    #[error(
        "it imports `{0}`, which is not granted: add \"{0}\" to the agent's `capabilities` in plugins.toml if it may have it"
    )]
    NotGranted(String),
    /// It imports WASI, as some tool chains do, without the grant `wasi`.
    #[error(
        "it imports `{0}`, and no WASI is granted: add \"wasi\" to the agent's `capabilities` in plugins.toml for an inert one, or \
         build it for the target wasm32-unknown-unknown, see agents/README.md"
    )]
    Wasi(String),
    /// It imports a part of WASI that this host does not provide.
    #[error(
        "it imports `{0}`: the inert WASI has wasi:cli, clocks, filesystem, io, random and sockets of 0.2 and nothing else; build it \
         without, see docs/other-languages.md"
    )]
    WasiLacks(String),
    /// It imports an interface that no version of the contract has.
    #[error("it imports `{0}`, which this host does not know; it serves switchboard:agent@1.1")]
    Unknown(String),
    /// Its exports or types do not match the contract.
    #[error("it is no agent of switchboard:agent@1.1: {0}")]
    World(String),
    /// Its export `describe` failed.
    #[error("its `describe` failed: {0}")]
    Describe(String),
    /// The profile that it returned is invalid.
    #[error("its profile is not usable: {0}")]
    Profile(String),
}

/// A turn ended without an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The agent returned a failure.
    #[error("the agent failed: {}", failure(.0))]
    Failure(Failure),
    /// The component trapped, for instance by a panic or an access out of bounds.
    #[error("the agent trapped: {0}")]
    Trap(String),
    /// The fuel limit was reached.
    #[error("the agent ran out of fuel")]
    Fuel,
    /// The CPU time limit was reached.
    #[error("the agent took more processor time than a turn may")]
    Deadline,
    /// The wall-clock limit was reached.
    #[error("the agent took longer than a turn may")]
    Wall,
    /// The memory or table limit was reached.
    #[error("the agent needed more memory than a turn may have")]
    Memory,
    /// The stack overflowed.
    #[error("the agent overflowed its stack")]
    Stack,
    /// The limit on capability calls was reached.
    #[error("the agent called more capabilities than a turn may")]
    HostCalls,
    /// The outcome, or an argument of a capability, is larger than allowed.
    #[error("the agent's answer is larger than a turn may give")]
    Oversize,
    /// A field of the outcome is beyond its [bound](switchboard_core::contract::bounds).
    #[error("the agent's answer breaks the contract: {0}")]
    Bounds(Wrong),
    /// No slot of the instance pool was free.
    #[error("no sandbox is free")]
    Pool,
}

impl Stopped {
    /// Whether the version itself is at fault (a trap or an exceeded limit), so that another version may succeed.
    pub fn is_breach(&self) -> bool {
        !matches!(self, Stopped::Failure(_) | Stopped::Pool)
    }
}

fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Invalid(text) => format!("invalid: {text}"),
        Failure::Internal(text) => text.clone(),
        Failure::Other(other) => other.kind.clone(),
    }
}

/// Maps a wasmtime error to the limit that the turn exceeded.
pub(super) fn why(error: &wasmtime::Error, state: &State) -> Stopped {
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Stopped::Pool;
    }
    if state.calls_spent {
        return Stopped::HostCalls;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Stopped::Fuel,
        Some(Trap::Interrupt) => Stopped::Deadline,
        Some(Trap::StackOverflow) => Stopped::Stack,
        _ if state.meter.refused() => Stopped::Memory,
        Some(trap) => Stopped::Trap(trap.to_string()),
        None => {
            // The root cause, without the guest's backtrace, which wasmtime puts before it.
            let text = error.root_cause().to_string();
            // wasmtime limits the bytes lifted from guest to host, and has no type for that error.
            if text.contains("hostcall") { Stopped::Oversize } else { Stopped::Trap(text) }
        }
    }
}
