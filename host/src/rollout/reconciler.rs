//! The reconciler of agents' versions, in the manner of a Kubernetes controller: a loop that derives the desired state of each agent from
//! its file and its rollout's row ([`reconcile`], pure), and applies it to this host.
//!
//! The row is the desired state for all hosts. It changes by a step, an abort or an operator's command; and a host that finds a new
//! file, or trips over a candidate, writes that into the row. Either way every host then reconciles to the same row.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use anyhow::Context;
use tracing::{info, warn};

use super::{
    gate::{Gate, ensure_row},
    hosted::hosted,
    rows::{canary, served_by_file, waiting},
    versions::{last_good, short},
};
use crate::watcher::Looks;
use switchboard_core::clock::Clock;
use switchboard_core::plan::{Outcome, Plan, Rollout, State, agent_rollout};
use switchboard_sandbox::{
    agent::Version,
    plugins::{Plugins, Update},
};
use switchboard_store::{Store, StoreError};

/// How often an agent is decided on again in one pass because other hosts changed its row first.
const DECISIONS_MAX: usize = 5;

/// The desired state of an agent.
#[derive(Clone, Debug, PartialEq)]
pub enum Desired {
    /// Serve these versions, by SHA-256; the candidate for a share of the people.
    Serve {
        /// The version for everybody else.
        stable: String,
        /// The candidate version, and its percentage of people.
        candidate: Option<(String, f64)>,
        /// Why the file's version does not serve, if it does not.
        refused: Option<String>,
    },
    /// The row must first be changed to this.
    Change(Box<Rollout>),
}

/// The observed state of an agent's file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileState<'a> {
    /// The SHA-256 of its bytes.
    pub sha256: &'a str,
    /// It is a new deployment: it never served and was never dropped or, with a single host, the file has changed. Otherwise this host
    /// merely lags behind the others.
    pub is_new: bool,
    /// A new version waits for its replay first: `gate = "replay"`.
    pub is_gated: bool,
}

/// Derives an agent's desired state from its update policy, its rollout's row and its file. Pure.
pub fn reconcile(agent: &str, update: &Update, row: Option<&Rollout>, file_state: FileState<'_>, now: i64) -> Desired {
    let FileState { sha256: file, is_new, is_gated } = file_state;
    let serve =
        |stable: &str, refused: Option<String>| Desired::Serve { stable: stable.to_owned(), candidate: None, refused };
    let Some(row) = row else {
        return match update {
            Update::Instant if !is_gated => serve(file, None),
            _ => Desired::Change(served_by_file(agent, file, None, now).into()),
        };
    };
    let before = row.stable.as_deref().unwrap_or(file);
    if row.outcome == Outcome::Pinned {
        let refused =
            (file != before).then(|| format!("agent `{agent}` is pinned to another version: `agents unpin {agent}`"));
        return serve(before, refused);
    }
    let stable = match (row.state, row.candidate.as_deref()) {
        (State::Completed, Some(candidate)) => candidate,
        _ => before,
    };
    let is_candidate = row.candidate.as_deref() == Some(file);
    let passed = || format!("the agent has moved on to another version: `agents pin {agent}` returns to this one");
    match row.state {
        State::Running | State::Held if is_candidate || !is_new => Desired::Serve {
            stable: stable.to_owned(),
            candidate: row.candidate.clone().map(|candidate| (candidate, row.percent)),
            refused: (!is_candidate && file != stable).then(passed),
        },
        State::Running | State::Held if file == stable => {
            Desired::Change(row.aborted("its file was replaced by the stable version's", "file", now).into())
        }
        State::Aborted if is_candidate => serve(stable, Some(format!("its rollout was aborted: {}", row.reason))),
        _ if file == stable => serve(stable, None),
        _ if !is_new => serve(stable, Some(passed())),
        _ if is_gated => Desired::Change(waiting(agent, row, stable, file, now).into()),
        _ => match update {
            Update::Instant => Desired::Change(served_by_file(agent, file, Some(row), now).into()),
            Update::Canary(plan) => Desired::Change(canary(agent, plan.clone(), row, stable, file, now).into()),
            Update::Manual => {
                let waits = canary(agent, Plan::canary(), row, stable, file, now);
                let reason = format!("it waits for `agents promote {agent}`");
                Desired::Change(Rollout { state: State::Held, percent: 0.0, reason, ..waits }.into())
            }
        },
    }
}

