//! The contract as Rust types, generated from `agents-wit/agent.wit`.
//!
//! These types are the host's own words for what came in and what goes out; they are serialised as they are into the
//! inbox and the journal.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: "../agents-wit",
    world: "agent",
    imports: { default: async | trappable },
    exports: { default: async },
    additional_derives: [serde::Serialize, serde::Deserialize, PartialEq],
});
