//! `switchboard webhook`: shows and overrides the address that Meta sends the account's webhooks to. This is the emergency fallback to
//! the legacy service: it needs neither the database nor a running host.

use std::time::Duration;

use clap::Subcommand;

use super::common::{self, As};
use crate::config::Config;
use switchboard_core::{
    act::{Act, Actor},
    secret::SecretUrl,
};

/// How long the audit is tried.
const RECORD_WITHIN: Duration = Duration::from_secs(5);

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
        #[command(flatten)]
        by: As,
    },
    /// Send them to the app's own address again.
    Reset {
        #[command(flatten)]
        by: As,
    },
}

pub(super) async fn run(command: WebhookCommand) -> anyhow::Result<()> {
    let config = Config::for_command(match command {
        WebhookCommand::Show => "webhook show",
        WebhookCommand::Point { .. } => "webhook point",
        WebhookCommand::Reset { .. } => "webhook reset",
    })?;
    let (graph, account) = common::account(&config)?;
    match command {
        WebhookCommand::Show => {
            for app in graph.subscriptions(account).await? {
                println!("{}: {}", app.app, app.override_url.as_deref().unwrap_or("the app's own address"));
            }
        }
        WebhookCommand::Point { url, verify_token, by } => {
            let verify_token = verify_token.unwrap_or_else(|| (*config.verify_token).to_owned());
            anyhow::ensure!(
                !verify_token.is_empty(),
                "the address must answer Meta's challenge: give --verify-token, or set WA_VERIFY_TOKEN"
            );
            graph.point(account, Some((&url, &verify_token))).await?;
            // A path or a query may hold a secret.
            let shown = SecretUrl::from(url.clone()).to_string();
            record(&config, &by.actor(), Act::on("webhook.point", account).changes(None, Some(shown))).await;
            println!(
                "Meta sends this account's webhooks to {url} from now on; `switchboard webhook reset` undoes this."
            );
        }
        WebhookCommand::Reset { by } => {
            graph.point(account, None).await?;
            record(&config, &by.actor(), Act::on("webhook.reset", account)).await;
            println!("Meta sends this account's webhooks to the app's own address again.");
        }
    }
    Ok(())
}

/// Records the act, if the database can be reached: in an emergency it may not, and the webhook was moved all the same.
async fn record(config: &Config, actor: &Actor, act: Act) {
    let recorded = async {
        // A file that is not there is not made for this.
        if let Some(file) = config.database_url.strip_prefix("sqlite://")
            && !std::path::Path::new(file.split('?').next().unwrap_or_default()).exists()
        {
            anyhow::bail!("there is no database at {}", config.database_url);
        }
        anyhow::Ok(common::store(config).await?.record_act(actor, act).await?)
    };
    match tokio::time::timeout(RECORD_WITHIN, recorded).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("note: the audit does not have this: {error:#}"),
        Err(_) => eprintln!("note: the audit does not have this: the database does not answer"),
    }
}
