//! The edge: everything that talks to the outside. No other crate reads or writes Meta's JSON.
//!
//! Inbound: [`webhook`]. Outbound: [`outbox`] through [`whatsapp`], [`legacy`] and [`media`], and [`receipts`]. Language models:
//! [`model`]. What agents call: [`services`]. [`emulator`] stands in for Meta's API in development and tests.

pub mod emulator;
pub mod http;
pub mod legacy;
pub mod media;
pub mod model;
pub mod outbox;
pub mod receipts;
pub mod services;
pub mod webhook;
pub mod whatsapp;
