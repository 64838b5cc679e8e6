//! `switchboard agents`: lists and inspects agents, and promotes, rolls back and pins their versions.

use anyhow::Context;
use clap::Subcommand;

use super::common::{As, store, time};
use super::{
    diff::{self, AcceptArgs, DiffArgs},
    new::{self, BuildArgs, NewArgs},
    rollout,
};
use crate::{
    config::Config,
    flags,
    rollout::{Hosted, HostedVersion, VersionOrder, VersionRole, history, hosted, order_versions},
    serve::without_row,
};
use sha2::{Digest, Sha256};
use switchboard_core::{act::Actor, name::clean_line};
use switchboard_sandbox::plugins::{self, Plugins};
use switchboard_store::Store;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum AgentsCommand {
    /// Make an agent: a component that builds, a conversation that passes, its entry in plugins.toml. Outside a project, also the project: a
    /// folder that builds alone.
    New(NewArgs),
    /// Build an agent's component into the plugin folder.
    Build(BuildArgs),
    /// List what serves at each running host: name, version, SHA-256, state. Without a running host, what lies in the plugin folder.
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
    /// Play a new version over recorded turns, and show what it does otherwise than the old one; nothing is written or sent. The verdict is
    /// kept with the version.
    Diff(DiffArgs),
    /// Accept a kind of differences of a version, so that its gate lets it through.
    Accept(AcceptArgs),
    /// Serve the candidate, or the version that waits for promotion, to everybody.
    Promote(AgentArgs),
    /// Drop the candidate; without one, return to the version that served before and was not dropped. In force within a second on every
    /// host.
    Rollback {
        /// The agent's name.
        name: String,
        /// The version to return to, by its SHA-256 or a unique prefix; see `agents history`.
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        by: As,
    },
    /// Serve only this version, whatever files come: by its SHA-256 or a unique prefix.
    Pin {
        /// The agent's name.
        name: String,
        /// The version's SHA-256, see `agents history`.
        sha256: String,
        #[command(flatten)]
        by: As,
    },
    /// Let files decide again.
    Unpin(AgentArgs),
    /// Let a version in that waits because it newly asks for capabilities or limits; at this host, by its lock in the data folder.
    Allow {
        /// The agent's name.
        name: String,
        /// The version's SHA-256, or how it begins; by default that of the file in the plugin folder.
        sha256: Option<String>,
        #[command(flatten)]
        by: As,
    },
    /// Show what runs at this host by its lock: versions, signatures, capabilities, who let them in and when.
    Lock,
    /// Keep the candidate at its share; it is dropped all the same if its figures are bad.
    Hold {
        /// The agent's name.
        name: String,
        /// Why, for the history.
        #[arg(long, default_value = "by hand")]
        reason: String,
        #[command(flatten)]
        by: As,
    },
    /// Let the candidate's share grow again by its plan.
    Resume(AgentArgs),
    /// Let an agent's notices go again that are muted because there were more of them than answers.
    Unmute(AgentArgs),
}

/// The arguments of a command on an agent's versions.
#[derive(clap::Args)]
pub(super) struct AgentArgs {
    /// The agent's name.
    name: String,
    #[command(flatten)]
    by: As,
}

pub(super) async fn run(command: AgentsCommand) -> anyhow::Result<()> {
    // These two need no database, and so no configuration.
    match &command {
        AgentsCommand::New(args) => return new::new(args),
        AgentsCommand::Build(args) => return new::build(args).await,
        _ => {}
    }
    let config = Config::for_command("agents")?;
    let (order, name, by) = match command {
        AgentsCommand::New(_) | AgentsCommand::Build(_) => return Ok(()),
        AgentsCommand::List => return list(&config).await,
        AgentsCommand::Inspect { name } => return inspect(&Plugins::load_once(config.plugins_config()).await?, &name),
        AgentsCommand::History { name } => return print_history(&store(&config).await?, &name).await,
        AgentsCommand::Allow { name, sha256, by } => {
            return allow(&config, &name, sha256.as_deref(), &by.actor()).await;
        }
        AgentsCommand::Lock => return print_lock(&config),
        AgentsCommand::Unmute(AgentArgs { name, by }) => return unmute(&config, &name, &by.actor()).await,
        AgentsCommand::Diff(args) => return diff::run(&config, args).await,
        AgentsCommand::Accept(args) => return diff::accept(&config, args).await,
        AgentsCommand::Promote(AgentArgs { name, by }) => (VersionOrder::Promote, name, by),
        AgentsCommand::Rollback { name, to, by } => (VersionOrder::Rollback(to), name, by),
        AgentsCommand::Pin { name, sha256, by } => (VersionOrder::Pin(sha256), name, by),
        AgentsCommand::Unpin(AgentArgs { name, by }) => (VersionOrder::Unpin, name, by),
        AgentsCommand::Hold { name, reason, by } => (VersionOrder::Hold(reason), name, by),
        AgentsCommand::Resume(AgentArgs { name, by }) => (VersionOrder::Resume, name, by),
    };
    let (store, now) = (store(&config).await?, config.clock.now());
    let moved = order_versions(&store, &name, &order, &by.actor(), now).await?;
    println!("{name}: {}; in force within a second", moved.reason);
    Ok(())
}