/// The reconciliation loop of one host.
pub struct Reconciler {
    store: Store,
    plugins: Plugins,
    clock: Clock,
    /// Compiled versions that are not this host's files, by SHA-256.
    compiled: HashMap<String, Arc<Version>>,
    /// The SHA-256 of each agent's file whose bytes are in the database.
    stored: HashMap<String, String>,
    /// The SHA-256 of new deployments, until their row is written.
    new: HashSet<String>,
    /// Tripped candidates whose abort is written.
    ended: HashSet<String>,
    /// The stable version of each agent that was noted as serving, by SHA-256.
    served: HashMap<String, String>,
    /// Why the last good version of an agent could not stand in for its refused file, as it was last logged.
    absent: HashMap<String, String>,
    /// What the database was told that this host serves, as JSON.
    told: String,
    gate: Gate,
}

impl Reconciler {
    /// Begins to load the plugins. What serves of an agent that has a rollout is decided by that, so that pins, candidates and aborts
    /// of before the start are in force from the first turn on.
    pub async fn begin(store: Store, plugins: Plugins, clock: Clock) -> Reconciler {
        let reconciler = Reconciler {
            gate: Gate::new(store.clone(), plugins.clone(), clock.clone()),
            store,
            plugins,
            clock,
            compiled: HashMap::new(),
            stored: HashMap::new(),
            new: HashSet::new(),
            ended: HashSet::new(),
            served: HashMap::new(),
            absent: HashMap::new(),
            told: String::new(),
        };
        match reconciler.store.rollouts().await {
            Ok(rows) => reconciler.delegate(&rows),
            Err(error) => {
                warn!("the agents' rollouts could not be read: {error}");
                reconciler.delegate(&[]);
            }
        }
        reconciler.plugins.begin();
        reconciler
    }

    /// Reconciles on every change of the database or of the plugins, until the task is dropped.
    pub async fn follow(mut self, mut looks: Looks) {
        let (mut version, mut seen) = (None, None);
        loop {
            if version.is_none() || version != seen {
                match self.reconcile_all().await {
                    Ok(()) => seen = version,
                    Err(error) => {
                        seen = None;
                        warn!("the agents' versions could not be reconciled: {error:#}");
                    }
                }
            }
            self.tell().await;
            tokio::select! {
                () = self.plugins.changed() => seen = None,
                look = looks.next() => match look {
                    Some(look) => version = Some(look.version),
                    None => return,
                },
            }
        }
    }

    fn delegate(&self, rows: &[Rollout]) {
        let named = rows.iter().filter_map(|row| row.name.strip_prefix("agent:")).map(str::to_owned);
        self.plugins.delegate_updates_to_rollout(named.collect());
    }

    /// One pass over all agents. One that cannot be reconciled does not keep the others from it.
    async fn reconcile_all(&mut self) -> anyhow::Result<()> {
        let undecided = self.plugins.undecided();
        self.end_tripped().await?;
        let rows = self.store.rollouts().await?;
        self.delegate(&rows);
        let mut failed = Ok(());
        for (agent, file) in self.plugins.files() {
            let Err(error) = self.reconcile_agent(&agent, &file, &rows).await else { continue };
            if error.is::<StoreError>() {
                return Err(error);
            }
            // Better this version than none.
            if self.plugins.current().get(&agent).is_none() {
                self.plugins.serve(file.sha256(), file.clone(), None, None).await;
            }
            failed = Err(error);
        }
        for agent in self.plugins.without_version() {
            self.stand_in(&agent, &rows).await?;
        }
        self.plugins.decided(&undecided);
        failed
    }

