//! The service's rollout: its plan, where it stands, its limits, what was decided.

use askama::Template;

use crate::{Frame, Level, pages::Decision};

/// Where a step of the plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is over.
    Past,
    /// It is the present one.
    Now,
    /// It comes later.
    Later,
}

impl Step {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Step::Past => "past",
            Step::Now => "now",
            Step::Later => "later",
        }
    }
}

/// A step of the plan.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Where it stands.
    pub step: Step,
    /// Its percentage of people.
    pub percent: f64,
    /// When it was, or how long it takes at least.
    pub when: String,
    /// How much of its time is over, in percent; of the present step.
    pub over: Option<f64>,
    /// What it asks for.
    pub asks: String,
}

/// A limit of the present step.
#[derive(Clone, Debug)]
pub struct LimitRow {
    /// What it is of.
    pub name: &'static str,
    /// What is measured.
    pub now: String,
    /// The limit.
    pub limit: String,
    /// Whether it is kept.
    pub holds: bool,
    /// How near it is, in percent of the limit, at most 100.
    pub near: f64,
}

/// The rollout.
#[derive(Template)]
#[template(path = "rollout.html")]
pub struct RolloutPage {
    /// The frame.
    pub f: Frame,
    /// Who is served, in a sentence.
    pub sentence: String,
    /// What the state is and why.
    pub standing: Option<(Level, String, String)>,
    /// The plan's steps; empty without a rollout.
    pub legs: Vec<Leg>,
    /// What comes next, and when.
    pub next: Option<String>,
    /// The percentage of people served.
    pub percent: f64,
    /// The limits of the present step.
    pub limits: Vec<LimitRow>,
    /// When the controller looked last, in milliseconds.
    pub looked_at: Option<i64>,
    /// What was decided, the latest first.
    pub decisions: Vec<Decision>,
    /// The percentage that a step on leads to, if that applies.
    pub advance_to: Option<f64>,
    /// Whether a rollout can begin.
    pub can_start: bool,
    /// The first step's percentage of the plan that begins.
    pub starts_with: f64,
    /// Whether it can be held.
    pub can_hold: bool,
    /// Whether it can go on.
    pub can_resume: bool,
    /// Messages held for people outside.
    pub held: i64,
}

impl RolloutPage {
    /// The hundred people of the picture, each with whether they are served.
    pub fn people(&self) -> impl Iterator<Item = (usize, bool)> {
        let served = self.percent;
        (0..100).map(move |nth| (nth, (nth as f64) < served))
    }
}
