//! One agent: what serves, the candidate and its figures, what it may do, its versions.

use askama::Template;

use crate::{
    Frame, Level,
    pages::{AgentCard, Capability},
};

/// A version that a share of the people gets, or that waits for that.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it calls itself, if it is loaded here, and its SHA-256.
    pub version: (String, String),
    /// The percentage of people that it serves.
    pub percent: f64,
    /// Its state as a chip: a class and words.
    pub state: (&'static str, &'static str),
    /// Why it is in that state, and what comes next.
    pub sentences: Vec<String>,
    /// Its figures beside those of the stable version; none while it serves nobody.
    pub figures: Vec<TrialRow>,
    /// Whether it can be held at its share.
    pub can_hold: bool,
    /// Whether it can go on from there.
    pub can_resume: bool,
    /// Whether it may be promoted.
    pub can_promote: bool,
}

/// A figure of the candidate beside the stable version's.
#[derive(Clone, Debug)]
pub struct TrialRow {
    /// What it is.
    pub name: &'static str,
    /// The candidate's.
    pub tried: String,
    /// That of the control group on the stable version.
    pub stable: String,
    /// How they differ: a class and words.
    pub differs: (&'static str, String),
}

/// What the latest replay of a version said.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// How it went.
    pub level: Level,
    /// The verdict as a sentence.
    pub words: String,
    /// The first digits of the version's SHA-256.
    pub short: String,
}

/// A stored version.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its SHA-256.
    pub sha256: String,
    /// What it calls itself, if it is loaded here.
    pub name: Option<String>,
    /// Its state as a chip: a class and words.
    pub state: (&'static str, String),
    /// When it was first seen, in milliseconds.
    pub seen_at: i64,
    /// When it last began to serve, in milliseconds.
    pub served_at: Option<i64>,
    /// Why it was dropped.
    pub dropped: Option<String>,
    /// Its replay.
    pub replay: Option<Replayed>,
    /// Whether the agent can go back to it.
    pub can_return: bool,
    /// Whether the agent can be pinned to it.
    pub can_pin: bool,
}

impl VersionRow {
    /// The first digits of its SHA-256.
    pub fn short(&self) -> &str {
        self.sha256.get(..12).unwrap_or(&self.sha256)
    }
}

/// What was decided of a rollout.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When, in milliseconds.
    pub at: i64,
    /// Who.
    pub who: String,
    /// What came of it: a class and the outcome's name.
    pub outcome: (&'static str, String),
    /// The percentage before and after, if it changed.
    pub percent: Option<(f64, f64)>,
    /// Why.
    pub reason: String,
    /// The figures that caused it, in words.
    pub figures: Option<String>,
}

/// A limit of a turn or a grant.
#[derive(Clone, Debug)]
pub struct Does {
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: String,
}

/// One agent.
#[derive(Template)]
#[template(path = "agent.html")]
pub struct AgentPage {
    /// The frame.
    pub f: Frame,
    /// What the list says of it.
    pub card: AgentCard,
    /// What it says of itself.
    pub about: String,
    /// What serves, in a sentence.
    pub sentence: String,
    /// Until when it rests since it was stopped too often, and how often it was.
    pub rests: Option<String>,
    /// The version on trial.
    pub trial: Option<Trial>,
    /// The version that it is pinned to.
    pub pinned: Option<String>,
    /// The version that a roll back leads to: the first digits of its SHA-256.
    pub before: Option<String>,
    /// How a new file goes into service, in a sentence.
    pub policy: String,
    /// What it may do.
    pub may: Vec<Capability>,
    /// The limits of its turns.
    pub limits: Vec<Does>,
    /// The stored versions, the newest first.
    pub versions: Vec<VersionRow>,
    /// What was decided, the latest first.
    pub decisions: Vec<Decision>,
    /// The largest component, in bytes.
    pub component_bytes_max: i64,
}

impl AgentPage {
    /// Whether the agent's answers of a time are listed for the visitor.
    pub fn may_see_turns(&self) -> bool {
        self.f.may_support()
    }
}
