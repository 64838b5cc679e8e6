//! The agents: which are on, how they do, what each may do.

use askama::Template;

use crate::{Frame, Spark};

/// Something that an agent may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its name in `plugins.toml`.
    pub name: &'static str,
    /// What it lets an agent do.
    pub words: &'static str,
    /// Whether it reaches beyond the agent's own data.
    pub is_strong: bool,
}

/// An agent in the list.
#[derive(Clone, Debug)]
pub struct AgentCard {
    /// Its name.
    pub name: String,
    /// The version in service: what it calls itself, and the first digits of its SHA-256.
    pub version: Option<(String, String)>,
    /// Whether its flag is on.
    pub is_on: bool,
    /// What is to be known of it: classes and words.
    pub chips: Vec<(&'static str, String)>,
    /// Why its file is not in service.
    pub refusal: Option<String>,
    /// Messages of the last 24 hours.
    pub messages: i64,
    /// The percentage of them that failed.
    pub error_percent: f64,
    /// The time to answer that 95 % keep, in milliseconds.
    pub p95_ms: Option<i64>,
    /// Messages over the last 24 hours.
    pub spark: Option<Spark>,
    /// What it may do.
    pub may: Vec<Capability>,
}

/// The agents.
#[derive(Template)]
#[template(path = "agents.html")]
pub struct AgentsPage {
    /// The frame.
    pub f: Frame,
    /// How many answer, in a sentence.
    pub sentence: String,
    /// The agents in the menu's order, then those that are not in service.
    pub agents: Vec<AgentCard>,
    /// Refused files that are no agent's: their names and the reasons.
    pub refusals: Vec<(String, String)>,
}
