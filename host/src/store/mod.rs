//! The database: the only room with SQL. Everything is written through one writer with group commit.

pub mod types;

pub use types::*;
