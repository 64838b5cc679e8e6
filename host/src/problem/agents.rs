//! Problems of agents: what serves at each host, what is tried, what fails, and the model.

use super::{
    Finding, HostView, Kind, Snapshot,
    channel::FEW,
    kind::{HOST_PAGE, HOST_WARN, PAGE, WARN},
    snapshot::iso,
};

/// The manifest's name among the refused files.
const MANIFEST: &str = "plugins.toml";

/// For how long hosts may serve different agents while a file goes from one to the other, in milliseconds.
const DIFFER_MS_MAX: i64 = 20_000;

/// From which part of a cap on tokens on it is nearly used up, in percent.
const NEARLY: u64 = 80;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "no_agent",
        rule: "SwitchboardNoAgent",
        when: "now",
        metric: "switchboard_agents_serving",
        action: "`switchboard agents list` says which are there and why others are refused; `switchboard flags show` which are on.",
        judge: |s| {
            let is_none = s.agents.is_empty() && s.starting.is_empty();
            if is_none { vec![Finding::new("no agent is in service and on")] } else { Vec::new() }
        },
        ..HOST_PAGE
    },
    Kind {
        name: "plugins_refused",
        rule: "SwitchboardPluginsRefused",
        when: "now (Prometheus: a minute)",
        metric: "switchboard_plugins_refused",
        action: "`switchboard agents list` says why. What served before still serves: mend the file, or put the one before back.",
        judge: |s| {
            let words = s.refused.iter().map(|refused| match refused.file.as_str() {
                MANIFEST => format!("{MANIFEST} is refused, the one before it is in force: {}", refused.reason),
                file => format!("{file} is refused: {}", refused.reason),
            });
            s.refused.iter().zip(words).map(|(refused, words)| Finding::of(refused.file.as_str(), words)).collect()
        },
        ..HOST_WARN
    },
    Kind {
        name: "agent_missing",
        rule: "SwitchboardAgentMissing",
        when: "now",
        metric: "switchboard_agents_missing",
        action: "Put its file into the plugin folder, or turn its flag off.",
        judge: |s| {
            let words = |(name, file): &(String, String)| {
                let words = format!(
                    "agent `{name}` is on by its flag and not in service: there is no {file} in the plugin folder"
                );
                Finding::of_agent(name, words)
            };
            s.absent.iter().map(words).collect()
        },
        ..HOST_WARN
    },
    Kind {
        name: "agents_differ",
        rule: "SwitchboardAgentsDiffer",
        when: "for 20 s",
        metric: "switchboard_agents_differ",
        action: "`switchboard agents list` says what each host serves: put the same files and the same plugins.toml on all.",
        judge: |s| {
            let differing = differing(&s.hosts);
            let is_old = s.hosts_differ_ms >= DIFFER_MS_MAX;
            if differing.is_empty() || !is_old {
                return Vec::new();
            }
            vec![Finding::new(format!("the hosts serve different agents: {}", differing.join("; ")))]
        },
        ..WARN
    },
    Kind {
        name: "candidate_dropped",
        rule: "SwitchboardCandidateDropped",
        when: "a day, or until another is tried",
        metric: "switchboard_rollout_aborted",
        action: "`switchboard agents history <name>` has the reason and the figures. The version before serves everybody; mend the new one and put it in again.",
        judge: |s| candidates(s, |it| it.is_aborted, "was dropped"),
        ..WARN
    },
    Kind {
        name: "candidate_held",
        rule: "SwitchboardCandidateHeld",
        when: "now",
        metric: "switchboard_rollout_held",
        action: "`switchboard agents history <name>` has the figures; `agents promote` puts it into service for everybody, `agents rollback` drops it.",
        judge: |s| candidates(s, |it| it.is_held, "is held"),
        ..WARN
    },
    Kind {
        name: "agent_rests",
        rule: "SwitchboardAgentRests",
        when: "now",
        metric: "switchboard_agent_rests",
        action: "Put a version in its place: `switchboard agents rollback <name>`, or a new file. It is tried again by itself.",
        judge: |s| {
            let words = |(name, sha256, until, stops, turns): &(String, String, i64, usize, usize)| {
                let words = format!(
                    "agent {name} ({sha256}) is out of service here until {}: {stops} of {turns} turns were stopped",
                    iso(*until)
                );
                Finding::of_agent(name, words)
            };
            s.resting_agents.iter().map(words).collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "agent_fails",
        rule: "SwitchboardAgentFails",
        when: "the last 4 or more turns of an hour all failed",
        metric: "switchboard_agent_failures",
        action: "`switchboard report --since 1h` says which version. Turn the agent off (`switchboard flags set agentFlags.<name> false`), or `switchboard agents rollback <name>`.",
        judge: |s| {
            let failing = s.lately.iter().flat_map(|lately| &lately.failing).filter(|(_, times)| *times >= FEW);
            let words = |(agent, times): &(String, i64)| match agent.as_str() {
                "" => Finding::of("host", format!("the last {times} messages that no agent was found for all failed")),
                agent => Finding::of_agent(agent, format!("agent `{agent}` failed in each of its last {times} turns")),
            };
            failing.map(words).collect()
        },
        ..PAGE
    },
    Kind {
        name: "agent_muted",
        rule: "SwitchboardAgentMuted",
        when: "now",
        metric: "switchboard_agent_muted",
        action: "Look what the agent notifies of; once it is mended, `switchboard agents unmute <name>`. It answers meanwhile.",
        judge: |s| {
            let words = |muted: &switchboard_store::Muted| {
                let (agent, until) = (&muted.agent, iso(muted.until));
                let words = format!(
                    "the notices of agent {agent} are muted until {until}: it caused {} and gave {} answers",
                    muted.notices, muted.answers
                );
                Finding::of_agent(agent, words)
            };
            s.muted.iter().map(words).collect()
        },
        ..WARN
    },
    Kind {
        name: "cache_not_writable",
        rule: "SwitchboardCacheNotWritable",
        when: "now",
        metric: "switchboard_cache_writable",
        action: "Make the folder writable for this user, and room on its disk.",
        judge: |s| {
            let words = |trouble: &String| {
                Finding::new(format!(
                    "compiled agents are not kept in the folder `cache` of DATA_DIR, each start compiles them anew: {trouble}"
                ))
            };
            s.cache_trouble.iter().map(words).collect()
        },
        ..HOST_WARN
    },
    Kind {
        name: "memory_low",
        rule: "SwitchboardMemoryLow",
        when: "now",
        metric: "switchboard_turn_memory_bytes",
        action: "Turns run one after the other until then.",
        judge: |s| s.memory.iter().map(|words| Finding::new(words.as_str())).collect(),
        ..HOST_WARN
    },
    Kind {
        name: "model_fails",
        rule: "SwitchboardModelFails",
        when: "4 questions in a row failed",
        metric: "switchboard_model_failures",
        action: "Look at the provider's status, at GEMINI_API_KEY and at the network; `switchboard doctor` tries it. Agents go on without a model.",
        judge: |s| {
            let words = |failure: &switchboard_core::model::ModelFailure| {
                Finding::new(format!("the model gave no answer {} times in a row: {}", failure.times, failure.words))
            };
            s.model.iter().map(words).collect()
        },
        ..HOST_WARN
    },
    Kind {
        name: "model_budget_gone",
        rule: "SwitchboardModelBudgetGone",
        when: "a cap of the day is used up",
        metric: "switchboard_model_budget_used_ratio",
        action: "Agents go on without a model until midnight UTC. Raise MODEL_TOKENS_PER_DAY or MODEL_TOKENS_PER_AGENT if that is meant.",
        judge: |s| budget(s, 100, u64::MAX),
        ..WARN
    },
    Kind {
        name: "model_budget_low",
        rule: "SwitchboardModelBudgetLow",
        when: "80 % of a cap of the day is used",
        metric: "switchboard_model_budget_used_ratio",
        action: "`switchboard report` says which agent asks so much; raise the cap before it is used up, or wait for midnight UTC.",
        judge: |s| budget(s, NEARLY, 100),
        ..WARN
    },
];

