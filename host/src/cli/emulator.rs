//! `switchboard emulator`: runs the emulator of the Graph API as a process of its own.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use crate::config;
use switchboard_edge::emulator::{self, Settings};

/// The arguments of `switchboard emulator`.
#[derive(Args, Debug)]
pub struct EmulatorArgs {
    /// The address to listen on: the host's GRAPH_API_URL.
    #[arg(long, default_value = "127.0.0.1:8082")]
    listen: SocketAddr,
    /// The host's webhook; several are used in turn.
    #[arg(long = "webhook", default_value = "http://127.0.0.1:8080/webhook")]
    webhooks: Vec<String>,
    /// A file with the app secret; by default WHATSAPP_APP_SECRET is used.
    #[arg(long)]
    secret_file: Option<PathBuf>,
    /// The app secret, the first of several; by default WHATSAPP_APP_SECRET.
    #[arg(long)]
    secret: Option<String>,
    /// The business number's id; by default WHATSAPP_PHONE_NUMBER_ID, else 100000000000001.
    #[arg(long)]
    business: Option<String>,
}

/// Runs the emulator until it is interrupted.
pub async fn run(args: EmulatorArgs) -> anyhow::Result<()> {
    let secret = args.secret.or_else(|| config::variable("WHATSAPP_APP_SECRET"));
    let business = args.business.or_else(|| config::variable("WHATSAPP_PHONE_NUMBER_ID"));
    let business = business.unwrap_or_else(|| "100000000000001".to_owned());
    let secret = match (&args.secret_file, &secret) {
        (Some(path), _) => std::fs::read_to_string(path)
            .with_context(|| format!("the secret file {} cannot be read", path.display()))?,
        (None, Some(secret)) => secret.clone(),
        (None, None) => bail!("the emulator signs with the app secret: set WHATSAPP_APP_SECRET or give --secret-file"),
    };
    let secret = secret.trim().split(',').next().unwrap_or_default().trim().to_owned();
    if secret.is_empty() {
        bail!("the app secret is blank: set WHATSAPP_APP_SECRET or give --secret-file");
    }
    let settings = Settings { webhooks: args.webhooks.clone(), app_secret: secret, phone_number_id: business };
    let running = emulator::start(args.listen, settings).await?;
    println!("emulator of the Graph API on http://{}, delivering to {}", running.address, args.webhooks.join(", "));
    tokio::signal::ctrl_c().await.context("the interrupt signal cannot be awaited")?;
    drop(running);
    Ok(())
}
