//! Why a component cannot be an agent, and why a turn has no outcome.

use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::state::State;
use switchboard_core::contract::types::Failure;

/// Why a component cannot be an agent here.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It wants what it was not granted.
    #[error(
        "it imports `{0}`, which is not granted: add \"{0}\" to the agent's `capabilities` in plugins.toml if it may have it"
    )]
    NotGranted(String),
    /// It was built with a tool chain that wants WASI.
    #[error(
        "it imports `{0}`, and no WASI is granted: add \"wasi\" to the agent's `capabilities` in plugins.toml for an inert one, or \
         build it for the target wasm32-unknown-unknown, see agents/README.md"
    )]
    Wasi(String),
    /// It wants more of WASI than there is.
    #[error(
        "it imports `{0}`: the inert WASI has wasi:cli, clocks, filesystem, io, random and sockets of 0.2 and nothing else; build it \
         without, see docs/other-languages.md"
    )]
    WasiLacks(String),
    /// It imports what no version of the contract has.
    #[error("it imports `{0}`, which this host does not know; it serves switchboard:agent@1.0")]
    Unknown(String),
    /// It does not fit the contract.
    #[error("it is no agent of switchboard:agent@1.0: {0}")]
    World(String),
    /// It failed to describe itself.
    #[error("its `describe` failed: {0}")]
    Describe(String),
    /// Its profile is not usable.
    #[error("its profile is not usable: {0}")]
    Profile(String),
}

/// Why a turn has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The agent said so.
    #[error("the agent failed: {}", failure(.0))]
    Failure(Failure),
    /// A trap: a panic, an access out of bounds.
    #[error("the agent trapped: {0}")]
    Trap(String),
    /// Too many instructions.
    #[error("the agent ran out of fuel")]
    Fuel,
    /// Too long on a processor.
    #[error("the agent took more processor time than a turn may")]
    Deadline,
    /// Too long altogether.
    #[error("the agent took longer than a turn may")]
    Wall,
    /// Memory or tables beyond the limit.
    #[error("the agent wanted more memory than a turn may have")]
    Memory,
    /// Calls too deep.
    #[error("the agent called too deep")]
    Stack,
    /// Too many calls of capabilities.
    #[error("the agent called more capabilities than a turn may")]
    HostCalls,
    /// The outcome, or what was handed to a capability, is too large.
    #[error("the agent's answer is larger than a turn may give")]
    Oversize,
    /// The host had no room for the turn.
    #[error("no sandbox is free")]
    Pool,
}

impl Stopped {
    /// A trap or a broken limit: the version's own doing, and another may do better.
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

/// Which limit a turn ran into.
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
            // Without the guest's backtrace, which wasmtime puts before it.
            let text = error.root_cause().to_string();
            // What crosses from guest to host is metered by wasmtime, which has no type for this error.
            if text.contains("hostcall") { Stopped::Oversize } else { Stopped::Trap(text) }
        }
    }
}
