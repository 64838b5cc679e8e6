//! Switchboard's host: a WhatsApp number answered by sandboxed agents.
//!
//! The path of a message: a delivery comes in (`switchboard_edge::webhook`), is stored with all it holds (`switchboard_store`) and
//! waits in its person's lane ([`lane`]); the lane's head becomes a turn ([`turn`]): flags and session say whether and where
//! ([`flags`], `switchboard_sandbox::route`), an agent answers in its sandbox (`switchboard_sandbox::agent`), and all of it settles
//! in one transaction; replies leave through `switchboard_edge::outbox`.

pub mod cli;
pub mod config;
pub mod serve;
pub mod app;

pub mod lane;
pub mod turn;
pub mod flags;
pub mod rollout;
pub mod profiles;
pub mod share;

pub mod api;
pub mod alert;
mod desk;
pub mod conversation;
pub mod health;
pub mod report;
pub mod telemetry;