    async fn reconcile_agent(&mut self, agent: &str, file: &Arc<Version>, rows: &[Rollout]) -> anyhow::Result<()> {
        self.store_bytes(agent, file).await?;
        let now = self.clock.now();
        let row = rows.iter().find(|row| row.name == agent_rollout(agent));
        let is_gated = self.plugins.is_gated(agent);
        let passed = match (is_gated, row) {
            (true, Some(row)) => self.pass(agent, row).await?,
            (true, None) => ensure_row(&self.store, agent, file.sha256(), now).await?,
            (false, _) => None,
        };
        let mut row = passed.or_else(|| row.cloned());
        for _ in 0..DECISIONS_MAX {
            let file_state = FileState { sha256: file.sha256(), is_new: self.new.contains(file.sha256()), is_gated };
            match reconcile(agent, &self.plugins.update(agent), row.as_ref(), file_state, now) {
                Desired::Change(next) => {
                    if self.store.rollout_move(&next).await? {
                        self.new.remove(file.sha256());
                        info!(
                            agent.name = agent,
                            rollout.outcome = next.outcome.as_str(),
                            "agent {agent}: {}",
                            next.reason
                        );
                    }
                    // What another host wrote first is decided on again; the deployment stays new until its row is written.
                    row = self.store.rollout(&agent_rollout(agent)).await?;
                }
                desired => {
                    self.apply(agent, file, desired, row.is_some()).await?;
                    // A pin only defers the deployment.
                    if row.is_none_or(|row| row.outcome != Outcome::Pinned) {
                        self.new.remove(file.sha256());
                    }
                    return Ok(());
                }
            }
        }
        anyhow::bail!("agent {agent}: other hosts changed its rollout {DECISIONS_MAX} times meanwhile; tried again")
    }

    /// Moves a row as the gate says; the row as it is then.
    async fn pass(&self, agent: &str, row: &Rollout) -> Result<Option<Rollout>, StoreError> {
        let Some(next) = self.gate.next(agent, row).await? else { return Ok(None) };
        if self.store.rollout_move(&next).await? {
            info!(agent.name = agent, rollout.outcome = next.outcome.as_str(), "agent {agent}: {}", next.reason);
        }
        self.store.rollout(&agent_rollout(agent)).await
    }

    /// Has the version that served last stand in for one whose file is refused, as after a restart beside a broken file.
    async fn stand_in(&mut self, agent: &str, rows: &[Rollout]) -> Result<(), StoreError> {
        let row = rows.iter().find(|row| row.name == agent_rollout(agent));
        let kept = self.store.versions(agent).await?;
        let Some(sha256) = last_good(row, &kept) else { return Ok(()) };
        if self.plugins.current().get(agent).is_some_and(|now| now.sha256() == sha256) {
            return Ok(());
        }
        let Some(bytes) = self.store.version_bytes(sha256).await? else { return Ok(()) };
        self.learn_signature(sha256).await?;
        match self.plugins.make(agent, bytes.into()).await {
            Ok(version) => {
                self.absent.remove(agent);
                if self.plugins.stand_in(version).await {
                    warn!(
                        agent.name = agent,
                        "the file of agent {agent} is refused: {}, which served last, stands in",
                        short(sha256)
                    );
                }
            }
            Err(error) => {
                let reason = error.to_string();
                if self.absent.get(agent) != Some(&reason) {
                    warn!(
                        agent.name = agent,
                        "{} cannot stand in for the file of agent {agent}: {reason}",
                        short(sha256)
                    );
                    self.absent.insert(agent.to_owned(), reason);
                }
            }
        }
        Ok(())
    }

    /// Tells the database what this host serves, if that has changed; tried again at the next poll.
    async fn tell(&mut self) {
        let serves = serde_json::to_string(&hosted(&self.plugins)).unwrap_or_default();
        if serves != self.told && self.store.note_agents(&serves).await.is_ok() {
            self.told = serves;
        }
    }

    /// Makes this host serve an agent as desired.
    async fn apply(&mut self, agent: &str, file: &Arc<Version>, desired: Desired, has_row: bool) -> anyhow::Result<()> {
        let Desired::Serve { stable, candidate, refused } = desired else { return Ok(()) };
        let candidate = match candidate {
            Some((sha256, percent)) => Some((self.version(agent, file, &sha256).await?, percent)),
            None => None,
        };
        let stable = self.version(agent, file, &stable).await?;
        let sha256 = stable.sha256().to_owned();
        self.plugins.serve(file.sha256(), stable, candidate, refused).await;
        let before = self.served.get(agent);
        if before != Some(&sha256) {
            // With a row, the row's own statement has noted it, unless the version was not stored then.
            let again = before.is_some() && !has_row;
            self.store.version_serves(&sha256, again, self.clock.now()).await?;
            self.served.insert(agent.to_owned(), sha256);
        }
        Ok(())
    }

