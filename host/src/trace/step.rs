//! What happened to a message, one thing after the other.

use serde::Serialize;
use switchboard_store::host_of_node;

/// Something that happened to a message.
#[derive(Debug, Serialize)]
pub struct Step {
    /// When, in milliseconds since 1970; none if that is not known.
    pub at: Option<i64>,
    /// The host that did it.
    pub host: Option<String>,
    /// What happened.
    pub what: String,
    /// More of it, a line each.
    pub details: Vec<String>,
}

impl Step {
    pub(super) fn new(at: impl Into<Option<i64>>, host: Option<&str>, what: impl Into<String>) -> Step {
        Step {
            at: at.into(),
            host: host.map(|node| host_of_node(node).to_owned()),
            what: what.into(),
            details: Vec::new(),
        }
    }

    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Step {
        self.details.extend(details);
        self
    }
}
