//! Runs agents: one component, one store, one turn. Only this room names wasmtime.

mod bindings;
pub mod effect;

/// The contract's interfaces, as generated: `types`, `listings`, `records`, …
pub use bindings::switchboard::agent as contract;
pub use bindings::switchboard::agent::types;
