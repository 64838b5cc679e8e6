//! Who did what.

use askama::Template;

use crate::{Frame, pages::Change};

/// The audit.
#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub f: Frame,
    /// Only the acts of this operator; empty: of all.
    pub who: String,
    /// Only this act, or what it begins with; empty: all.
    pub act: String,
    /// The acts, the latest first.
    pub acts: Vec<Change>,
    /// The address of older ones.
    pub older: Option<String>,
}
