//! The snapshot of agents in service. A turn uses one snapshot throughout.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    agent::{Rest, Version},
    route::Index,
};
use switchboard_core::{bucket, plan::agent_rollout};

/// A snapshot of the agents in service.
pub struct AgentSet {
    pub(super) agents: Vec<Arc<Version>>,
    pub(super) candidates: Vec<Candidate>,
    index: Index,
}

/// A canary: a version that serves a share of the people beside the stable one.
#[derive(Clone)]
pub struct Candidate {
    /// The version.
    pub version: Arc<Version>,
    /// The percentage of people it serves.
    pub percent: f64,
}

/// The arm of a canary rollout that a person is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// The canary.
    Candidate,
    /// The stable version, in a control group as large as the canary's: the figures are compared with it.
    Control,
    /// The stable version, outside the comparison.
    Stable,
}

impl AgentSet {
    pub(super) fn new(agents: Vec<Arc<Version>>, candidates: Vec<Candidate>) -> AgentSet {
        let index = Index::new(agents.iter().map(|version| version.profile()));
        AgentSet { agents, candidates, index }
    }

    /// The canary of an agent, if there is one.
    pub fn candidate(&self, name: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.version.name() == name)
    }

    /// The version of an agent that serves a person, by their bucket, which differs for each agent. An open flow
    /// stays with the version that it began on, while that is loaded.
    pub fn version_for(&self, name: &str, person: Uuid, begun_on: Option<&str>) -> Option<&Arc<Version>> {
        let stable = self.get(name)?;
        // One that has tripped serves nobody from then on, also before a snapshot without it is there.
        let candidate = self.candidate(name).filter(|candidate| !candidate.version.record().has_tripped());
        let Some(candidate) = candidate else { return Some(stable) };
        let tried = match begun_on {
            Some(sha256) if sha256 == candidate.version.sha256() => true,
            Some(sha256) if sha256 == stable.sha256() => false,
            _ => self.arm(name, person) == Some(Arm::Candidate),
        };
        Some(if tried { &candidate.version } else { stable })
    }

    /// The arm a person is in; none while there is no canary.
    pub fn arm(&self, name: &str, person: Uuid) -> Option<Arm> {
        let candidate = self.candidate(name)?;
        let bucket = bucket::in_rollout(&agent_rollout(name), &person.to_string());
        Some(match () {
            () if bucket::is_below(bucket, candidate.percent) => Arm::Candidate,
            () if bucket::is_below(bucket, candidate.percent * 2.0) => Arm::Control,
            () => Arm::Stable,
        })
    }

    /// An agent by name.
    pub fn get(&self, name: &str) -> Option<&Arc<Version>> {
        self.agents.iter().find(|version| version.name() == name)
    }

    /// All agents, in the menu's order: as in `plugins.toml`, then the unlisted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Version>> {
        self.agents.iter()
    }

    /// The bytes of memory that a turn takes at most, no matter which agents run in it.
    pub fn turn_memory_bytes(&self) -> usize {
        let candidates = self.candidates.iter().map(|candidate| &candidate.version);
        self.agents.iter().chain(candidates).map(|version| version.about().limits.memory_bytes()).max().unwrap_or(0)
    }

    /// The agents that are out of service for a while at this host, since they were stopped too often; `now` in milliseconds.
    pub fn resting(&self, now: i64) -> impl Iterator<Item = (&Version, Rest)> {
        self.agents.iter().filter_map(move |version| Some((version.as_ref(), version.record().rests(now)?)))
    }

    /// The index of their keywords.
    pub fn index(&self) -> &Index {
        &self.index
    }
}
