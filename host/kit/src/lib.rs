//! The test kit: hosts and an emulator as processes ([`stage`]), phones ([`talk`]), agents ([`agents`]), a browser ([`browser`]), PostgreSQL
//! clusters ([`cluster`]), keys that sign components ([`minisign`]), and a database as an operator's shell sees it ([`shell`]). Failures panic, as tests want
//! it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

pub mod agents;
pub mod browser;
pub mod cluster;
pub mod minisign;
mod process;
pub mod shell;
pub mod stage;
mod rows;
pub mod talk;
