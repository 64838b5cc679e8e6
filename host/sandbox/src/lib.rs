//! The sandbox: runs agents as WebAssembly components (wasmtime), watches and loads the plugin folder, and routes
//! messages to agents by their profiles.

pub mod agent;
pub mod plugins;
pub mod route;
