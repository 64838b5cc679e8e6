//! Operator overrides of agent profiles, hot-reloaded from the table `ai_agent_configs`. An invalid row leaves its last valid version in
//! force.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use arc_swap::ArcSwap;
use serde_json::{Map, Value, json};
use tracing::{info, warn};

use crate::watcher::Looks;
use switchboard_core::{
    contract::types::{Keyword, Profile},
    text::LANGUAGES,
};
use switchboard_sandbox::{plugins::AgentSet, route::Index};
use switchboard_store::{AgentConfigRow, Store, StoreError};

/// The largest prompt in bytes: it is sent with every model request.
const PROMPT_BYTES_MAX: usize = 8 << 10;

/// The most keywords of one agent.
const KEYWORDS_MAX: usize = 500;

/// One agent's override: a parsed row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Override {
    /// The agent is off for everybody.
    pub disabled: bool,
    /// The prompt, which takes precedence over the agent's own.
    pub prompt: Option<String>,
    /// Keywords that replace the agent's own, in every language.
    pub keywords: Option<Vec<Keyword>>,
    /// The tools that the model may call; `None` for all.
    pub tools: Option<Vec<String>>,
    /// From 0 to 100: the higher priority wins when keywords match several agents.
    pub priority: u8,
    /// Settings merged over the agent's own.
    pub settings: Map<String, Value>,
}

/// The overrides of all agents, and the rows that were refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    by_agent: BTreeMap<String, Override>,
    /// Why rows were refused, by agent.
    pub errors: BTreeMap<String, String>,
}

impl Overrides {
    /// Whether an agent is on by this table.
    pub fn is_on(&self, agent: &str) -> bool {
        !self.by_agent.get(agent).is_some_and(|known| known.disabled)
    }

    /// An agent's effective settings as JSON: its own, overridden by the row's, with the prompt.
    pub fn settings(&self, agent: &str, own: &str) -> String {
        let Some(known) = self.by_agent.get(agent) else { return own.to_owned() };
        let mut settings: Map<String, Value> = serde_json::from_str(own).unwrap_or_default();
        settings.extend(known.settings.clone());
        if let Some(prompt) = &known.prompt {
            settings.insert("prompt".into(), json!(prompt));
        }
        Value::Object(settings).to_string()
    }

    /// The tools that the model may call, as a JSON list; `None` for all of them.
    pub fn tools(&self, agent: &str) -> Option<String> {
        self.by_agent.get(agent)?.tools.as_ref().map(|tools| json!(tools).to_string())
    }

    /// Whether any row changes routing.
    fn routes(&self) -> bool {
        self.by_agent.values().any(|known| known.keywords.is_some() || known.priority > 0)
    }

    /// The keyword index of these agents with the overrides applied.
    fn index(&self, agents: &AgentSet) -> Index {
        let profiles: Vec<Profile> = agents
            .iter()
            .map(|version| {
                let mut profile = version.profile().clone();
                if let Some(keywords) = self.by_agent.get(version.name()).and_then(|known| known.keywords.clone()) {
                    profile.keywords = keywords;
                }
                profile
            })
            .collect();
        let priorities = self.by_agent.iter().map(|(agent, known)| (agent.clone(), known.priority)).collect();
        Index::new(profiles.iter()).with_priorities(priorities)
    }
}

/// The overrides in force, shared by all tasks and reloaded as the table changes. A turn reads them once.
#[derive(Clone)]
pub struct LiveProfiles {
    state: Arc<ArcSwap<Overrides>>,
    index: Arc<Mutex<Option<CachedIndex>>>,
    store: Store,
}

/// A cached keyword index, with the agents and overrides it was built from.
type CachedIndex = (Arc<AgentSet>, Arc<Overrides>, Arc<Index>);

impl LiveProfiles {
    /// Reads the table, and fails if it cannot be read.
    pub async fn start(store: Store) -> Result<LiveProfiles, StoreError> {
        let live = LiveProfiles { state: Arc::default(), index: Arc::default(), store };
        live.reread().await?;
        Ok(live)
    }

    /// The overrides in force.
    pub fn current(&self) -> Arc<Overrides> {
        self.state.load_full()
    }

    /// The keyword index in force, cached; `None` if no row changes routing.
    pub fn index(&self, agents: &Arc<AgentSet>, overrides: &Arc<Overrides>) -> Option<Arc<Index>> {
        if !overrides.routes() {
            return None;
        }
        let mut made = self.index.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &*made {
            Some((of, by, index)) if Arc::ptr_eq(of, agents) && Arc::ptr_eq(by, overrides) => Some(index.clone()),
            _ => {
                let index = Arc::new(overrides.index(agents));
                *made = Some((agents.clone(), overrides.clone(), index.clone()));
                Some(index)
            }
        }
    }