    /// A version by its SHA-256: this host's file, or one that is stored in the database.
    async fn version(&mut self, agent: &str, file: &Arc<Version>, sha256: &str) -> anyhow::Result<Arc<Version>> {
        if file.sha256() == sha256 {
            return Ok(file.clone());
        }
        if let Some(made) = self.compiled.get(sha256) {
            return Ok(made.clone());
        }
        let short = &sha256[..sha256.len().min(12)];
        let bytes = self.store.version_bytes(sha256).await?;
        let bytes = bytes.with_context(|| format!("agent {agent}: version {short} is not stored any more"))?;
        self.learn_signature(sha256).await?;
        let made = self.plugins.make(agent, bytes.into()).await;
        let made = made.with_context(|| format!("agent {agent}: version {short}"))?;
        self.compiled.insert(sha256.to_owned(), made.clone());
        Ok(made)
    }

    /// Gives the plugins the signature of a version that is stored in the database.
    async fn learn_signature(&self, sha256: &str) -> Result<(), StoreError> {
        if self.plugins.signature(sha256).is_none()
            && let Some(signature) = self.store.signature(sha256).await?
        {
            self.plugins.add_signature(sha256, &signature);
        }
        Ok(())
    }

    /// Stores a file's bytes in the database, for other hosts and for a rollback; notes whether it is a new deployment.
    async fn store_bytes(&mut self, agent: &str, file: &Arc<Version>) -> anyhow::Result<()> {
        if self.stored.get(agent).is_some_and(|kept| kept == file.sha256()) {
            return Ok(());
        }
        let path = self.plugins.directory().join(&file.about().file);
        let read = self.plugins.read(&path).await.with_context(|| path.display().to_string())?;
        // If the file has changed since it was loaded, the next pass stores it.
        let Some(bytes) = read else { return Ok(()) };
        use sha2::Digest;
        if hex::encode(sha2::Sha256::digest(&bytes)) == file.sha256() {
            if let Some(signature) = self.plugins.signature(file.sha256()) {
                self.store.keep_signature(file.sha256(), &signature, self.clock.now()).await?;
            }
            // Asked of the database, so that a deployment survives the host that found it.
            let is_new = self.store.keep_version(agent, file.sha256(), bytes, self.clock.now()).await?;
            let before = self.stored.insert(agent.to_owned(), file.sha256().to_owned());
            if is_new || (before.is_some() && !self.store.is_shared()) {
                self.new.insert(file.sha256().to_owned());
            }
        }
        Ok(())
    }

    /// Aborts in the database the rollouts of candidates that tripped on this host, so that every host drops them.
    async fn end_tripped(&mut self) -> anyhow::Result<()> {
        for (agent, sha256, stops, turns) in self.plugins.tripped() {
            if self.ended.contains(&sha256) {
                continue;
            }
            let row = self.store.rollout(&agent_rollout(&agent)).await?;
            let row = row.filter(|row| row.state.is_under_way() && row.candidate.as_deref() == Some(&sha256));
            let is_over = match row {
                Some(row) => {
                    let reason = format!("it was stopped {stops} times within its first {turns} turns on one host");
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

    fn desired(update: &Update, row: Option<&Rollout>, sha256: &str, is_new: bool) -> String {
        match reconcile("jobs", update, row, FileState { sha256, is_new, is_gated: false }, NOW) {
            Desired::Serve { stable, candidate, refused } => {
                let candidate = candidate.map(|(sha256, percent)| format!(" and {sha256} for {percent} %"));
                format!("{stable}{}{}", candidate.unwrap_or_default(), if refused.is_some() { ", refused" } else { "" })
            }
            Desired::Change(next) => {
                let (stable, candidate) = (next.stable.unwrap_or_default(), next.candidate.unwrap_or_default());
                format!("→ {} {} {stable}/{candidate} {} %", next.state.as_str(), next.outcome, next.percent)
            }
        }
    }

    #[test]
    fn every_file_and_row_have_a_desired_state() {
        let canary = Update::Canary(Plan::canary());
        let pinned = Rollout { outcome: Outcome::Pinned, ..row(State::Held, "a", None) };
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
            assert_eq!(desired(update, row.as_ref(), file, true), expected, "{update:?} {row:?} {file}");
        }
        // A host that has not caught up changes nothing.
        for (row, file, expected) in [
            (row(State::Running, "a", Some("c")), "a", "a and c for 10 %"),
            (row(State::Running, "a", Some("c")), "b", "a and c for 10 %, refused"),
            (row(State::Completed, "a", Some("c")), "a", "c, refused"),
            (row(State::Aborted, "a", Some("c")), "b", "a, refused"),
        ] {
            assert_eq!(desired(&canary, Some(&row), file, false), expected, "{row:?} {file}");
        }
    }
}
