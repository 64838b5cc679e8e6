//! Runs agents: one component, one store, one turn. Only this crate names wasmtime.

mod bindings;
mod convert;
mod engine;
mod limits;
mod version;
mod state;
mod capability;

pub use capability::places::find as find_places;
pub use capability::{Capability, Grants};
pub use engine::{Compiled, Engine, EngineError};
pub use limits::{Limits, MEMORY_BYTES_CEILING};
pub use state::{HostCall, TurnHost};
pub use version::{About, Ended, Stopped, Unfit, Version};
