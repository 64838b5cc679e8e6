//! The WhatsApp Cloud API: message bodies within Meta's limits, signatures, and the client of the Graph API.

pub mod account;
mod answer;
pub mod body;
pub mod client;
pub mod limits;
pub mod render;
pub mod reply;
pub mod wire;
pub mod files;
pub(crate) mod file_types;
pub mod json;
pub mod signature;
mod reply_error;
mod template;

/// The header of forwarded requests. A host that receives it refuses the request, which prevents forwarding loops.
pub const LOOP_HEADER: &str = "x-switchboard-forwarded";
