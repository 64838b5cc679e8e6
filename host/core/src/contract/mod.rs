//! The agent contract as plain Rust types: what an agent is told, what it answers, what it may read and write.
//!
//! They mirror `agents-wit/agent.wit` by name. The host, the database and the journal use these types only; the sandbox converts
//! them from and to the types that wasmtime generates for each released version of the contract. Their serde names are the
//! storage format: a renamed field or case needs `#[serde(rename)]` or an alias, see `host/store/src/stored/tests.rs`.

pub mod bounds;
pub mod quotas;
pub mod types;
pub mod log;
pub mod clock;
pub mod readings;
pub mod roster;
pub mod records;
pub mod listings;
pub mod applications;
pub mod matches;
pub mod outreach;
pub mod search;
pub mod tickets;
pub mod privacy;
pub mod model;
pub mod http;
