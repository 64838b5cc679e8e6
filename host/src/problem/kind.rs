//! What a kind of problem is, and what is found of it.

use serde_json::{Value, json};

use super::Snapshot;

/// How soon somebody should act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Now.
    Page,
    /// On the same day.
    Warn,
}

impl Severity {
    /// The label `severity` of alerts.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Page => "page",
            Severity::Warn => "warn",
        }
    }
}

/// Whose a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One host's: each host alerts of its own.
    Host,
    /// All hosts' of a database: one of them alerts.
    Shared,
}

/// A kind of problem: a row of the table.
pub struct Kind {
    /// Its name: the label `name` of `switchboard_problem`, and the field `problem` of log lines.
    pub name: &'static str,
    /// The name of its alert, and of its rule in `deploy/prometheus/alerts.yml`.
    pub rule: &'static str,
    /// How soon somebody should act.
    pub severity: Severity,
    /// Whose it is.
    pub scope: Scope,
    /// Whether `/health` lists it and is degraded by it. What only concerns figures of a time is not listed.
    pub degrades: bool,
    /// From when on it is one, for the documents.
    pub when: &'static str,
    /// The metric that shows it.
    pub metric: &'static str,
    /// What to do.
    pub action: &'static str,
    /// Finds it in a snapshot.
    pub judge: fn(&Snapshot) -> Vec<Finding>,
}

impl Kind {
    /// Whether it says that the database takes nothing: then nothing about it can be kept there.
    pub fn is_of_database(&self) -> bool {
        matches!(self.name, "database_away" | "not_stored")
    }
}

/// A kind on which most fields of a row are based: shared by all hosts, and a page.
pub(super) const PAGE: Kind = Kind {
    name: "",
    rule: "",
    severity: Severity::Page,
    scope: Scope::Shared,
    degrades: true,
    when: "",
    metric: "switchboard_problem",
    action: "",
    judge: |_| Vec::new(),
};

/// The same that can wait until the next morning.
pub(super) const WARN: Kind = Kind { severity: Severity::Warn, ..PAGE };

/// A page of one host.
pub(super) const HOST_PAGE: Kind = Kind { scope: Scope::Host, ..PAGE };

/// A warning of one host.
pub(super) const HOST_WARN: Kind = Kind { scope: Scope::Host, ..WARN };

/// A problem that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: an agent, a number, a folder. None if there is one at most.
    pub subject: Option<String>,
    /// The agent that it is about.
    pub agent: Option<String>,
    /// A sentence with figures, without a full stop.
    pub words: String,
    /// Whether it is time to alert of it; else `/health` and the log alone say it.
    pub alerts: bool,
}

impl Finding {
    /// A problem of which there is one at most.
    pub(super) fn new(words: impl Into<String>) -> Finding {
        Finding { subject: None, agent: None, words: words.into(), alerts: true }
    }

    /// A problem of several of its kind, told apart by this.
    pub(super) fn of(subject: impl Into<String>, words: impl Into<String>) -> Finding {
        Finding { subject: Some(subject.into()), ..Finding::new(words) }
    }

    /// A problem of an agent.
    pub(super) fn of_agent(agent: &str, words: impl Into<String>) -> Finding {
        Finding { agent: Some(agent.to_owned()), ..Finding::of(agent, words) }
    }

    /// It is alerted of only then.
    pub(super) fn alerts_if(self, alerts: bool) -> Finding {
        Finding { alerts, ..self }
    }
}

/// A problem: what was found, and of which kind.
#[derive(Clone)]
pub struct Problem {
    /// Its kind.
    pub kind: &'static Kind,
    /// What was found.
    pub finding: Finding,
}

impl Problem {
    /// The alert's name: the rule, and after a slash what it is about.
    pub fn name(&self) -> String {
        match &self.finding.subject {
            Some(subject) => format!("{}/{subject}", self.kind.rule),
            None => self.kind.rule.to_owned(),
        }
    }

    /// The sentence for people: what is wrong, and what to do.
    pub fn sentence(&self) -> String {
        format!("{}. {}", self.finding.words, self.kind.action)
    }

    /// As `/health` lists it for programs.
    pub fn json(&self) -> Value {
        json!({
            "name": self.kind.name, "rule": self.kind.rule, "severity": self.kind.severity.as_str(),
            "subject": self.finding.subject, "agent": self.finding.agent,
            "words": self.finding.words, "what_to_do": self.kind.action,
        })
    }
}
