//! What a new version does otherwise in recorded turns.

use askama::Template;

use crate::{
    Frame, Level,
    pages::{Bubble, Ticks},
};

/// Differences of one kind at one place.
#[derive(Clone, Debug)]
pub struct DifferenceRow {
    /// What differs, in words.
    pub kind: &'static str,
    /// Where.
    pub place: String,
    /// In how many turns.
    pub turns: i64,
    /// A message whose turn shows it.
    pub message: i64,
    /// Who accepted it.
    pub accepted_by: Option<String>,
    /// Whether it is the one that is shown.
    pub is_shown: bool,
}

/// A kind of difference that may be accepted.
#[derive(Clone, Debug)]
pub struct AcceptKind {
    /// Its name in forms.
    pub name: String,
    /// What differs, in words.
    pub words: &'static str,
    /// In how many turns at most.
    pub turns: i64,
}

/// A recorded turn beside what the new version does in it.
#[derive(Clone, Debug)]
pub struct ReplayedTurn {
    /// Its message.
    pub message: i64,
    /// What the person said, and what they were answered.
    pub was: Vec<Bubble>,
    /// What differs: whether a line is the new version's, and the line; what neither changes stands between.
    pub lines: Vec<(&'static str, String)>,
    /// What the record does not say.
    pub unknown: Option<String>,
}

/// A replay.
#[derive(Template)]
#[template(path = "replay.html")]
pub struct ReplayPage {
    /// The frame.
    pub f: Frame,
    /// The agent.
    pub agent: String,
    /// What the old version and the new one are called.
    pub old: String,
    /// See `old`.
    pub new: String,
    /// The verdict: how it went, and a sentence.
    pub verdict: (Level, String),
    /// When it was played, in milliseconds, and who let it.
    pub played: (i64, String),
    /// Turns that were played.
    pub turns: i64,
    /// Those that are the same.
    pub same: i64,
    /// Those of which the record does not say enough.
    pub unknown: i64,
    /// What differs.
    pub differences: Vec<DifferenceRow>,
    /// Kinds that nobody has accepted.
    pub open: Vec<AcceptKind>,
    /// The turn that is shown; none if nothing differs, or the visitor may not see people's words.
    pub shown: Option<ReplayedTurn>,
    /// Why no turn is shown.
    pub not_shown: Option<String>,
}