fn candidates(snapshot: &Snapshot, is_so: fn(&super::Candidate) -> bool, words: &str) -> Vec<Finding> {
    let found = snapshot.rollouts.iter().filter(|it| is_so(it));
    let finding = |it: &super::Candidate| {
        let agent = it.agent.as_deref()?;
        let words = format!("the new version of agent `{agent}` {words} by {}: {}", it.who, it.reason);
        Some(Finding::of_agent(agent, words))
    };
    found.filter_map(finding).collect()
}

/// The parts of the caps that are used, in percent: of an agent, or of all under an empty name.
pub(crate) fn used_percent(snapshot: &Snapshot) -> Vec<(String, u64, u64)> {
    let Some(caps) = snapshot.caps else { return Vec::new() };
    let part = |(agent, used): &(String, i64)| {
        let cap = if agent.is_empty() { caps.all } else { caps.agent };
        let used = u64::try_from(*used).unwrap_or_default();
        (agent.clone(), used.saturating_mul(100).checked_div(cap).unwrap_or(100), cap)
    };
    snapshot.tokens.iter().map(part).collect()
}

/// A question needs some hundred tokens: what is left below one percent admits none.
fn budget(snapshot: &Snapshot, from: u64, below: u64) -> Vec<Finding> {
    let gone = |percent: u64| if percent >= 99 { 100 } else { percent };
    let used = used_percent(snapshot).into_iter().filter(|(_, percent, _)| (from..below).contains(&gone(*percent)));
    used.map(|(agent, percent, cap)| match agent.as_str() {
        "" => Finding::of("all", format!("{percent} % of the day's {cap} tokens of the model are used")),
        agent => Finding::of_agent(agent, format!("{percent} % of the day's {cap} tokens of agent `{agent}` are used")),
    })
    .collect()
}

/// What hosts serve differently: a sentence for each agent.
pub(crate) fn differing(hosts: &[HostView]) -> Vec<String> {
    let telling: Vec<(&HostView, &Vec<(String, String)>)> =
        hosts.iter().filter_map(|host| Some((host, host.serves.as_ref()?))).collect();
    let mut names: Vec<&str> =
        telling.iter().flat_map(|(_, serves)| serves.iter().map(|(name, _)| name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let sentence = |name: &str| {
        let what = |serves: &[(String, String)]| {
            let found = serves.iter().find(|(of, _)| of == name);
            found.map_or_else(|| "none".to_owned(), |(_, what)| what.clone())
        };
        let by_host: Vec<(String, String)> =
            telling.iter().map(|(host, serves)| (what(serves), host.name().to_owned())).collect();
        let is_one = by_host.windows(2).all(|two| two[0].0 == two[1].0);
        let parts: Vec<String> = by_host.iter().map(|(what, host)| format!("{what} at {host}")).collect();
        (!is_one).then(|| format!("{name} ({})", parts.join(", ")))
    };
    names.into_iter().filter_map(sentence).collect()
}
