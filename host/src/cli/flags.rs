//! `switchboard flags`: shows and changes the row `unified_service_flags`.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;

use super::common::{self, store, time};
use crate::{
    config::Config,
    flags::{
        self, KEY, View,
        people::{self, List},
    },
    serve::without_row,
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum FlagsCommand {
    /// Print the row, its error if it is refused, the flags in force on each host, and the last changes.
    Show,
    /// Change one value: `flags set unifiedServiceRolloutPercent 10`, `flags set agentFlags.jobs false`.
    Set {
        /// The value's dotted path.
        path: String,
        /// The new value, as JSON.
        value: String,
        /// Your name for the audit; by default your login name.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Put a person on the `allow` or `deny` list, which override the percentage; `clear` removes them from both.
    List {
        /// Which list.
        list: List,
        /// Their number or user id.
        person: String,
        /// Your name for the audit; by default your login name.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Print the JSON schema of the row.
    Schema,
    /// Explain whether a person is in the rollout: `flags explain +250788123456`.
    Explain {
        /// Their number or user id; they need not have written yet.
        person: String,
    },
}

pub(super) async fn run(command: FlagsCommand) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    match command {
        FlagsCommand::Show => show(&config, &store).await,
        FlagsCommand::Set { path, value, actor } => set(&config, &store, &path, &value, &common::actor(actor)).await,
        FlagsCommand::List { list, person, actor } => put_on(&store, list, &person, &common::actor(actor)).await,
        FlagsCommand::Schema => {
            println!("{}", flags::schema());
            Ok(())
        }
        FlagsCommand::Explain { person } => explain(&config, &store, &person).await,
    }
}

async fn show(config: &Config, store: &Store) -> anyhow::Result<()> {
    let view = View::read(store, &without_row(config), 5).await?;
    let Some(row) = view.row else {
        println!("There is no row `{KEY}`: the environment decides, else everything is on.");
        println!("`switchboard flags set unifiedServiceRolloutPercent 100` makes one.");
        return Ok(());
    };
    let value: Value = serde_json::from_str(&row).unwrap_or(Value::String(row));
    println!("{value:#}");
    if let Some(lists) = view.lists {
        let lists: Value = serde_json::from_str(&lists).unwrap_or(Value::String(lists));
        println!("\n{}: {lists:#}", people::KEY);
    }
    println!("\nIn force:");
    for host in view.hosts {
        let (percent, enabled) = (host.percent.unwrap_or_default(), host.enabled.unwrap_or_default());
        let said = host.error.map(|error| format!("; {error}")).unwrap_or_default();
        let on = if enabled { "enabled" } else { "off" };
        println!("  host {}: {on}, {percent} %{said}", host.node);
    }
    println!("\nChanged:");
    for change in view.changes {
        println!("  {} by {}: {}", time(change.at), change.who, flags::difference(&change).join(", "));
    }
    match view.refusal {
        Some(refusal) => bail!("this row is refused; the last good flags stay in force: {refusal}"),
        None => Ok(()),
    }
}

async fn set(config: &Config, store: &Store, path: &str, value: &str, actor: &str) -> anyhow::Result<()> {
    let new: Value = serde_json::from_str(value)
        .with_context(|| format!("`{value}` is not a value: give true, false or a number"))?;
    let agents = agents_of_first_row(config, store).await?;
    let old = flags::set(store, &agents, path, &new, actor).await.with_context(|| format!("`{path} {value}`"))?;
    println!("{path}: {old} → {new}; in force on the running host within a second");
    Ok(())
}

async fn put_on(store: &Store, list: List, person: &str, actor: &str) -> anyhow::Result<()> {
    people::put_on(store, list, person, actor).await?;
    println!(
        "{}; in force on the running hosts within a second",
        match list {
            List::Allow => "in, as long as the service is enabled",
            List::Deny => "out",
            List::Clear => "as the percentage says",
        }
    );
    Ok(())
}

async fn explain(config: &Config, store: &Store, person: &str) -> anyhow::Result<()> {
    let (row, lists) = (store.config(KEY).await?, store.config(people::KEY).await?);
    let flags = flags::read(row.as_deref(), lists.as_deref(), &without_row(config))
        .context("the row is refused; the last good flags stay in force")?;
    let (bucket_of, forwards) = (config.bucket_hash.function(), !config.legacy.is_empty());
    let explained = flags::explain(store, &flags, bucket_of, forwards, person).await?;
    let seen = if explained.bucket_is_stored { "as stored with them" } else { "they have not written yet" };
    println!("bucket {} of {} ({seen})", explained.bucket, switchboard_core::bucket::COUNT);
    println!("{}", explained.why);
    if !explained.is_in {
        println!("{}", explained.messages);
    }
    Ok(())
}

/// The names of the agents for a new row; empty, without loading plugins, if there is a row.
pub(super) async fn agents_of_first_row(config: &Config, store: &Store) -> anyhow::Result<Vec<String>> {
    if store.config(KEY).await?.is_some() {
        return Ok(Vec::new());
    }
    let agents = Plugins::load_once(config.plugins_config()).await?.current();
    Ok(agents.iter().map(|version| version.name().to_owned()).collect())
}
