//! Switchboard's host: a WhatsApp number answered by sandboxed agents.
//!
//! The path of a message, which is also the order of the rooms below: a delivery comes in ([`webhook`]), is stored with all it
//! holds ([`inbox`], [`store`]) and waits in its person's lane ([`lane`]); the lane's head becomes a turn ([`turn`]): flags and
//! session say whether and where ([`flags`], [`session`], [`route`]), an agent answers in its sandbox ([`agent`],
//! [`plugins`]), and all of it settles in one transaction; what is to be said goes out ([`outbox`], [`whatsapp`]), and what is not ours to
//! answer goes on to the service before ([`legacy`]).

pub mod cli;
pub mod config;
pub mod serve;
pub mod app;

pub mod webhook;
pub mod inbox;
pub mod store;
pub mod lane;

pub mod turn;
pub mod flags;
pub mod rollout;
pub mod profiles;
pub mod session;
pub mod route;
pub mod agent;
pub mod plugins;
pub mod share;
pub mod model;

pub mod outbox;
pub mod whatsapp;
pub mod legacy;
pub mod media;

pub mod api;
pub mod alert;
mod desk;
pub mod conversation;
pub mod emulator;
pub mod health;
pub mod phone;
mod place;
pub mod report;
pub mod telemetry;
