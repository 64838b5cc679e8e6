//! `switchboard serve`: runs the host until SIGTERM or SIGINT.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{Config, DevelopmentSecrets, Mode},
    serve, telemetry,
};
use switchboard_core::name::clean_line;
use switchboard_edge::emulator;

pub(super) async fn run() -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let _logs = telemetry::start_logs(config.log_json.then_some(&config.host_name), &config.log_filter);
    let metrics = telemetry::start_metrics().context("the metrics recorder cannot be installed")?;
    let emulator = match config.emulator {
        Some(address) => Some(emulator::start(address, emulator_settings(&config)).await?),
        None => None,
    };
    let mut host = serve::start(&config, metrics).await?;
    greet(&config, &host);

    let mut terminate = signal(SignalKind::terminate())?;
    let failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = tokio::signal::ctrl_c() => None,
        task = host.failed() => Some(task),
    };
    host.stop().await;
    drop(emulator);
    match failed {
        None => Ok(()),
        Some(task) => {
            anyhow::bail!("the background task `{task}` has failed: see the log above, then restart the host")
        }
    }
}

fn emulator_settings(config: &Config) -> emulator::Settings {
    emulator::Settings {
        webhooks: vec![format!("http://{}/webhook", config.listen)],
        app_secret: config.app_secrets[0].as_ref().to_owned(),
        phone_number_id: config.phone_number_id.clone(),
    }
}

/// Prints the addresses, and what to try next.
fn greet(config: &Config, host: &serve::Host) {
    let (agents, starting) = (host.app.plugins.current(), host.app.plugins.starting());
    let mut names: Vec<String> = agents.iter().map(|version| version.name().to_owned()).collect();
    // A name is its file's until that is refused.
    let loading = starting.iter().filter(|name| agents.get(name).is_none());
    names.extend(loading.map(|name| format!("{} (loading)", clean_line(name))));
    println!();
    println!(
        "  Switchboard serves with {}.",
        if names.is_empty() { "no agent yet".to_owned() } else { names.join(", ") }
    );
    println!("  webhook    http://{}/webhook", config.listen);
    println!("  health     http://{}/health", config.operator);
    println!("  metrics    http://{}/metrics", config.operator);
    let token = match (config.mode, &config.operator_token) {
        (_, None) => "off: OPERATOR_TOKEN is not set".to_owned(),
        (Mode::Production, Some(_)) => "with OPERATOR_TOKEN".to_owned(),
        (Mode::Development, Some(_)) => {
            format!("its token is in {}", DevelopmentSecrets::path(&config.data_dir).display())
        }
    };
    println!("  admin API  http://{}/api ({token})", config.operator);
    println!("  database   {}", config.database_url);
    if let (Mode::Development, Some(address)) = (config.mode, config.emulator) {
        println!("  emulator   http://{address} (replies go here, not to WhatsApp)");
        println!();
        println!("  Try next, in another terminal:   make chat");
    }
    println!();
}
