//! Runs agents: one component, one store, one turn. Only this room names wasmtime.

mod bindings;
mod engine;
mod limits;
mod version;
mod state;
mod capability;
pub mod effect;
mod model;
mod reads;

/// The contract's interfaces, as generated: `types`, `listings`, `records`, …
pub use bindings::switchboard::agent as contract;
pub use bindings::switchboard::agent::types;
pub(crate) use capability::places::find as find_places;
pub use capability::{Capability, Grants};
pub use engine::{Compiled, Engine, EngineError};
pub use limits::{Limits, MEMORY_BYTES_CEILING};
pub use model::{Asker, Model, NoModel, Said};
pub use reads::{Answer, ApplicationParties, ContactCard, MatchParties, ReadFailed, Reads};
pub use state::{HostCall, TurnHost};
pub use version::{About, Ended, Stopped, Unfit, Version};
