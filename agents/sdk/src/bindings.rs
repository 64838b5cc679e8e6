//! The contract as Rust types and functions, generated from `agents-wit/agent.wit`. Nothing outside this crate names
//! this room: `lib.rs` lists by hand what is public.
//!
//! On any target but WebAssembly the imported functions exist and panic; the crate has [`fake`](crate::fake) in their place.

#![allow(missing_docs, unsafe_code, clippy::all, clippy::pedantic)]

wit_bindgen::generate!({
    path: "../../agents-wit",
    world: "agent",
    pub_export_macro: true,
    export_macro_name: "export_world",
    default_bindings_module: "agent_sdk::bindings",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    generate_all,
});