    /// Reloads the table on every change until the task is dropped.
    pub async fn follow(self, mut looks: Looks) {
        let mut seen = None;
        while let Some(version) = looks.other_version(seen).await {
            match self.reread().await {
                Ok(()) => seen = Some(version),
                Err(error) => warn!("ai_agent_configs could not be read; the last valid rows stay in force: {error}"),
            }
        }
    }

    /// Reloads the table now.
    pub async fn reread(&self) -> Result<(), StoreError> {
        let before = self.state.load_full();
        let mut now = Overrides::default();
        for row in self.store.agent_configs().await? {
            match read(&row) {
                Ok(read) => drop(now.by_agent.insert(row.agent, read)),
                Err(error) => {
                    if let Some(good) = before.by_agent.get(&row.agent) {
                        now.by_agent.insert(row.agent.clone(), good.clone());
                    }
                    if before.errors.get(&row.agent) != Some(&error) {
                        warn!(agent.name = row.agent, "the row of ai_agent_configs is refused: {error}");
                    }
                    now.errors.insert(row.agent, error);
                }
            }
        }
        if now != *before {
            info!(n_rows = now.by_agent.len(), "new agent configurations are in force");
            self.state.store(Arc::new(now));
        }
        Ok(())
    }
}

fn read(row: &AgentConfigRow) -> Result<Override, String> {
    let list = |what: &str, json: &str| -> Result<Vec<String>, String> {
        serde_json::from_str(json).map_err(|error| format!("{what}: not a JSON list of texts: {error}"))
    };
    if row.prompt.len() > PROMPT_BYTES_MAX {
        return Err(format!("system_prompt: has {} bytes, at most {PROMPT_BYTES_MAX}", row.prompt.len()));
    }
    let words = list("keywords", &row.keywords)?;
    if words.len() > KEYWORDS_MAX {
        return Err(format!("keywords: {} of them, at most {KEYWORDS_MAX}", words.len()));
    }
    let keywords = words.iter().map(|entry| keyword(entry)).collect::<Result<Vec<_>, _>>()?.concat();
    let tools = list("tools", &row.tools)?;
    let settings: Map<String, Value> =
        serde_json::from_str(&row.config).map_err(|error| format!("config: not a JSON object: {error}"))?;
    let priority = u8::try_from(row.priority).ok().filter(|priority| *priority <= 100);
    Ok(Override {
        disabled: !row.enabled,
        prompt: Some(row.prompt.clone()).filter(|prompt| !prompt.trim().is_empty()),
        keywords: Some(keywords).filter(|keywords| !keywords.is_empty()),
        tools: Some(tools).filter(|tools| !tools.is_empty()),
        priority: priority.ok_or_else(|| format!("priority: is {}; from 0 to 100", row.priority))?,
        settings,
    })
}

/// Parses a keyword entry such as `for sale 2` (words and weight), for every language: the table names none.
fn keyword(entry: &str) -> Result<Vec<Keyword>, String> {
    let entry = entry.trim();
    let weighed = entry.rsplit_once(' ').and_then(|(words, weight)| Some((words.trim(), weight.parse::<f32>().ok()?)));
    let (words, weight) = weighed.unwrap_or((entry, 1.0));
    if words.is_empty() || !(-5.0..=5.0).contains(&weight) {
        return Err(format!("keywords: `{entry}` is not words with a weight from -5 to 5"));
    }
    let in_language = |language: &str| Keyword { language: language.into(), words: words.into(), weight };
    Ok(LANGUAGES.map(in_language).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> AgentConfigRow {
        AgentConfigRow {
            agent: "jobs".into(),
            prompt: String::new(),
            keywords: "[]".into(),
            tools: "[]".into(),
            enabled: true,
            priority: 0,
            config: "{}".into(),
        }
    }

    #[test]
    fn a_row_is_read_or_refused_with_what_is_wrong() {
        assert_eq!(read(&row()), Ok(Override::default()));
        let words =
            read(&AgentConfigRow { keywords: r#"["gig 2.5", "shift"]"#.into(), ..row() }).expect("a row").keywords;
        let words: Vec<(String, f32)> =
            words.unwrap_or_default().into_iter().step_by(4).map(|known| (known.words, known.weight)).collect();
        assert_eq!(words, [("gig".to_owned(), 2.5), ("shift".to_owned(), 1.0)]);
        let wrong = [
            (AgentConfigRow { keywords: "gig".into(), ..row() }, "keywords: not a JSON list"),
            (AgentConfigRow { keywords: r#"["gig 50"]"#.into(), ..row() }, "from -5 to 5"),
            (AgentConfigRow { tools: "{}".into(), ..row() }, "tools: not a JSON list"),
            (AgentConfigRow { config: "[]".into(), ..row() }, "config: not a JSON object"),
            (AgentConfigRow { priority: 101, ..row() }, "from 0 to 100"),
            (AgentConfigRow { prompt: "x".repeat(9_000), ..row() }, "at most 8192"),
        ];
        for (row, expected) in wrong {
            let error = read(&row).expect_err("a wrong row");
            assert!(error.contains(expected), "{error}");
        }
    }
}
