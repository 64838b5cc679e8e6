//! The overview: how the service is, in a sentence and a few figures.

use askama::Template;

use crate::{Frame, Level, pages::Finding};

/// Figures of the last 24 hours.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Messages that were answered or failed.
    pub messages: i64,
    /// The percentage of them that failed.
    pub error_percent: f64,
    /// The answer time that 95 % keep, in milliseconds.
    pub p95_ms: Option<i64>,
    /// How many people wrote.
    pub people: i64,
}

/// What somebody changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// When, in milliseconds.
    pub at: i64,
    /// Who.
    pub who: String,
    /// By which way: `command`, `api`, `console`.
    pub way: String,
    /// The act, such as `flags.change`.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// What it was before.
    pub before: Option<String>,
    /// What it is since.
    pub after: Option<String>,
}

/// The overview.
#[derive(Template)]
#[template(path = "overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub f: Frame,
    /// The sentence.
    pub sentence: String,
    /// How urgent the worst problem is.
    pub level: Level,
    /// The percentage served, and how many hosts serve.
    pub served: String,
    /// The problems.
    pub problems: Vec<Finding>,
    /// The figures; none without a message.
    pub figures: Option<Figures>,
    /// How many people wait for a human; none if it is not known.
    pub waits: Option<i64>,
    /// How many messages, replies and forwards were given up.
    pub dead: i64,
    /// What was changed last.
    pub changes: Vec<Change>,
}
