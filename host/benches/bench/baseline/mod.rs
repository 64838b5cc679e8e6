//! What the host is measured against. Nothing here uses the host: each floor is its own few lines.

pub mod batched;
pub mod naive;
pub mod pipeline;
pub mod postgres;
mod trivial;
pub mod wasm_loop;
