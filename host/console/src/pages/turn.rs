//! The page of one turn, and the list of turns.

use askama::Template;

use super::{Bubble, Happened, Ticks, TurnEnd};
use crate::Frame;

/// A station on a message's way.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// The name of its icon.
    pub icon: &'static str,
    /// What it is.
    pub name: &'static str,
    /// When: a time of day, or how long after the one before.
    pub when: String,
    /// More of it.
    pub detail: String,
}

/// A bar of the chart of where the time went.
#[derive(Clone, Debug)]
pub struct Fall {
    /// The name of its icon.
    pub icon: &'static str,
    /// What took the time.
    pub name: String,
    /// Whether it is a part of the one above.
    pub is_inner: bool,
    /// Where it begins, in percent.
    pub from: String,
    /// How long it is, in percent.
    pub width: String,
    /// The class of its colour.
    pub class: &'static str,
    /// How long it took, as people read it.
    pub took: String,
}

/// One turn.
#[derive(Template)]
#[template(path = "turn.html")]
pub struct TurnPage {
    /// The frame.
    pub f: Frame,
    /// Name, masked number and language of the person.
    pub person: String,
    /// When it was answered, else received, in milliseconds.
    pub at: i64,
    /// Whether the visitor may see the person's conversation, and its address.
    pub talk: Option<String>,
    /// The stations.
    pub miles: Vec<Milestone>,
    /// Where the time went.
    pub falls: Vec<Fall>,
    /// The ends of the chart's scale, such as `0 ms` and `40 ms`.
    pub scale: Vec<(String, String)>,
    /// What was said: the message and the replies.
    pub bubbles: Vec<Bubble>,
    /// The turn in parts.
    pub happened: Happened,
    /// Names and values.
    pub facts: Vec<(&'static str, String)>,
}

/// A turn in the list.
#[derive(Clone, Debug)]
pub struct TurnRow {
    /// The message's id.
    pub message: i64,
    /// When, in milliseconds.
    pub at: i64,
    /// The person's name.
    pub name: String,
    /// The person's number, masked; empty if there is none.
    pub phone: String,
    /// What was said.
    pub said: String,
    /// The agent.
    pub agent: String,
    /// Why it answered.
    pub why: String,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// What came of it: the class of its chip, and its words.
    pub came_to: (&'static str, String),
}

/// A filter: an address, its name, and whether it is in force.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// Whether it is in force.
    pub is_on: bool,
}

/// The list of turns.
#[derive(Template)]
#[template(path = "turns.html")]
pub struct TurnsPage {
    /// The frame.
    pub f: Frame,
    /// What is searched for.
    pub query: String,
    /// Periods to choose from: value, name, whether it is chosen.
    pub periods: Vec<(&'static str, &'static str, bool)>,
    /// Agents to choose from: name, whether it is chosen.
    pub agents: Vec<(String, bool)>,
    /// Fields that the form carries along: name and value.
    pub kept: Vec<(&'static str, String)>,
    /// Outcomes to choose from.
    pub outcomes: Vec<Filter>,
    /// The turns.
    pub turns: Vec<TurnRow>,
    /// Where older ones are.
    pub older: Option<String>,
    /// Where the newest are, if these are not.
    pub newest: Option<String>,
    /// Where all turns are, without filters; none if there is no filter.
    pub without_filters: Option<String>,
}
