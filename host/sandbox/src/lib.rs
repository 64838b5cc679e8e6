//! The sandbox: runs agents as WebAssembly components, keeps the plugin folder, and routes by what agents say of themselves.

pub mod agent;
pub mod plugins;
pub mod route;
