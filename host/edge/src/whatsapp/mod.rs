//! The way out to WhatsApp: replies within Meta's limits, and the client of the Graph API.

pub mod account;
pub mod body;
pub mod client;
pub mod limits;
pub mod render;
pub mod reply;
pub mod wire;
pub mod files;
pub mod json;
pub mod signature;

/// The header of what we forward. Whoever gets it back refuses it: two services that forward to each other would never end.
pub const LOOP_HEADER: &str = "x-switchboard-forwarded";
