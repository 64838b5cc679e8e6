//! Runs agents: one component, one store, one turn. Only this crate names wasmtime.

mod bindings;
mod convert;
mod draw;
mod checks;
mod engine;
mod errors;
mod limits;
mod version;
mod state;
mod capability;
mod wasi;

pub use capability::places::find as find_places;
pub use capability::{Capability, Grants};
pub(crate) use checks::imports;
pub(crate) use engine::{CORE_INSTANCES_MAX, MEMORIES_MAX, TABLES_MAX, compile};
pub use engine::{Compiled, Engine, EngineError};
pub use errors::{Stopped, Unfit};
pub use limits::{Limits, MEMORY_BYTES_CEILING};
pub use state::{HostCall, TurnHost};
pub use version::{About, Ended, Version};
