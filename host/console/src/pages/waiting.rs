//! What did not arrive, and why; hosts; problems.

use askama::Template;

use crate::{Frame, Level, Texts};

/// Why something was given up, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Meta refuses the business number or its token.
    Number,
    /// The customer service window is closed.
    Window,
    /// Meta never takes it.
    Final,
    /// A rate limit.
    Rate,
    /// Meta was away.
    Meta,
    /// Meta could not send this one.
    Row,
    /// The turn failed.
    Turn,
    /// Anything else.
    Other,
}

impl Reason {
    /// The reason in words.
    pub fn words(self, t: &Texts) -> &'static str {
        match self {
            Reason::Number => t.waiting.reason_number,
            Reason::Window => t.waiting.reason_window,
            Reason::Final => t.waiting.reason_final,
            Reason::Rate => t.waiting.reason_rate,
            Reason::Meta => t.waiting.reason_meta,
            Reason::Row => t.waiting.reason_row,
            Reason::Turn => t.waiting.reason_turn,
            Reason::Other => t.shared.reason_other,
        }
    }
}

/// Something that was given up.
#[derive(Clone, Debug)]
pub struct DeadRow {
    /// Its id.
    pub id: i64,
    /// What it is: `answer`, `notice`, `text`.
    pub what: String,
    /// The agent; empty if none.
    pub agent: String,
    /// The person's id, if the visitor may see people; else none.
    pub person: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// Since when, in milliseconds.
    pub at: i64,
    /// The reason in Meta's or the host's words.
    pub error: String,
}

/// What was given up for one reason.
#[derive(Clone, Debug)]
pub struct DeadGroup {
    /// Its kind: `reply`, `message`, `forward`.
    pub kind: &'static str,
    /// The heading of its kind.
    pub heading: &'static str,
    /// The reason.
    pub reason: Reason,
    /// Meta's code; empty if none.
    pub code: String,
    /// The rows, the oldest first.
    pub rows: Vec<DeadRow>,
    /// Whether sending again can help: Meta never takes some of them.
    pub can_retry: bool,
}

impl DeadGroup {
    /// How many rows there are.
    pub fn count(&self) -> i64 {
        self.rows.len() as i64
    }
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// What waits in it.
    pub name: &'static str,
    /// How many.
    pub count: i64,
    /// How long the oldest has waited, in milliseconds.
    pub oldest_ms: Option<i64>,
}

/// A host that lives.
#[derive(Clone, Debug)]
pub struct HostRow {
    /// Its name.
    pub name: String,
    /// When it was last seen, in milliseconds.
    pub seen_at: i64,
    /// How far its clock is ahead, in milliseconds.
    pub clock_ahead_ms: i64,
    /// The percentage that it serves; none if the service is off or it did not say.
    pub percent: Option<f64>,
    /// How many agents it serves; none if it did not say.
    pub agents: Option<i64>,
    /// Why its flags are not the row's.
    pub error: Option<String>,
}

/// A problem, with what to do.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How urgent it is.
    pub level: Level,
    /// Its name in the log and in the metrics.
    pub name: &'static str,
    /// What is wrong, with figures.
    pub words: String,
    /// What to do.
    pub action: &'static str,
    /// The page where that is done, or more is said.
    pub href: Option<&'static str>,
}

/// The page.
#[derive(Template)]
#[template(path = "waiting.html")]
pub struct WaitingPage {
    /// The frame.
    pub f: Frame,
    /// What was given up, by kind and reason.
    pub dead: Vec<DeadGroup>,
    /// The most rows of a kind that are shown, if there are more.
    pub cut: Option<i64>,
    /// The queues.
    pub queues: Vec<Queue>,
    /// The hosts.
    pub hosts: Vec<HostRow>,
    /// The problems.
    pub problems: Vec<Finding>,
}
