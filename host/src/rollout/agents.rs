//! New versions of agents: what each agent's file and rollout mean together, and the host brought there.
//!
//! The rollout's row is the truth for all hosts. A host may find it changed (a step, an abort, a word of the operator's), or find a
//! new file or a tripped candidate of its own, which it writes there; what follows is the same.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use tracing::{info, warn};

use switchboard_core::clock::Clock;
use switchboard_core::plan::{Plan, Rollout, State, agent_rollout};
use switchboard_sandbox::{
    agent::Version,
    plugins::{Plugins, Update},
};
use switchboard_store::Store;

/// How often the database is asked whether anything changed.
const POLL: Duration = Duration::from_millis(200);

/// The outcome of an agent's row that says: this version and no other.
pub const PINNED: &str = "pinned";

/// What an agent's file and its rollout mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// These versions serve, by sha-256; the second for a share of the people.
    Serve {
        /// Everybody else's.
        stable: String,
        /// The one that is tried, and its share.
        candidate: Option<(String, f64)>,
        /// Why the file is not in service, if so.
        refused: Option<String>,
    },
    /// The row has to change first: to this.
    Change(Box<Rollout>),
}

/// What an agent's file holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held<'a> {
    /// Its sha-256.
    pub sha256: &'a str,
    /// It was put here to serve: no host had it before, or, where there is one host, the file has changed. All else is a host that
    /// has not caught up with the others.
    pub is_new: bool,
}

/// What to do about an agent.
pub fn course(agent: &str, update: &Update, row: Option<&Rollout>, held: Held<'_>, now: i64) -> Course {
    let Held { sha256: file, is_new } = held;
    let serve =
        |stable: &str, refused: Option<String>| Course::Serve { stable: stable.to_owned(), candidate: None, refused };
    let Some(row) = row else {
        return match update {
            Update::Instant => serve(file, None),
            _ => Course::Change(served(agent, file, None, now).into()),
        };
    };
    let before = row.stable.as_deref().unwrap_or(file);
    if row.outcome == PINNED {
        let refused =
            (file != before).then(|| format!("agent `{agent}` is pinned to another version: `agents unpin {agent}`"));
        return serve(before, refused);
    }
    let stable = match (row.state, row.candidate.as_deref()) {
        (State::Completed, Some(candidate)) => candidate,
        _ => before,
    };
    let is_candidate = row.candidate.as_deref() == Some(file);
    let passed = || format!("the agent has moved on from it: `agents pin {agent}` brings it back");
    match row.state {
        State::Running | State::Held if is_candidate || !is_new => Course::Serve {
            stable: stable.to_owned(),
            candidate: row.candidate.clone().map(|candidate| (candidate, row.percent)),
            refused: (!is_candidate && file != stable).then(passed),
        },
        State::Running | State::Held if file == stable => {
            Course::Change(row.aborted("its file was taken back", "file", now).into())
        }
        State::Aborted if is_candidate => serve(stable, Some(format!("it was dropped: {}", row.reason))),
        _ if file == stable => serve(stable, None),
        _ if !is_new => serve(stable, Some(passed())),
        _ => match update {
            Update::Instant => Course::Change(served(agent, file, Some(row), now).into()),
            Update::Canary(plan) => Course::Change(tried(agent, plan.clone(), row, stable, file, now).into()),
            Update::Manual => {
                let waits = tried(agent, Plan::canary(), row, stable, file, now);
                let reason = format!("it waits for `agents promote {agent}`");
                Course::Change(Rollout { state: State::Held, percent: 0.0, reason, ..waits }.into())
            }
        },
    }
}

/// This version serves everybody, and nothing is tried.
pub(super) fn served(agent: &str, sha256: &str, row: Option<&Rollout>, now: i64) -> Rollout {
    Rollout {
        state: State::Completed,
        percent: 100.0,
        stable: Some(sha256.to_owned()),
        outcome: "served".into(),
        reason: "by its file".into(),
        version: row.map_or(0, |row| row.version),
        ..Rollout::begin(&agent_rollout(agent), Plan::canary(), now, "file")
    }
}

/// A version is tried.
fn tried(agent: &str, plan: Plan, row: &Rollout, stable: &str, candidate: &str, now: i64) -> Rollout {
    Rollout {
        stable: Some(stable.to_owned()),
        candidate: Some(candidate.to_owned()),
        reason: "a new file".into(),
        version: row.version,
        ..Rollout::begin(&agent_rollout(agent), plan, now, "file")
    }
}

/// Brings a host's agents to what files and rollouts mean, again and again.
pub struct Steering {
    store: Store,
    plugins: Plugins,
    clock: Clock,
    /// Versions at hand that no file here holds.
    made: HashMap<String, Arc<Version>>,
    /// What each agent's file held when it was looked at last.
    kept: HashMap<String, String>,
    /// Those whose files are new, until that is written.
    new: HashSet<String>,
    /// Tripped candidates whose end is written.
    ended: HashSet<String>,
}

