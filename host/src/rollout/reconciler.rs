//! The reconciler of agents' versions, in the manner of a Kubernetes controller: a loop that derives the desired state of each agent from
//! its file and its rollout's row ([`reconcile`]), and applies it to this host.
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
    desired::{Desired, FileState, reconcile},
    gate::{Gate, ensure_row},
    hosted::hosted,
    versions::{last_good, short},
};
use crate::watcher::Looks;
use switchboard_core::clock::Clock;
use switchboard_core::plan::{Outcome, Rollout, agent_rollout};
use switchboard_sandbox::{agent::Version, plugins::Plugins};
use switchboard_store::{Store, StoreError};

/// How often an agent is decided on again in one pass because other hosts changed its row first.
const DECISIONS_MAX: usize = 5;

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
