//! `switchboard webhook`: where Meta sends what people write. The emergency way back to the service before, which needs neither our
//! database nor our host.

use anyhow::Context;
use clap::Subcommand;

use crate::config::Config;
use switchboard_edge::whatsapp::client::GraphClient;

#[derive(Subcommand)]
pub(super) enum WebhookCommand {
    /// Which apps get this account's webhooks, and where.
    Show,
    /// Send this account's webhooks to another address, such as the service before: it must answer Meta's challenge.
    Point {
        /// The address.
        url: String,
        /// What it answers to; WA_VERIFY_TOKEN if not given.
        #[arg(long)]
        verify_token: Option<String>,
    },
    /// To the app's own address again.
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
                "Meta sends this account's webhooks to {url} from now on; `switchboard webhook reset` brings them back."
            );
        }
        WebhookCommand::Reset => {
            graph.point(account, None).await?;
            println!("Meta sends this account's webhooks to the app's own address again.");
        }
    }
    Ok(())
}
