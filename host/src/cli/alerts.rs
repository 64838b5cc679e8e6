//! `switchboard alerts`: lists the alerts that fire, and tries their receivers.

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};

use super::common::{store, time};
use crate::{
    alert::{self, AlertMessage, FIRING, Refusal, Sender},
    config::Config,
};
use switchboard_core::live::Live;
use switchboard_edge::whatsapp::client::GraphClient;
use switchboard_store::FiringAlert;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum AlertsCommand {
    /// List the alerts that fire now, the oldest first, and what to do about each.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send a test to every receiver, and print what each answered.
    Test,
}

pub(super) async fn run(command: AlertsCommand) -> anyhow::Result<()> {
    match command {
        AlertsCommand::List { json } => list(json).await,
        AlertsCommand::Test => test().await,
    }
}

async fn list(as_json: bool) -> anyhow::Result<()> {
    let firing = store(&Config::for_command("alerts")?).await?.alerts_firing(FIRING).await?;
    if as_json {
        let rows: Vec<Value> = firing.iter().map(alert::firing_json).collect();
        println!("{:#}", json!(rows));
        return Ok(());
    }
    if firing.is_empty() {
        println!("No alert fires.");
    }
    for FiringAlert { key, since, about } in &firing {
        let about: Value = serde_json::from_str(about).unwrap_or_default();
        let name = key.split('@').next().unwrap_or(key);
        let said = |field: &str| about[field].as_str().unwrap_or("-").to_owned();
        println!("{name}  {} since {}, host {}", said("severity"), time(*since), said("host"));
        println!("    {}", said("words"));
        println!("    {}", alert::what_to_do(name));
    }
    Ok(())
}

async fn test() -> anyhow::Result<()> {
    let config = Config::for_command("alerts")?;
    let graph = GraphClient::new(&config.graph_url, &config.graph_version, Live::new(config.access_token.clone()))?;
    let receivers = alert::receivers(config.alerts.as_ref(), &graph, &config.phone_number_id)?;
    let message = AlertMessage::test(&Sender::of(&config), config.clock.now());
    let mut refused = 0;
    let others: Vec<_> = receivers.iter().filter(|receiver| receiver.name() != FIRING).collect();
    if others.is_empty() {
        bail!("there is no receiver of alerts: set ALERT_WEBHOOK_URL, ALERT_WHATSAPP_NUMBER or both");
    }
    for receiver in &others {
        match receiver.send(&message).await {
            Ok(answer) => println!("{}: accepted ({answer})", receiver.name()),
            Err(Refusal::Again(error) | Refusal::Perhaps(error)) => {
                refused += 1;
                println!("{}: refused: {error}", receiver.name());
            }
        }
    }
    match refused {
        0 => Ok(()),
        _ => bail!("{refused} of {} receivers did not accept the test", others.len()),
    }
}
