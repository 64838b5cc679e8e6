//! Checks how Switchboard's crates are built: no circle between modules, dependencies only downwards, the environment
//! and Meta's JSON each in one place, no file and no function too long.
//!
//! A module here is a source file; inline modules are part of theirs. A path is followed through every re-export to the
//! module that defines the item, and that is an arrow; a re-export by itself is none, and neither is `mod child;`.
//! Code that is compiled only for tests is left out. What needs types to resolve (method calls, fields) is not counted.

pub mod cfg;
pub mod check;
pub mod graph;
pub mod house;
pub mod manifest;
pub mod mention;
pub mod report;
pub mod resolve;
pub mod size;
pub mod source;
pub mod text;
pub mod tree;
