//! Switchboard's host: answers a WhatsApp business number with sandboxed WebAssembly agents.
//!
//! The path of a message: a delivery comes in (`switchboard_edge::webhook`), is stored (`switchboard_store`) and its
//! messages are queued in their person's lane ([`lane`]); the head of a lane is answered by a turn ([`turn`]): flags and routing choose
//! an agent ([`flags`], `switchboard_sandbox::route`), which runs in its sandbox (`switchboard_sandbox::agent`), and the result is
//! committed in one transaction; replies are sent by `switchboard_edge::outbox`.

pub mod author;
pub mod cli;
pub mod config;
pub mod reload;
pub mod serve;
pub mod listen;
mod process;
pub mod numbers;
pub mod services;
pub mod app;
pub mod memory;
pub mod problem;
pub mod vitals;

pub mod watcher;
mod burst;
pub mod journal;
mod conflicts;
pub mod lane;
pub mod turn;
pub mod flags;
pub mod rollout;
pub mod operators;
pub mod person;
pub mod profiles;
pub mod share;
mod slots;

pub mod api;
pub mod console;
pub mod alert;
mod dead;
mod desk;
mod gauges;
pub mod conversation;
pub mod health;
pub mod report;
pub mod prices;
pub mod logs;
mod hours;
pub mod metric;
pub mod telemetry;
pub mod trace;
pub mod replay;
pub mod turns;
pub mod phone;
