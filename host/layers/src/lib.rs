//! Checks how Switchboard's crates are built: no circle between modules, dependencies only downwards.

pub mod cfg;
pub mod graph;
pub mod mention;
pub mod report;
pub mod resolve;
pub mod source;
pub mod tree;
