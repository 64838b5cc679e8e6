//! Errors of loading a component as an agent, and of running a turn.

use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::{budget::OverBudget, state::State};
use switchboard_core::contract::{bounds::Wrong, types::Failure};

/// A component cannot be loaded as an agent.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfit {
    /// It imports capabilities that `plugins.toml` does not grant; `line` is the entry's line that would.
    #[error("{}", not_granted(missing, line))]
    NotGranted {
        /// The capabilities.
        missing: Vec<String>,
        /// The line of `plugins.toml` that grants them beside those that are granted.
        line: String,
    },
    /// Several of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<Unfit>),
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
    /// The host would hold more for the turn than it may.
    #[error(transparent)]
    Held(OverBudget),
    /// A field of the outcome is beyond its [bound](switchboard_core::contract::bounds).
    #[error("the agent's answer breaks the contract: {0}")]
    Bounds(Wrong),
    /// No slot of the instance pool was free.
    #[error("no sandbox is free")]
    Pool,
}

/// What stopped a turn, in kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopKind {
    /// The component trapped, overflowed its stack or said that it failed.
    Trap,
    /// A limit that does not depend on time.
    Limit,
    /// A limit of time, which depends on the machine.
    Time,
    /// The host's own reason.
    Host,
}

impl StopKind {
    /// The kind of a stop by its sentence, as journals hold it.
    pub fn of(said: &str) -> StopKind {
        let is = |stop: &Stopped| stop.to_string() == said;
        match () {
            () if is(&Stopped::Deadline) || is(&Stopped::Wall) => StopKind::Time,
            () if is(&Stopped::Pool) => StopKind::Host,
            () if said.starts_with("the agent trapped: ") || said.starts_with("the agent failed: ") => StopKind::Trap,
            () if is(&Stopped::Stack) => StopKind::Trap,
            () => StopKind::Limit,
        }
    }
}

impl Stopped {
    /// What kind of stop it is.
    pub fn kind(&self) -> StopKind {
        match self {
            Stopped::Failure(_) | Stopped::Trap(_) | Stopped::Stack => StopKind::Trap,
            Stopped::Deadline | Stopped::Wall => StopKind::Time,
            Stopped::Pool => StopKind::Host,
            Stopped::Fuel
            | Stopped::Memory
            | Stopped::HostCalls
            | Stopped::Oversize
            | Stopped::Held(_)
            | Stopped::Bounds(_) => StopKind::Limit,
        }
    }

    /// Whether the version itself is at fault (a trap or an exceeded limit), so that another version may succeed.
    pub fn is_breach(&self) -> bool {
        !matches!(self, Stopped::Failure(_) | Stopped::Pool)
    }
}

fn not_granted(missing: &[String], line: &str) -> String {
    let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let wasi = match missing.iter().any(|name| name == "wasi") {
        true => {
            "; \"wasi\" is an inert one, a build for the target wasm32-unknown-unknown needs none, see agents/README.md"
        }
        false => "",
    };
    format!(
        "it imports {names}, which is not granted: if it may have that, write `{line}` into its [[agent]] entry, or [unlisted], of plugins.toml{wasi}"
    )
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
    if let Some(over) = state.budget.over() {
        return Stopped::Held(over);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_of_the_same_kind_by_its_sentence() {
        let over = OverBudget { bytes: 2, max: 1 };
        for stopped in [
            Stopped::Failure(Failure::Internal("why".into())),
            Stopped::Trap("unreachable".into()),
            Stopped::Fuel,
            Stopped::Deadline,
            Stopped::Wall,
            Stopped::Memory,
            Stopped::Stack,
            Stopped::HostCalls,
            Stopped::Oversize,
            Stopped::Held(over),
            Stopped::Pool,
        ] {
            assert_eq!(StopKind::of(&stopped.to_string()), stopped.kind(), "{stopped}");
        }
    }
}
