//! The test kit: hosts and an emulator as processes ([`stage`]), clusters of PostgreSQL ([`cluster`]), and a database as an
//! operator's shell sees it ([`shell`]). A failure panics, as tests want it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

pub mod cluster;
pub mod shell;
pub mod stage;
