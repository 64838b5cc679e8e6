//! Helpers shared by commands: opening the database, finding people, the actor for the audit, formatting times.

use std::io::{IsTerminal, Write};

use anyhow::{Context, bail};

use crate::{
    config::{self, Config},
    rollout::Hosted,
};
use switchboard_core::act::Actor;
use switchboard_edge::whatsapp::client::GraphClient;
use switchboard_store::{Role, Store};

/// Opens the database for a command that runs beside a host.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    Ok(Store::open(&config.database_url, config.store_options(Role::Tool)).await?)
}

/// The business account at Meta: a client with its token, and its id.
pub(super) fn account(config: &Config) -> anyhow::Result<(GraphClient, &str)> {
    let account = config
        .business_account
        .as_deref()
        .context("WHATSAPP_BUSINESS_ACCOUNT_ID is not set: Meta's dashboard shows it")?;
    Ok((GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?, account))
}

/// The names of the agents that hosts serve, as those hosts noted them.
pub(super) async fn hosted_agents(store: &Store) -> anyhow::Result<Vec<String>> {
    let hosts = store.hosts().await?.into_iter();
    let hosted = hosts.filter_map(|host| serde_json::from_str::<Vec<Hosted>>(&host.agents?).ok()).flatten();
    Ok(hosted.filter(|agent| agent.version.is_some()).map(|agent| agent.name).collect())
}

/// Who acts, for the audit: an argument of every command that does something.
#[derive(clap::Args)]
pub(super) struct As {
    /// Your name for the audit; by default your login name.
    #[arg(long = "as", value_name = "NAME")]
    acting_as: Option<String>,
}

impl As {
    /// The actor: the given name, else the login name.
    pub(super) fn actor(self) -> Actor {
        Actor::at_terminal(self.acting_as.or_else(config::login).unwrap_or_else(|| "unknown".to_owned()))
    }
}

/// Formats a time in milliseconds since the epoch.
pub(super) fn time(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms);
    at.map_or_else(|_| ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Asks before a command changes how many people are served: on a terminal, unless `--yes` was given; elsewhere it is refused without
/// it. Nothing is asked where nothing changes.
pub(super) fn ask_percent(yes: bool, before: f64, after: f64) -> anyhow::Result<()> {
    if before == after {
        return Ok(());
    }
    ask(yes, &format!("this changes how many people are served from {before} % to {after} %"))
}

/// Asks before a command does what this sentence says: on a terminal, unless `--yes` was given; elsewhere it is refused without it.
pub(super) fn ask(yes: bool, changes: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("{changes}: nothing was changed; add --yes");
    }
    print!("{changes}. Go on? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("nothing was changed"),
    }
}
