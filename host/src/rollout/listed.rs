//! The agents of this host: those in service, and those of `plugins.toml` that are not.

use std::sync::Arc;

use crate::flags::Flags;
use switchboard_sandbox::{
    agent::Version,
    plugins::{Candidate, Plugins},
};

/// Whether an agent is in service at this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentState {
    /// A version is in service.
    Serves,
    /// Its file is being loaded.
    Starting,
    /// Its file is refused, and no other version serves.
    Refused,
    /// There is no file.
    Absent,
}

impl AgentState {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            AgentState::Serves => "in service",
            AgentState::Starting => "starting",
            AgentState::Refused => "refused",
            AgentState::Absent => "no file",
        }
    }
}

/// An agent of this host.
#[derive(Clone)]
pub struct ListedAgent {
    /// Its name.
    pub name: String,
    /// Its file in the plugin folder.
    pub file: String,
    /// Whether it is in service.
    pub state: AgentState,
    /// Whether its flag is on.
    pub is_on: bool,
    /// The version in service.
    pub version: Option<Arc<Version>>,
    /// The version that a share of the people gets.
    pub candidate: Option<Candidate>,
    /// Why its file is not in service.
    pub refusal: Option<String>,
}

/// The agents in service in the menu's order, then those of `plugins.toml` that are not.
pub fn listed(plugins: &Plugins, flags: &Flags) -> Vec<ListedAgent> {
    let (set, refusals, starting) = (plugins.current(), plugins.refusals(), plugins.starting());
    let refusal =
        |file: &str| refusals.iter().find(|refused| refused.file == file).map(|refused| refused.reason.clone());
    let serves = set.iter().map(|version| ListedAgent {
        name: version.name().to_owned(),
        file: version.about().file.clone(),
        state: AgentState::Serves,
        is_on: flags.agent_is_on(version.name()),
        version: Some(version.clone()),
        candidate: set.candidate(version.name()).cloned(),
        refusal: refusal(&version.about().file),
    });
    let absent = plugins.listed().into_iter().filter(|(name, _)| set.get(name).is_none());
    let others = absent.map(|(name, file)| {
        let refusal = refusal(&file);
        ListedAgent {
            is_on: flags.agent_is_on(&name),
            state: match () {
                () if starting.contains(&name) => AgentState::Starting,
                () if refusal.is_some() => AgentState::Refused,
                () => AgentState::Absent,
            },
            name,
            file,
            version: None,
            candidate: None,
            refusal,
        }
    });
    serves.chain(others).collect()
}
