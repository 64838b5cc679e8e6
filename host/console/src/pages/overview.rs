//! The overview: how the service is, in a sentence, a few figures and charts.

use askama::Template;

use crate::{Chart, Frame, Level, Spark, pages::Finding};

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

/// A figure, with the page where what is behind it stands.
#[derive(Clone, Debug)]
pub struct Light {
    /// What it is.
    pub name: &'static str,
    /// The figure.
    pub value: String,
    /// What it is held against: a limit, a total.
    pub of: String,
    /// How near the limit it is, in percent; none without one.
    pub near: Option<f64>,
    /// How it is, and the word for it.
    pub level: (Level, &'static str),
    /// Where what is behind it stands; none if the visitor may not see it.
    pub href: Option<String>,
}

/// A chart with its heading.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its heading.
    pub name: &'static str,
    /// The figure of the whole time.
    pub value: String,
    /// More of it.
    pub detail: String,
    /// The series: the class of each key, and its name.
    pub keys: Vec<(&'static str, &'static str)>,
    /// The chart.
    pub chart: Chart,
    /// Where the messages behind it stand.
    pub href: Option<String>,
}

/// An agent's figures.
#[derive(Clone, Debug)]
pub struct AgentFigures {
    /// Its name.
    pub name: String,
    /// Messages that it answered.
    pub messages: i64,
    /// The percentage of them that failed.
    pub error_percent: f64,
    /// The time to answer that 95 % keep, in milliseconds.
    pub p95_ms: Option<i64>,
    /// Messages over the time.
    pub spark: Spark,
}

/// Somebody who waits for a human.
#[derive(Clone, Debug)]
pub struct Waits {
    /// Their id.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Since when, in milliseconds.
    pub since: i64,
    /// What it is about.
    pub about: String,
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
    /// The figures.
    pub lights: Vec<Light>,
    /// The periods: name in addresses, name, whether it is the one.
    pub ranges: Vec<(&'static str, &'static str, bool)>,
    /// The charts; empty without a message in the time.
    pub figures: Vec<Figure>,
    /// How old the charts are, as a sentence.
    pub counted: Option<String>,
    /// The agents, those with the most messages first.
    pub agents: Vec<AgentFigures>,
    /// Who waits the longest; none if the visitor may not see people.
    pub waiting: Option<Vec<Waits>>,
    /// What was changed last.
    pub changes: Vec<Change>,
}
