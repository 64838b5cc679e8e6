//! The shared data types of the contract (the interface `types`).

mod incoming;
mod outgoing;
mod profile;
mod turn;

pub use incoming::*;
pub use outgoing::*;
pub use profile::*;
pub use turn::*;
