//! The result of an agent's tests: what passed, each distinct failure once, warnings, and the flows and steps that were reached.

use std::{collections::BTreeSet, time::Duration};

use switchboard_core::contract::types::FlowAbout;

/// A failure, with how often it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Where it came first: `file:line`, or what was sent.
    pub at: String,
    /// What went wrong. Two failures with the same words are one.
    pub what: String,
    /// How often it came.
    pub times: usize,
    /// What the agent logged in the message that failed.
    pub log: Vec<String>,
}

/// The result of an agent's tests.
#[derive(Debug, Default)]
pub struct Played {
    /// How many checks passed.
    pub passed: usize,
    /// Each distinct failure.
    pub failures: Vec<Failed>,
    /// The time per message, including the store.
    pub times: Vec<Duration>,
    /// Each conversation's name, and how many messages the business sent in it, which are paid for.
    pub paid: Vec<(String, usize)>,
    /// What is allowed and probably not meant, a sentence each.
    pub warnings: BTreeSet<String>,
    /// The flows and steps of the agent that were reached.
    pub reached: BTreeSet<(String, String)>,
}

impl Failed {
    /// A failure that came once.
    pub(super) fn new(at: impl Into<String>, what: impl Into<String>) -> Failed {
        Failed { at: at.into(), what: what.into(), times: 1, log: Vec::new() }
    }

    /// With what agents logged meanwhile.
    pub(super) fn with_log(self, log: &[String]) -> Failed {
        Failed { log: log.to_vec(), ..self }
    }
}

impl Played {
    /// Notes a failure.
    pub(super) fn fail(&mut self, failed: Failed) {
        match self.failures.iter_mut().find(|known| known.what == failed.what) {
            Some(known) => known.times += failed.times,
            None => self.failures.push(failed),
        }
    }

    /// Notes that there is no conversation in an agent's folder of them.
    pub fn note_empty(&mut self, folder: &std::path::Path) {
        let what = "there is no conversation here: write one in a file `*.txt`, see agents/README.md";
        self.fail(Failed::new(folder.display().to_string(), what));
    }

    /// How many checks failed.
    pub fn failed(&self) -> usize {
        self.failures.iter().map(|failed| failed.times).sum()
    }

    /// Merges another result into this one.
    pub fn and(mut self, other: Played) -> Played {
        self.passed += other.passed;
        other.failures.into_iter().for_each(|failed| self.fail(failed));
        self.times.extend(other.times);
        self.paid.extend(other.paid);
        self.warnings.extend(other.warnings);
        self.reached.extend(other.reached);
        self
    }

    /// The longest time per message.
    pub fn slowest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }

    /// The median time per message.
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    /// The steps of each flow that were reached, such as `sell 6/8 (not photo, place)`.
    pub fn coverage(&self, flows: &[FlowAbout]) -> Vec<String> {
        let reached = |flow: &str, step: &str| self.reached.iter().any(|(of, at)| of == flow && at == step);
        let shown = |flow: &FlowAbout| {
            let missed: Vec<&str> =
                flow.steps.iter().map(String::as_str).filter(|step| !reached(&flow.name, step)).collect();
            let counted = format!("{} {}/{}", flow.name, flow.steps.len() - missed.len(), flow.steps.len());
            if missed.is_empty() { counted } else { format!("{counted} (not {})", missed.join(", ")) }
        };
        flows.iter().map(shown).collect()
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.what)?;
        if self.times > 1 {
            write!(f, " (×{}; here it came first)", self.times)?;
        }
        for line in &self.log {
            write!(f, "\n    log: {line}")?;
        }
        Ok(())
    }
}
