//! The edge: everything that talks to the outside. Meta's JSON is known here and nowhere else.
//!
//! What comes in: [`webhook`]. What goes out: [`outbox`] by [`whatsapp`], [`legacy`] and [`media`]; questions to a language model:
//! [`model`]. [`emulator`] stands in for Meta's API in development and tests.

pub mod emulator;
pub mod legacy;
pub mod media;
pub mod model;
pub mod outbox;
pub mod webhook;
pub mod whatsapp;
