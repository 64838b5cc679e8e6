//! The agents in service as one snapshot: a turn takes it whole and keeps it to its end.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::trial::Trial;
use crate::{agent::Version, route::Index};
use switchboard_core::{bucket, plan::agent_rollout};

/// The agents in service at one moment.
pub struct AgentSet {
    pub(super) agents: Vec<Arc<Version>>,
    pub(super) candidates: Vec<Candidate>,
    index: Index,
}

/// A version that is tried on a share of the people, beside the stable one.
#[derive(Clone)]
pub struct Candidate {
    /// Which.
    pub version: Arc<Version>,
    /// The share.
    pub percent: f64,
    /// Its first turns at this host.
    pub trial: Arc<Trial>,
}

/// Which of an agent's versions somebody gets, where one is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// The one that is tried.
    Candidate,
    /// The stable one, in a slice of the people as large as the candidate's: what it is compared with.
    Control,
    /// The stable one.
    Stable,
}

impl AgentSet {
    pub(super) fn new(agents: Vec<Arc<Version>>, candidates: Vec<Candidate>) -> AgentSet {
        let index = Index::new(agents.iter().map(|version| version.profile()));
        AgentSet { agents, candidates, index }
    }

    /// The version of an agent that is tried, if one is.
    pub fn candidate(&self, name: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.version.name() == name)
    }

    /// The version of an agent that serves a person: by their bucket, which is another for each agent. An open flow stays with the
    /// version that it began on, while that is here.
    pub fn version_for(&self, name: &str, person: Uuid, begun_on: Option<&str>) -> Option<&Arc<Version>> {
        let stable = self.get(name)?;
        let Some(candidate) = self.candidate(name) else { return Some(stable) };
        let tried = match begun_on {
            Some(sha256) if sha256 == candidate.version.sha256() => true,
            Some(sha256) if sha256 == stable.sha256() => false,
            _ => self.arm(name, person) == Some(Arm::Candidate),
        };
        Some(if tried { &candidate.version } else { stable })
    }

    /// A person's place while a version is tried; none while none is.
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

    /// All, in the menu's order: as in `plugins.toml`, then the unlisted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Version>> {
        self.agents.iter()
    }

    /// Their keywords.
    pub fn index(&self) -> &Index {
        &self.index
    }
}
