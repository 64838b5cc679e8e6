//! Errors of loading a component as an agent, and of running a turn.

use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::{
    budget::OverBudget,
    limits::{Limits, OverMemory},
    state::State,
};
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
    /// It imports more than its author's ceiling lets it.
    #[error("{0}")]
    Ceiling(String),
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
    /// The component trapped, for instance by an access out of bounds.
    #[error("the agent trapped: {0}")]
    Trap(String),
    /// The component panicked and said so: place and message.
    #[error("the agent panicked {0}")]
    Panic(String),
    /// The fuel limit was reached; the limit.
    #[error("the agent ran out of fuel: a turn has {0} (`fuel` in plugins.toml)")]
    Fuel(u64),
    /// The CPU time limit was reached; the limit.
    #[error("the agent took more processor time than a turn may: {} ms (`cpu_ms` in plugins.toml)", .0.as_millis())]
    Deadline(Duration),
    /// The wall-clock limit was reached; the limit.
    #[error("the agent took longer than a turn may: {} ms (`wall_ms` in plugins.toml)", .0.as_millis())]
    Wall(Duration),
    /// The memory or table limit was reached.
    #[error("the agent needed more memory than a turn may have: {0}")]
    Memory(OverMemory),
    /// The stack overflowed.
    #[error("the agent overflowed its stack")]
    Stack,
    /// The limit on capability calls was reached; the limit.
    #[error("the agent called more capabilities than a turn may: {0} (`host_calls_max` in plugins.toml)")]
    HostCalls(u32),
    /// The outcome is larger than allowed: its bytes and the limit.
    #[error(
        "the agent's answer is larger than a turn may give: {0} of {1} bytes (`returned_bytes_max` in plugins.toml)"
    )]
    Oversize(usize, usize),
    /// What crossed from the component in one call is larger than allowed: the limit that follows from `returned_bytes_max`.
    #[error(
        "the agent's answer is larger than a turn may give: more than {0} bytes in one call (from `returned_bytes_max` in plugins.toml)"
    )]
    Crossing(usize),
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
        const KINDS: [(&str, StopKind); 7] = [
            ("the agent took more processor time", StopKind::Time),
            ("the agent took longer", StopKind::Time),
            ("no sandbox is free", StopKind::Host),
            ("the agent trapped: ", StopKind::Trap),
            ("the agent panicked ", StopKind::Trap),
            ("the agent failed: ", StopKind::Trap),
            ("the agent overflowed its stack", StopKind::Trap),
        ];
        KINDS.iter().find(|(begins, _)| said.starts_with(begins)).map_or(StopKind::Limit, |(_, kind)| *kind)
    }
}

impl Stopped {
    /// What kind of stop it is.
    pub fn kind(&self) -> StopKind {
        match self {
            Stopped::Failure(_) | Stopped::Trap(_) | Stopped::Panic(_) | Stopped::Stack => StopKind::Trap,
            Stopped::Deadline(_) | Stopped::Wall(_) => StopKind::Time,
            Stopped::Pool => StopKind::Host,
            Stopped::Fuel(_)
            | Stopped::Memory(_)
            | Stopped::HostCalls(_)
            | Stopped::Oversize(..)
            | Stopped::Crossing(_)
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
pub(super) fn why(error: &wasmtime::Error, state: &State, limits: &Limits) -> Stopped {
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Stopped::Pool;
    }
    if let Some(over) = state.budget.over() {
        return Stopped::Held(over);
    }
    if state.calls_spent {
        return Stopped::HostCalls(limits.host_calls_max);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Stopped::Fuel(limits.fuel),
        Some(Trap::Interrupt) => Stopped::Deadline(limits.cpu),
        Some(Trap::StackOverflow) => Stopped::Stack,
        _ => match (state.meter.refused(), &state.panic) {
            (Some(over), _) => Stopped::Memory(over),
            (None, Some(panic)) => Stopped::Panic(panic.clone()),
            (None, None) => trapped(error, limits),
        },
    }
}

/// The most functions of a trap that are named.
const FUNCTIONS_MAX: usize = 6;

/// The functions that a component was in when it was stopped, the innermost first; none if its name section was left out.
pub(super) fn functions(error: &wasmtime::Error) -> Option<String> {
    let trace = error.downcast_ref::<wasmtime::WasmBacktrace>()?;
    let names = trace.frames().iter().filter_map(|frame| frame.func_name());
    // What a panic goes through says nothing of the agent.
    let names = names.map(|name| format!("{:#}", rustc_demangle::demangle(name)));
    let own = names.filter(|name| {
        !["core::panicking", "std::", "rust_panic", "__rust", "rust_begin"].iter().any(|known| name.starts_with(known))
    });
    let named: Vec<String> = own.take(FUNCTIONS_MAX).collect();
    (!named.is_empty()).then(|| named.join(" ← "))
}

/// A trap without a reason of its own.
fn trapped(error: &wasmtime::Error, limits: &Limits) -> Stopped {
    match error.downcast_ref::<Trap>() {
        Some(trap) => Stopped::Trap(trap.to_string()),
        None => {
            // The root cause, without the guest's backtrace, which wasmtime puts before it.
            let text = error.root_cause().to_string();
            // wasmtime limits the bytes lifted from guest to host, and has no type for that error.
            match text.contains("hostcall") {
                true => Stopped::Crossing(limits.crossing_bytes_max()),
                false => Stopped::Trap(text),
            }
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
            Stopped::Panic("at lib.rs:1: why".into()),
            Stopped::Fuel(1),
            Stopped::Deadline(Duration::ZERO),
            Stopped::Wall(Duration::ZERO),
            Stopped::Memory(OverMemory::System),
            Stopped::Stack,
            Stopped::HostCalls(1),
            Stopped::Oversize(2, 1),
            Stopped::Crossing(1),
            Stopped::Held(over),
            Stopped::Pool,
        ] {
            assert_eq!(StopKind::of(&stopped.to_string()), stopped.kind(), "{stopped}");
        }
    }
}
