//! `switchboard agents`: lists and inspects agents, and promotes, rolls back and pins their versions.

use anyhow::Context;
use clap::Subcommand;

use super::common::{self, store, time};
use super::rollout;
use crate::{
    config::Config,
    flags::{self, KEY},
    rollout::{VersionOrder, VersionRole, history, order_versions},
    serve::without_row,
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum AgentsCommand {
    /// List the agents: name, version, SHA-256, state.
    List,
    /// Show one agent in full.
    Inspect {
        /// Its name.
        name: String,
    },
    /// Show an agent's stored versions, which of them serve, and the rollout's decisions.
    History {
        /// Its name.
        name: String,
    },
    /// Serve the candidate, or the version that waits for promotion, to everybody.
    Promote(AgentArgs),
    /// Return to the previous version: drop the candidate, or else the version that serves. In force within a second on every host.
    Rollback(AgentArgs),
    /// Serve only this version, whatever files come: by its SHA-256 or a unique prefix.
    Pin {
        /// The agent's name.
        name: String,
        /// The version's SHA-256, see `agents history`.
        sha256: String,
        /// Your name for the audit; by default your login name.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Let files decide again.
    Unpin(AgentArgs),
}

/// The arguments of a command on an agent's versions.
#[derive(clap::Args)]
pub(super) struct AgentArgs {
    /// The agent's name.
    name: String,
    /// Your name for the audit; by default your login name.
    #[arg(long = "as")]
    actor: Option<String>,
}

pub(super) async fn run(command: AgentsCommand) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let (order, name, actor) = match command {
        AgentsCommand::List => return list(&config).await,
        AgentsCommand::Inspect { name } => return inspect(&Plugins::load_once(config.plugins_config()).await?, &name),
        AgentsCommand::History { name } => return print_history(&store(&config).await?, &name).await,
        AgentsCommand::Promote(AgentArgs { name, actor }) => (VersionOrder::Promote, name, actor),
        AgentsCommand::Rollback(AgentArgs { name, actor }) => (VersionOrder::Rollback, name, actor),
        AgentsCommand::Pin { name, sha256, actor } => (VersionOrder::Pin(sha256), name, actor),
        AgentsCommand::Unpin(AgentArgs { name, actor }) => (VersionOrder::Unpin, name, actor),
    };
    let (store, now) = (store(&config).await?, config.clock.now());
    let moved = order_versions(&store, &name, &order, &common::actor(actor), now).await?;
    println!("{name}: {}; in force within a second", moved.reason);
    Ok(())
}

async fn print_history(store: &Store, name: &str) -> anyhow::Result<()> {
    let history = history(store, name).await?;
    for (version, role) in history.versions {
        let role = match role {
            Some(VersionRole::Serves) => "serves".into(),
            Some(VersionRole::Candidate(percent)) => format!("tried on {percent} %"),
            None => String::new(),
        };
        println!("{}  seen {}  {} bytes  {role}", version.sha256, time(version.seen_at), version.size);
    }
    for decided in history.decisions {
        println!("  {}", rollout::line(&decided));
    }
    Ok(())
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let plugins = Plugins::load_once(config.plugins_config()).await?;
    let row = store(config).await?.config(KEY).await?;
    let flags = flags::read(row.as_deref(), None, &without_row(config))?;
    let flag = |name: &str| if flags.agent_is_on(name) { "on" } else { "off" };
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