async fn unmute(config: &Config, name: &str, actor: &Actor) -> anyhow::Result<()> {
    let is_ended = store(config).await?.unmute(name, actor, config.clock.now()).await?;
    anyhow::ensure!(is_ended, "the notices of agent `{name}` are not muted");
    println!("{name}: its notices go again");
    Ok(())
}

/// Allows the version in the agent's file, which is what waits.
async fn allow(config: &Config, name: &str, sha256: Option<&str>, actor: &Actor) -> anyhow::Result<()> {
    let plugins = Plugins::open(config.plugins_config())?;
    let listed = plugins.listed().into_iter().find(|(listed, _)| listed == name);
    let file = listed.map_or_else(|| format!("{name}.wasm"), |(_, file)| file);
    let path = plugins.directory().join(&file);
    let wasm = plugins.read(&path).await.with_context(|| path.display().to_string())?;
    let wasm = wasm.with_context(|| format!("there is no {}: it is the file that waits", path.display()))?;
    let found = hex::encode(Sha256::digest(&wasm));
    anyhow::ensure!(
        sha256.is_none_or(|meant| !meant.is_empty() && found.starts_with(&meant.to_lowercase())),
        "{} is {}, another version: look at it again, then allow that",
        path.display(),
        &found[..12]
    );
    plugins::allow(&config.data_dir, name, &found, &actor.to_string())?;
    println!("{name}: {} is let in; a running host takes it within some seconds", &found[..12]);
    Ok(())
}

fn print_lock(config: &Config) -> anyhow::Result<()> {
    let locked = plugins::locked(&config.data_dir)?;
    if locked.is_empty() {
        println!("{}: no host has kept what runs here", config.data_dir.display());
    }
    for (name, version) in locked {
        let signed = version.signed_by.map_or("not signed".to_owned(), |key| format!("signed by {key}"));
        let sha256 = version.sha256.get(..12).unwrap_or(&version.sha256);
        println!("{name:<18} {sha256}  {signed}, let in by {} at {}", clean_line(&version.who), version.at);
        println!("  {}", version.capabilities.join(", "));
    }
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
        let served = version.served_at.map_or("never served".into(), |at| format!("served from {}", time(at)));
        let (sha256, seen, size) = (&version.sha256, time(version.seen_at), version.size);
        println!("{sha256}  seen {seen}  {served}  {size} bytes  {role}");
        if let Some((at, why)) = &version.dropped {
            println!("  dropped {}: {why}", time(*at));
        }
        if let Some(run) = history.replays.iter().find(|run| run.new_sha256 == version.sha256) {
            println!("  {}", diff::verdict(run));
        }
    }
    for decided in history.decisions {
        println!("  {}", rollout::line(&decided));
    }
    Ok(())
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let store = store(config).await?;
    let state = flags::in_force(&store, &without_row(config), None).await?;
    let flag = |name: &str| if state.flags.agent_is_on(name) { "on" } else { "off" };
    let hosts = store.hosts().await?;
    for host in &hosts {
        println!("host {}", host.node);
        match host.agents.as_deref().and_then(|json| serde_json::from_str::<Vec<Hosted>>(json).ok()) {
            Some(serves) => print_hosted(&serves, "in service", flag),
            None => println!("  it does not say what it serves"),
        }
    }
    if hosts.is_empty() {
        println!("No host is running: this is what lies in the plugin folder, not what serves.");
        print_hosted(&hosted(&Plugins::load_once(config.plugins_config()).await?), "in the folder", flag);
    }
    Ok(())
}

fn print_hosted(agents: &[Hosted], state: &str, flag: impl Fn(&str) -> &'static str) {
    println!("{:<18} {:<9} {:<14} {:<5} state", "agent", "version", "sha-256", "flag");
    let short = |version: &HostedVersion| version.sha256.get(..12).unwrap_or(&version.sha256).to_owned();
    for agent in agents {
        let refused = agent.refused.as_ref().map(|reason| format!("refused: {reason}"));
        let Some(version) = &agent.version else {
            println!(
                "{:<18} {:<9} {:<14} {:<5} {}",
                clean_line(&agent.name),
                "-",
                "-",
                "-",
                refused.unwrap_or_default()
            );
            continue;
        };
        let file = refused.map(|refused| format!("; its file is {refused}")).unwrap_or_default();
        let (name, flag) = (&agent.name, flag(&agent.name));
        println!("{name:<18} {:<9} {:<14} {flag:<5} {state}{file}", version.version, short(version));
        if let Some((candidate, percent)) = &agent.candidate {
            println!("{:<18} {:<9} {:<14} {:<5} candidate, {percent} %", "", candidate.version, short(candidate), "");
        }
    }
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
    let signed = version.about().signed_by.as_ref();
    println!("signed        {}", signed.map_or("by no key of plugins.toml", |by| by.name.as_str()));
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
