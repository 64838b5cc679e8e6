//! The host itself under the same measures.

pub mod agents;
pub mod growth;
pub mod handoff;
pub mod nodes;
pub mod pages;
pub mod reading;
pub mod reads;
pub mod serve;
pub mod steady;
pub mod swap;
pub mod turns;
