//! What happened to a message, one thing after the other.

use serde::Serialize;

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
        Step { at: at.into(), host: host.map(host_name), what: what.into(), details: Vec::new() }
    }

    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Step {
        self.details.extend(details);
        self
    }
}

/// The host's name in the name of one of its processes: what stands before the last hyphen.
pub(super) fn host_name(node: &str) -> String {
    node.rsplit_once('-').map_or(node, |(host, _)| host).to_owned()
}
