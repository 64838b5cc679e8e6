//! The frame of a page, and what several pages show.

use switchboard_console::{Bar, Frame, Level, Look, Notice, Place, pages::Finding};

use super::{
    guard::Guest,
    state::{Console, Now},
};
use crate::problem::{Problem, Severity};

/// What a page says of itself.
pub(super) struct About {
    /// Where it stands in the navigation.
    pub(super) place: Place,
    /// Its title.
    pub(super) title: String,
    /// The topics that it shows beside the bar.
    pub(super) topics: String,
    /// What it says first.
    pub(super) notice: Option<Notice>,
    /// Whether it fills the window.
    pub(super) is_full: bool,
}

impl About {
    /// A page that shows no topic but the bar.
    pub(super) fn new(place: Place, title: &str) -> About {
        About { place, title: title.to_owned(), topics: String::new(), notice: None, is_full: false }
    }

    /// The page shows these topics too.
    pub(super) fn topics(self, topics: impl Into<String>) -> About {
        About { topics: topics.into(), ..self }
    }
}

/// The frame of a page.
pub(super) fn frame(console: &Console, now: &Now, guest: &Guest, look: Look, about: About) -> Frame {
    let About { place, title, topics, notice, is_full } = about;
    let topics = if topics.is_empty() { "bar".to_owned() } else { format!("bar,{topics}") };
    Frame {
        title,
        place,
        path: guest.path.clone(),
        look,
        t: look.language.texts(),
        visitor: guest.visitor.clone(),
        clock: console.clock(),
        bar: bar(now),
        notice,
        topics,
        is_full,
    }
}

/// What the bar counts; none while the database does not answer.
pub(super) fn bar(now: &Now) -> Option<Bar> {
    let counts = &now.snapshot.counts;
    Some(Bar {
        percent: now.snapshot.percent,
        problems: now.problems.len() as i64,
        worst: now.problems.iter().map(level).max().unwrap_or_default(),
        waits: now.waits?,
        dead: counts.dead + counts.outbox_dead + counts.forwards_dead,
    })
}

/// How urgent a problem is.
pub(super) fn level(problem: &Problem) -> Level {
    match problem.kind.severity {
        Severity::Page => Level::Bad,
        Severity::Warn => Level::Warn,
    }
}

/// The page where something is done about a problem, or more is said of it.
fn place_of(problem: &str) -> Option<&'static str> {
    Some(match problem {
        "no_agent"
        | "plugins_refused"
        | "agent_missing"
        | "agents_differ"
        | "candidate_dropped"
        | "candidate_held"
        | "agent_rests"
        | "agent_fails"
        | "agent_muted"
        | "agent_without_traffic" => "/agents",
        "rollout_held" | "rollout_aborted" | "messages_held" => "/rollout",
        "replies_dead" | "forwards_dead" | "messages_dead" | "replies_wait" | "queue_old" | "forwards_wait"
        | "notices_queued" => "/waiting",
        "tickets_wait" => "/inbox",
        _ => return None,
    })
}

/// The problems, the most urgent first.
pub(super) fn findings(now: &Now) -> Vec<Finding> {
    let finding = |problem: &Problem| Finding {
        level: level(problem),
        name: problem.kind.name,
        words: problem.finding.words.clone(),
        action: problem.kind.action,
        href: place_of(problem.kind.name),
    };
    let mut all: Vec<Finding> = now.problems.iter().map(finding).collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    all
}