impl Steering {
    /// Takes over from files alone. What was pinned, tried or dropped before the start is so again when this returns.
    pub async fn start(store: Store, plugins: Plugins, clock: Clock) -> Steering {
        let mut steering = Steering {
            store,
            plugins,
            clock,
            made: HashMap::new(),
            kept: HashMap::new(),
            new: HashSet::new(),
            ended: HashSet::new(),
        };
        if let Err(error) = steering.settle().await {
            warn!("versions of agents could not be looked after: {error:#}");
        }
        steering
    }

    /// Goes on until the task is dropped.
    pub async fn follow(mut self) {
        let mut seen = None;
        loop {
            let version = self.store.data_version().await.ok();
            if version.is_none() || version != seen {
                match self.settle().await {
                    Ok(()) => seen = version,
                    Err(error) => warn!("versions of agents could not be looked after: {error:#}"),
                }
            }
            tokio::select! {
                () = self.plugins.changed() => seen = None,
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn settle(&mut self) -> anyhow::Result<()> {
        self.end_tripped().await?;
        let rows = self.store.rollouts().await?;
        let named = rows.iter().filter_map(|row| row.name.strip_prefix("agent:")).map(str::to_owned);
        self.plugins.delegate_updates_to_rollout(named.collect());
        for (agent, file) in self.plugins.files() {
            self.keep(&agent, &file).await?;
            let row = rows.iter().find(|row| row.name == agent_rollout(&agent));
            let now = self.clock.now();
            let held = Held { sha256: file.sha256(), is_new: self.new.contains(file.sha256()) };
            match course(&agent, &self.plugins.update(&agent), row, held, now) {
                Course::Change(next) => {
                    let changed = match row {
                        Some(_) => self.store.rollout_move(&next).await?,
                        None => self.store.rollout_begin(&next).await?,
                    };
                    if changed {
                        info!(agent.name = agent, rollout.outcome = next.outcome, "agent {agent}: {}", next.reason);
                    }
                    // Its row is read again at once.
                    let row = self.store.rollout(&agent_rollout(&agent)).await?;
                    let held = Held { is_new: false, ..held };
                    let course = course(&agent, &self.plugins.update(&agent), row.as_ref(), held, now);
                    self.bring(&agent, &file, course).await?;
                }
                serve => self.bring(&agent, &file, serve).await?,
            }
            // A pin only puts it off.
            if row.is_none_or(|row| row.outcome != PINNED) {
                self.new.remove(file.sha256());
            }
        }
        Ok(())
    }

    async fn bring(&mut self, agent: &str, file: &Arc<Version>, course: Course) -> anyhow::Result<()> {
        let Course::Serve { stable, candidate, refused } = course else { return Ok(()) };
        let candidate = match candidate {
            Some((sha256, percent)) => Some((self.version(agent, file, &sha256).await?, percent)),
            None => None,
        };
        let stable = self.version(agent, file, &stable).await?;
        if let Some(reason) = refused {
            self.plugins.refuse(&file.about().file, reason);
        }
        self.plugins.serve(file.sha256(), stable, candidate).await;
        Ok(())
    }

    /// A version by its sha-256: the file's, or one that was kept.
    async fn version(&mut self, agent: &str, file: &Arc<Version>, sha256: &str) -> anyhow::Result<Arc<Version>> {
        if file.sha256() == sha256 {
            return Ok(file.clone());
        }
        if let Some(made) = self.made.get(sha256) {
            return Ok(made.clone());
        }
        let short = &sha256[..sha256.len().min(12)];
        let bytes = self.store.version_bytes(sha256).await?;
        let bytes = bytes.with_context(|| format!("agent {agent}: version {short} is not kept here any more"))?;
        let made = self.plugins.make(agent, bytes.into()).await;
        let made = made.with_context(|| format!("agent {agent}: version {short}"))?;
        self.made.insert(sha256.to_owned(), made.clone());
        Ok(made)
    }

    /// Keeps the bytes of a component that serves, for other hosts and for later.
    async fn keep(&mut self, agent: &str, file: &Arc<Version>) -> anyhow::Result<()> {
        if self.kept.get(agent).is_some_and(|kept| kept == file.sha256()) {
            return Ok(());
        }
        let path = self.plugins.directory().join(&file.about().file);
        let bytes = tokio::fs::read(&path).await.with_context(|| path.display().to_string())?;
        // It may have changed since; then another look comes.
        use sha2::Digest;
        if hex::encode(sha2::Sha256::digest(&bytes)) == file.sha256() {
            let is_first = self.store.keep_version(agent, file.sha256(), bytes, self.clock.now()).await?;
            let before = self.kept.insert(agent.to_owned(), file.sha256().to_owned());
            if is_first || (before.is_some() && !self.store.is_shared()) {
                self.new.insert(file.sha256().to_owned());
            }
        }
        Ok(())
    }

    /// Writes the end of candidates that tripped here, so that they end everywhere.
    async fn end_tripped(&mut self) -> anyhow::Result<()> {
        for (agent, sha256, stops, turns) in self.plugins.tripped() {
            if self.ended.contains(&sha256) {
                continue;
            }
            let row = self.store.rollout(&agent_rollout(&agent)).await?;
            let row = row.filter(|row| row.state.is_under_way() && row.candidate.as_deref() == Some(&sha256));
            let is_over = match row {
                Some(row) => {
                    let reason = format!("it was stopped {stops} times in its first {turns} turns at one host");
                    let figures = serde_json::json!({ "stops": stops, "turns": turns }).to_string();
                    let next = Rollout { figures: Some(figures), ..row.aborted(&reason, "tripwire", self.clock.now()) };
                    self.store.rollout_move(&next).await?
                }
                None => true,
            };
            if is_over {
                self.ended.insert(sha256);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 7;

    fn row(state: State, stable: &str, candidate: Option<&str>) -> Rollout {
        let plan = Plan::canary();
        let (stable, candidate) = (Some(stable.to_owned()), candidate.map(str::to_owned));
        Rollout { state, stable, candidate, ..Rollout::begin("agent:jobs", plan, 0, "file") }
    }

    fn said(update: &Update, row: Option<&Rollout>, sha256: &str, is_new: bool) -> String {
        match course("jobs", update, row, Held { sha256, is_new }, NOW) {
            Course::Serve { stable, candidate, refused } => {
                let candidate = candidate.map(|(sha256, percent)| format!(" and {sha256} for {percent} %"));
                format!("{stable}{}{}", candidate.unwrap_or_default(), if refused.is_some() { ", refused" } else { "" })
            }
            Course::Change(next) => {
                let (stable, candidate) = (next.stable.unwrap_or_default(), next.candidate.unwrap_or_default());
                format!("→ {} {} {stable}/{candidate} {} %", next.state.as_str(), next.outcome, next.percent)
            }
        }
    }

    #[test]
    fn every_file_and_row_have_a_course() {
        let canary = Update::Canary(Plan::canary());
        let pinned = Rollout { outcome: PINNED.into(), ..row(State::Held, "a", None) };
        let manual = Rollout { percent: 0.0, ..row(State::Held, "a", Some("b")) };
        for (update, row, file, expected) in [
            (&Update::Instant, None, "a", "a"),
            (&canary, None, "a", "→ completed served a/ 100 %"),
            (&canary, Some(row(State::Completed, "a", None)), "a", "a"),
            (&canary, Some(row(State::Completed, "a", None)), "b", "→ running started a/b 10 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "b", "a and b for 10 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "a", "→ aborted aborted a/b 0 %"),
            (&canary, Some(row(State::Running, "a", Some("b"))), "c", "→ running started a/c 10 %"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "b", "a, refused"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "a", "a"),
            (&canary, Some(row(State::Aborted, "a", Some("b"))), "c", "→ running started a/c 10 %"),
            (&canary, Some(row(State::Completed, "a", Some("b"))), "b", "b"),
            (&canary, Some(row(State::Completed, "a", Some("b"))), "c", "→ running started b/c 10 %"),
            (&Update::Manual, Some(row(State::Completed, "a", None)), "b", "→ held started a/b 0 %"),
            (&Update::Manual, Some(manual), "b", "a and b for 0 %"),
            (&Update::Instant, Some(row(State::Aborted, "a", Some("b"))), "b", "a, refused"),
            (&Update::Instant, Some(row(State::Aborted, "a", Some("b"))), "c", "→ completed served c/ 100 %"),
            (&Update::Instant, Some(pinned.clone()), "b", "a, refused"),
            (&Update::Instant, Some(pinned), "a", "a"),
        ] {
            assert_eq!(said(update, row.as_ref(), file, true), expected, "{update:?} {row:?} {file}");
        }
        // A host that has not caught up changes nothing.
        for (row, file, expected) in [
            (row(State::Running, "a", Some("c")), "a", "a and c for 10 %"),
            (row(State::Running, "a", Some("c")), "b", "a and c for 10 %, refused"),
            (row(State::Completed, "a", Some("c")), "a", "c, refused"),
            (row(State::Aborted, "a", Some("c")), "b", "a, refused"),
        ] {
            assert_eq!(said(&canary, Some(&row), file, false), expected, "{row:?} {file}");
        }
    }
}
