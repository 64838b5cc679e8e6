//! What a host keeps to judge itself by: signatures, the legacy service's answers, the last figures, and which problems stand.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{
    config::Config,
    problem::{Lately, Ledger, Line, Problem, Severity, took},
};
use switchboard_edge::{legacy::LegacyWatch, model::Caps, webhook::SignatureWatch};

/// What is watched, by configuration.
#[derive(Clone, Default)]
pub struct Watched {
    /// From which age on the newest backup is too old, in hours.
    pub backup_max_hours: i64,
    /// Folders whose disk must have room: the variable that names each, and the folder.
    pub disks: Vec<(&'static str, PathBuf)>,
    /// How much room, in bytes.
    pub disk_free_min: u64,
    /// The caps on the model's tokens, if there is a model.
    pub caps: Option<Caps>,
}

impl Watched {
    /// What this configuration has watched.
    pub fn of(config: &Config) -> Watched {
        Watched {
            backup_max_hours: config.backup_max_hours.into(),
            disks: vec![("DATA_DIR", config.data_dir.clone()), ("FILES_DIR", config.files.directory.clone())],
            disk_free_min: config.disk_free_min,
            caps: config.model.as_ref().map(|model| model.caps),
        }
    }
}

/// What a host keeps to judge itself by.
#[derive(Default)]
pub struct Vitals {
    /// What is watched.
    pub watched: Watched,
    /// Right and wrong signatures of deliveries.
    pub signatures: Arc<SignatureWatch>,
    /// The legacy service's answers.
    pub legacy: Arc<LegacyWatch>,
    lately: Mutex<Option<Lately>>,
    /// How hosts differ, and since when.
    differ: Mutex<Option<(Vec<String>, Instant)>>,
    ledger: Mutex<Ledger>,
    /// Calls of agents that were refused since the start, by agent.
    refused_calls: Mutex<BTreeMap<String, u64>>,
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Vitals {
    /// What is watched by this configuration.
    pub fn new(watched: Watched) -> Vitals {
        Vitals { watched, ..Vitals::default() }
    }

    /// Notes that so many calls of an agent were refused.
    pub fn note_refused_calls(&self, agent: &str, calls: u64) {
        if calls > 0 {
            *lock(&self.refused_calls).entry(agent.to_owned()).or_default() += calls;
        }
    }

    /// How many calls of each agent were refused since the start; agents without are not in it.
    pub fn refused_calls(&self) -> BTreeMap<String, u64> {
        lock(&self.refused_calls).clone()
    }

    /// The last figures of the last hours.
    pub fn lately(&self) -> Option<Lately> {
        lock(&self.lately).clone()
    }

    /// Keeps the figures of the last hours; `None` at a host that does not read them.
    pub fn keep_lately(&self, lately: Option<Lately>) {
        *lock(&self.lately) = lately;
    }

    /// For how long the hosts have differed in this way, in milliseconds.
    pub fn differ_ms(&self, how: &[String]) -> i64 {
        let mut differ = lock(&self.differ);
        if how.is_empty() {
            *differ = None;
        } else if differ.as_ref().is_none_or(|(before, _)| before != how) {
            *differ = Some((how.to_vec(), Instant::now()));
        }
        differ.as_ref().map_or(0, |(_, since)| since.elapsed().as_millis() as i64)
    }

    /// Logs each problem when it begins, every ten minutes while it stands, and when it is over.
    pub fn log(&self, problems: &[Problem], now: i64) {
        for line in lock(&self.ledger).update(problems, now) {
            match line {
                Line::Begins(problem) => say(&problem, &problem.finding.words, 1),
                Line::Stands(problem, times, stood) => {
                    let words = format!("for {}: {}", took(stood), problem.finding.words);
                    say(&problem, &words, times);
                }
                Line::Ends(name, stood) => tracing::info!(problem = name, "a problem is over after {}", took(stood)),
            }
        }
    }
}

fn say(problem: &Problem, words: &str, times: u64) {
    let (kind, subject) = (problem.kind, problem.finding.subject.as_deref().unwrap_or_default());
    match kind.severity {
        Severity::Page => tracing::error!(problem = kind.name, subject, times, action = kind.action, "{words}"),
        Severity::Warn => tracing::warn!(problem = kind.name, subject, times, action = kind.action, "{words}"),
    }
}
