//! The operator's commands, one file each.

pub mod chat;
pub mod emulator;
