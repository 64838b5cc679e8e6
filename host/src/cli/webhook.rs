//! `switchboard webhook`: shows and overrides the address that Meta sends the account's webhooks to. This is the emergency fallback to
//! the legacy service: it needs neither the database nor a running host.

use anyhow::Context;
use clap::Subcommand;

use crate::config::Config;
use switchboard_edge::whatsapp::client::GraphClient;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum WebhookCommand {
    /// Show the apps that get this account's webhooks, and their addresses.
    Show,
    /// Send this account's webhooks to another address, such as the legacy service; it must answer Meta's challenge.
    Point {
        /// The address.
        url: String,
        /// The verify token it expects; WA_VERIFY_TOKEN if not given.
        #[arg(long)]
        verify_token: Option<String>,
    },
    /// Send them to the app's own address again.
    Reset,
}

pub(super) async fn run(command: WebhookCommand) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let account = config
        .business_account
        .as_deref()
        .context("WHATSAPP_BUSINESS_ACCOUNT_ID is not set: Meta's dashboard shows it")?;
    let graph = GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?;
    match command {
        WebhookCommand::Show => {
            for app in graph.subscriptions(account).await? {
                println!("{}: {}", app.app, app.override_url.as_deref().unwrap_or("the app's own address"));
            }
        }
        WebhookCommand::Point { url, verify_token } => {
            graph.point(account, Some((&url, verify_token.as_deref().unwrap_or(&config.verify_token)))).await?;
            println!(
                "Meta sends this account's webhooks to {url} from now on; `switchboard webhook reset` undoes this."
            );
        }
        WebhookCommand::Reset => {
            graph.point(account, None).await?;
            println!("Meta sends this account's webhooks to the app's own address again.");
        }
    }
    Ok(())
}
