//! The way out to WhatsApp: replies within Meta's limits, and the client of the Graph API.

pub mod account;
pub mod client;
pub mod limits;
pub mod render;
pub mod reply;
pub mod wire;
