//! `switchboard agents`: what would run, and why something would not.

use anyhow::Context;
use clap::Subcommand;

use super::store;
use crate::{
    config::Config,
    flags::{AgentFlags, Document, KEY},
    plugins::Plugins,
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
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let plugins = Plugins::load_once(config.plugins_config()).await?;
    match options {
        Options::List => list(&config, &plugins).await,
        Options::Inspect { name } => inspect(&plugins, &name),
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
