//! `switchboard flags`: shows and changes the row `unified_service_flags`.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;

use super::common::{As, ask_percent, hosted_agents, store, time};
use crate::{
    config::Config,
    flags::{
        self, AgentFlags, FirstRow, Flags, KEY, View, check_name,
        people::{self, List},
    },
    serve::without_row,
};
use switchboard_core::act::Actor;
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
        /// Do not ask whether as many people are to be served.
        #[arg(long)]
        yes: bool,
        /// The agent of `agentFlags.<name>` is yet to come: do not check how its name is spelled.
        #[arg(long)]
        new: bool,
        #[command(flatten)]
        by: As,
    },
    /// Put a person on the `allow` or `deny` list, which override the percentage; `clear` removes them from both.
    List {
        /// Which list.
        list: List,
        /// Their number or user id.
        person: String,
        #[command(flatten)]
        by: As,
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
    let config = Config::for_command("flags")?;
    let store = store(&config).await?;
    match command {
        FlagsCommand::Show => show(&config, &store).await,
        FlagsCommand::Set { path, value, yes, new, by } => {
            let change = Change { path: &path, value: &value, yes, new };
            set(&config, &store, change, &by.actor()).await
        }
        FlagsCommand::List { list, person, by } => put_on(&store, list, &person, &by.actor()).await,
        FlagsCommand::Schema => {
            println!("{}", flags::schema());
            Ok(())
        }
        FlagsCommand::Explain { person } => explain(&config, &store, &person).await,
    }
}

async fn show(config: &Config, store: &Store) -> anyhow::Result<()> {
    let view = View::read(store, &without_row(config), 5).await?;
    match (&view.row, &view.refusal) {
        (Some(row), _) => println!("{:#}", json(row)),
        (None, Some(_)) => println!("The row `{KEY}` was there and is gone."),
        (None, None) => {
            println!("There is no row `{KEY}` yet: {} % of people are served.", view.served_percent);
            println!("`switchboard flags set unifiedServiceRolloutPercent 0 --yes` makes one.");
        }
    }
    if let Some(lists) = &view.lists {
        println!("\n{}: {:#}", people::KEY, json(lists));
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
        Some(refusal) => bail!(
            "the last good flags stay in force; a lower percentage and `unifiedServiceEnabled: false` are taken all the same: {refusal}"
        ),
        None => Ok(()),
    }
}

/// A text as JSON, or itself.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// The arguments of `set`.
struct Change<'a> {
    path: &'a str,
    value: &'a str,
    yes: bool,
    new: bool,
}

async fn set(config: &Config, store: &Store, change: Change<'_>, actor: &Actor) -> anyhow::Result<()> {
    let Change { path, value, yes, new } = change;
    let value: Value = serde_json::from_str(value)
        .with_context(|| format!("`{value}` is not a value: give true, false or a number"))?;
    let without_row = without_row(config);
    let state = flags::in_force(store, &without_row, None).await?;
    if let (Some(name), false) = (path.strip_prefix("agentFlags."), new) {
        spelling(config, store, &state.flags, name).await?;
    }
    let mut after = state.flags.document.clone();
    match (path, &value) {
        ("unifiedServiceRolloutPercent", value) => {
            after.unified_service_rollout_percent = value.as_f64().unwrap_or(after.unified_service_rollout_percent);
        }
        ("unifiedServiceEnabled", Value::Bool(enabled)) => after.unified_service_enabled = *enabled,
        _ => {}
    }
    ask_percent(yes, state.flags.document.served_percent(), after.served_percent())?;
    let agents = agents_of_first_row(config, store).await?;
    let first = FirstRow { agents: &agents, without_row: &without_row };
    let old = flags::set(store, first, path, &value, actor).await.with_context(|| format!("`{path} {value}`"))?;
    println!("{path}: {old} → {value}; in force on the running host within a second");
    Ok(())
}

/// Refuses a name that looks like a slip; says so of one that nobody knows.
async fn spelling(config: &Config, store: &Store, flags: &Flags, name: &str) -> anyhow::Result<()> {
    let mut known: Vec<String> = match &flags.document.agent_flags {
        AgentFlags::Named(named) => named.keys().cloned().collect(),
        AgentFlags::All => Vec::new(),
    };
    known.extend(hosted_agents(store).await?);
    // Loading plugins takes long: only for a name that nothing else knows.
    if check_name(name, known.iter().map(String::as_str)) == Ok(true) {
        return Ok(());
    }
    if let Ok(plugins) = Plugins::load_once(config.plugins_config()).await {
        known.extend(plugins.current().iter().map(|version| version.name().to_owned()));
    }
    if !check_name(name, known.iter().map(String::as_str))? {
        println!("note: no agent `{name}` is here yet; the flag waits for it");
    }
    Ok(())
}

async fn put_on(store: &Store, list: List, person: &str, actor: &Actor) -> anyhow::Result<()> {
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
    let state = flags::in_force(store, &without_row(config), None).await?;
    let flags = &state.flags;
    if let Some(error) = &state.error {
        println!("the last good flags are in force: {error}");
    }
    let (bucket_of, forwards) = (config.bucket_hash.function(), !config.legacy.is_empty());
    let explained = flags::explain(store, flags, bucket_of, forwards, person).await?;
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
