//! Which problems stand, and when each was logged. Pure.

use std::collections::HashMap;

use super::Problem;

/// How often a problem that stands is logged again, in milliseconds.
const AGAIN_MS: i64 = 10 * 60 * 1000;

/// A line of the log.
pub enum Line {
    /// A problem begins.
    Begins(Problem),
    /// It stands: how often it was found since the last line, and for how long it has stood, in milliseconds.
    Stands(Problem, u64, i64),
    /// It is over: its name, and how long it stood.
    Ends(String, i64),
}

/// The problems that stand.
#[derive(Default)]
pub struct Ledger(HashMap<String, Entry>);

struct Entry {
    since: i64,
    told_at: i64,
    times: u64,
}

impl Ledger {
    /// Takes what was found now; gives the lines to log.
    pub fn update(&mut self, problems: &[Problem], now: i64) -> Vec<Line> {
        let mut lines = Vec::new();
        for problem in problems {
            let entry = self.0.entry(problem.name()).or_insert(Entry { since: now, told_at: i64::MIN, times: 0 });
            entry.times += 1;
            if entry.told_at == i64::MIN {
                lines.push(Line::Begins(problem.clone()));
            } else if now - entry.told_at >= AGAIN_MS {
                lines.push(Line::Stands(problem.clone(), entry.times, now - entry.since));
            } else {
                continue;
            }
            (entry.told_at, entry.times) = (now, 0);
        }
        let names: Vec<String> = problems.iter().map(Problem::name).collect();
        let mut over: Vec<(String, i64)> = Vec::new();
        self.0.retain(|name, entry| {
            let stands = names.contains(name);
            if !stands {
                over.push((name.clone(), now - entry.since));
            }
            stands
        });
        over.sort();
        lines.extend(over.into_iter().map(|(name, stood)| Line::Ends(name, stood)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Snapshot, evaluate};

    #[test]
    fn a_problem_is_logged_at_once_then_every_ten_minutes_and_at_its_end() {
        let problems = |counts: i64| {
            let mut snapshot = Snapshot { agents: vec!["jobs".into()], ..Snapshot::default() };
            snapshot.counts.notices = counts;
            evaluate(&snapshot)
        };
        let mut ledger = Ledger::default();
        let mut lines = |problems: &[Problem], now: i64| -> Vec<String> {
            let word = |line: Line| match line {
                Line::Begins(problem) => format!("begins {}", problem.kind.name),
                Line::Stands(problem, times, stood) => format!("stands {} {times} {stood}", problem.kind.name),
                Line::Ends(name, stood) => format!("ends {name} {stood}"),
            };
            ledger.update(problems, now).into_iter().map(word).collect()
        };
        assert_eq!(lines(&problems(0), 0), [] as [&str; 0]);
        assert_eq!(lines(&problems(2000), 1), ["begins notices_queued"]);
        assert_eq!(lines(&problems(2001), 2), [] as [&str; 0], "other figures are the same problem");
        assert_eq!(lines(&problems(2001), 1 + AGAIN_MS), ["stands notices_queued 2 600000"]);
        assert_eq!(lines(&problems(0), 2 + AGAIN_MS), ["ends SwitchboardNoticesQueued 600001"]);
        assert_eq!(lines(&problems(2000), 3 + AGAIN_MS), ["begins notices_queued"]);
    }
}
