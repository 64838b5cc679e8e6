//! What an agent’s versions call themselves.

use super::request::PageRequest;
use crate::rollout::ListedAgent;

/// What versions call themselves, as far as they are loaded here.
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    pub(super) fn of(request: &PageRequest, agent: &ListedAgent) -> Names {
        let file = request.console.app.plugins.files().remove(&agent.name);
        let loaded = [agent.version.clone(), agent.candidate.as_ref().map(|tried| tried.version.clone()), file];
        let named = |version: &switchboard_sandbox::agent::Version| {
            (version.sha256().to_owned(), version.profile().version.clone())
        };
        Names(loaded.iter().flatten().map(|version| named(version)).collect())
    }

    pub(super) fn get(&self, sha256: &str) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == sha256).map(|(_, name)| name.as_str())
    }
}
