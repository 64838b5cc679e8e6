//! Runs agents: one component, one store, one turn. Only this crate names wasmtime.

mod bindings;
mod budget;
mod calls;
mod ceiling;
mod convert;
mod draw;
mod checks;
mod engine;
mod errors;
mod limits;
mod measure;
mod record;
mod recording;
mod replay;
mod slots;
mod version;
mod state;
mod capability;
mod wasi;

pub use budget::OverBudget;
pub use calls::{Arguments, CallResult, HostCall, WHOLE_ARGUMENTS_MAX};
pub use capability::{Capability, Grants};
pub use ceiling::Ceiling;
pub(crate) use checks::imports;
pub(crate) use engine::{CORE_INSTANCES_MAX, Compiling, MEMORIES_MAX, TABLES_MAX, compile};
pub use engine::{Compiled, ENGINE_SETTINGS, Engine, EngineError};
pub use errors::{StopKind, Stopped, Unfit};
pub(crate) use limits::WrittenLimits;
pub use limits::{Limits, MEMORY_BYTES_CEILING, OverMemory, RecordedLimits};
pub use record::{CANARY, Record, Rest, Rule, STABLE};
pub use recording::is_write;
pub use state::TurnHost;
pub use version::{About, Ended, Replayed, SignedBy, Version};
