//! The frame of a page, and what several pages show.

use switchboard_console::{Bar, Clock, Frame, Level, Look, Notice, Place, pages::Finding};

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
        clock: Clock::new(console.app.clock.now(), &console.app.defaults.time_zone),
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

/// The problems, the most urgent first.
pub(super) fn findings(now: &Now) -> Vec<Finding> {
    let finding = |problem: &Problem| Finding {
        level: level(problem),
        name: problem.kind.name,
        words: problem.finding.words.clone(),
        action: problem.kind.action,
    };
    let mut all: Vec<Finding> = now.problems.iter().map(finding).collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    all
}
