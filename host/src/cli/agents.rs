//! `switchboard agents`: what would run, and why something would not.

use anyhow::{Context, bail, ensure};
use clap::Subcommand;

use super::{store, time};
use crate::{
    config::Config,
    flags::{AgentFlags, Document, KEY},
    plugins::Plugins,
    rollout::{Plan, Rollout, State, agent_rollout, agents::PINNED},
    store::{KeptVersion, Store},
};

#[derive(Subcommand)]
pub(super) enum Options {
    /// One line for each agent: name, version, sha-256, state.
    List,
    /// All about one agent.
    Inspect {
        /// Its name.
        name: String,
    },
    /// What is kept of an agent's versions, what serves, and what was decided.
    History {
        /// Its name.
        name: String,
    },
    /// The version that is tried, or waits, serves everybody now.
    Promote(Move),
    /// Back to the version before: the one that is tried is dropped, or the last one taken back. In force within a second, at every host.
    Rollback(Move),
    /// This version and no other, whatever files come: by its sha-256, or as much of it as is unique.
    Pin {
        /// The agent's name.
        name: String,
        /// The version's sha-256, see `agents history`.
        sha256: String,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Files decide again.
    Unpin(Move),
}

/// An agent, and who moves it.
#[derive(clap::Args)]
pub(super) struct Move {
    /// The agent's name.
    name: String,
    /// Who does it, for the audit; your login name if not given.
    #[arg(long = "as")]
    actor: Option<String>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let (name, actor) = match &options {
        Options::List | Options::Inspect { .. } => return of_files(&config, options).await,
        Options::History { name } => return history(&store(&config).await?, name).await,
        Options::Promote(to) | Options::Rollback(to) | Options::Unpin(to) => (to.name.clone(), to.actor.clone()),
        Options::Pin { name, actor, .. } => (name.clone(), actor.clone()),
    };
    let store = store(&config).await?;
    let (now, who) = (config.clock.now(), super::actor(actor));
    loop {
        let row = store.rollout(&agent_rollout(&name)).await?;
        let next = moved(&store, &options, &name, row.as_ref(), &who, now).await?;
        let done = if row.is_some() { store.rollout_move(&next).await? } else { store.rollout_begin(&next).await? };
        if done {
            println!("{name}: {}; in force within a second", next.reason);
            return Ok(());
        }
    }
}

/// The agent's row after a word of the operator's.
async fn moved(
    store: &Store,
    options: &Options,
    name: &str,
    row: Option<&Rollout>,
    who: &str,
    now: i64,
) -> anyhow::Result<Rollout> {
    let kept = store.versions(name).await?;
    ensure!(!kept.is_empty(), "nothing is kept of an agent `{name}`: no host has served it yet");
    let begin = || Rollout::begin(&agent_rollout(name), Plan::canary(), now, who);
    let by = |outcome: &str, reason: String, state: State| Rollout {
        state,
        outcome: outcome.into(),
        reason,
        who: who.to_owned(),
        figures: None,
        updated_at: now,
        ..row.cloned().unwrap_or_else(begin)
    };
    let short = |sha256: &str| sha256[..sha256.len().min(12)].to_owned();
    match options {
        Options::Promote(_) => {
            let row = row.filter(|row| row.state.is_under_way() && row.candidate.is_some());
            let row = row.with_context(|| format!("no version of `{name}` is tried or waits"))?;
            let reason = format!("{} serves everybody, by hand", short(row.candidate.as_deref().unwrap_or_default()));
            Ok(Rollout { percent: 100.0, ..by("promoted", reason, State::Completed) })
        }
        Options::Rollback(_) => {
            if let Some(row) = row.filter(|row| row.state.is_under_way() && row.candidate.is_some()) {
                return Ok(row.aborted("it is taken back by hand", who, now));
            }
            let serves = row.and_then(|row| match row.state {
                State::Completed => row.candidate.clone().or(row.stable.clone()),
                _ => row.stable.clone(),
            });
            let serves = serves.unwrap_or_else(|| kept[0].sha256.clone());
            let place = kept.iter().position(|version| version.sha256 == serves).map_or(0, |place| place + 1);
            let before = kept.get(place).with_context(|| format!("no version before {} is kept", short(&serves)))?;
            let reason = format!("back to {}, by hand", short(&before.sha256));
            let (candidate, stable) = (Some(serves), Some(before.sha256.clone()));
            Ok(Rollout { candidate, stable, percent: 0.0, ..by("aborted", reason, State::Aborted) })
        }
        Options::Pin { sha256, .. } => {
            let found: Vec<&KeptVersion> =
                kept.iter().filter(|version| version.sha256.starts_with(sha256.as_str())).collect();
            let [version] = found[..] else {
                bail!(
                    "`{sha256}` is the beginning of {} kept versions of `{name}`: see `agents history {name}`",
                    found.len()
                );
            };
            let (reason, stable) = (format!("{} and no other", short(&version.sha256)), Some(version.sha256.clone()));
            Ok(Rollout { candidate: None, stable, percent: 100.0, ..by(PINNED, reason, State::Completed) })
        }
        _ => {
            ensure!(row.is_some_and(|row| row.outcome == PINNED), "`{name}` is not pinned");
            Ok(by("unpinned", "files decide again".into(), State::Completed))
        }
    }
}

async fn history(store: &Store, name: &str) -> anyhow::Result<()> {
    let row = store.rollout(&agent_rollout(name)).await?;
    for version in store.versions(name).await? {
        let is = |of: Option<&String>| of == Some(&version.sha256);
        let role = match &row {
            Some(row) if row.state.is_under_way() && is(row.candidate.as_ref()) => {
                format!("tried on {} %", row.percent)
            }
            Some(row) if row.state == State::Completed && row.candidate.is_some() && is(row.candidate.as_ref()) => {
                "serves".into()
            }
            Some(row) if !(row.state == State::Completed && row.candidate.is_some()) && is(row.stable.as_ref()) => {
                "serves".into()
            }
            _ => String::new(),
        };
        println!("{}  seen {}  {} bytes  {role}", version.sha256, time(version.seen_at), version.size);
    }
    for decided in store.decisions(&agent_rollout(name), 20).await? {
        println!("  {}", super::rollout::line(&decided));
    }
    Ok(())
}

async fn of_files(config: &Config, options: Options) -> anyhow::Result<()> {
    let plugins = Plugins::load_once(config.plugins_config()).await?;
    match options {
        Options::Inspect { name } => inspect(&plugins, &name),
        _ => list(config, &plugins).await,
    }
}

async fn list(config: &Config, plugins: &Plugins) -> anyhow::Result<()> {
    let row = store(config).await?.config(KEY).await?;
    let document = row.as_deref().map_or(Ok(Document::everything_on()), Document::parse)?;
    let flag = |name: &str| match &document.agent_flags {
        AgentFlags::All => "on",
        AgentFlags::Named(named) if named.get(name) == Some(&true) => "on",
        AgentFlags::Named(_) => "off",
    };
    println!("{:<18} {:<9} {:<14} {:<5} state", "agent", "version", "sha-256", "flag");
    let agents = plugins.current();
    for version in agents.iter() {
        let name = version.name();
        println!(
            "{name:<18} {:<9} {:<14} {:<5} in service",
            version.profile().version,
            &version.sha256()[..12],
            flag(name)
        );
    }
    for refusal in plugins.refusals() {
        println!("{:<18} {:<9} {:<14} {:<5} refused: {}", refusal.file, "-", "-", "-", refusal.reason);
    }
    Ok(())
}

fn inspect(plugins: &Plugins, name: &str) -> anyhow::Result<()> {
    let agents = plugins.current();
    let version = agents.get(name).with_context(|| {
        let known: Vec<&str> = agents.iter().map(|version| version.name()).collect();
        let refused = plugins.refusals().into_iter().find(|refusal| refusal.file.starts_with(name));
        match refused {
            Some(refusal) => format!("agent `{name}` is not in service: {}", refusal.reason),
            None => format!("there is no agent `{name}`; in service: {}", known.join(", ")),
        }
    })?;
    let profile = version.profile();
    println!("{} {}: {}", profile.name, profile.version, profile.about);
    println!("sha-256       {}", version.sha256());
    println!("size          {} bytes", version.size());
    println!("imports       {}", version.imports().join(", "));
    println!("stores        {}", profile.stores);
    for title in &profile.titles {
        println!("title {:<7} {}: {}", title.language, title.title, title.line);
    }
    for flow in &profile.flows {
        println!("flow          {}: {} ({} min)", flow.name, flow.steps.join(" → "), flow.timeout_minutes);
    }
    for tool in &profile.tools {
        println!("tool          {}: {}", tool.name, tool.about);
    }
    println!("keywords      {}", profile.keywords.len());
    Ok(())
}
