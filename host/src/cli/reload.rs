//! `switchboard reload`: lets the running host of this machine read its configuration again.

use anyhow::{Context, bail};
use serde_json::Value;

use crate::config::Config;
use switchboard_edge::http;

/// The arguments.
#[derive(clap::Args)]
pub(super) struct ReloadArgs {
    /// The token of an admin; OPERATOR_TOKEN if not given. Others on this machine see arguments: prefer the variable.
    #[arg(long)]
    token: Option<String>,
}

pub(super) async fn run(args: ReloadArgs) -> anyhow::Result<()> {
    let config = Config::for_command("reload")?;
    let token = args.token.or_else(|| config.operator_token.as_deref().map(str::to_owned));
    let token = token.context("who asks? Set OPERATOR_TOKEN to an admin's token, or send the host SIGHUP")?;
    http::install_tls();
    let address = format!("http://{}/api/reload", config.operator);
    let request = http::client().no_proxy().build()?.post(&address).bearer_auth(token);
    let answer = request.send().await.with_context(|| format!("no host answers at {}", config.operator))?;
    let status = answer.status();
    let told: Value = answer.json().await?;
    if !status.is_success() {
        bail!("{}", told["error"].as_str().unwrap_or("the host refuses"));
    }
    let names = |key: &str| {
        let names = told[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    match names("changed") {
        changed if changed.is_empty() => println!("Nothing has changed."),
        changed => println!("In force now: {changed}"),
    }
    match names("waits_for_restart") {
        waits if waits.is_empty() => {}
        waits => println!("Waits for a restart: {waits}"),
    }
    Ok(())
}
