//! `switchboard serve`: runs the host until SIGTERM or SIGINT.

use std::io::Write;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{Config, DevelopmentSecrets, Mode, Variables},
    logs::{self, LogOptions},
    serve, telemetry,
};
use switchboard_core::{act::Actor, name::clean_line};
use switchboard_edge::emulator;

pub(super) async fn run() -> anyhow::Result<()> {
    // Caught from the first moment on: unhandled, each of them ends the process at once.
    let mut hangup = signal(SignalKind::hangup())?;
    let _ignored = (signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?);
    let mut terminate = signal(SignalKind::terminate())?;
    let variables = Variables::read()?;
    let config = Config::of(&variables)?;
    // The exporter's client needs it.
    switchboard_edge::http::install_tls();
    let logs = LogOptions {
        host: &config.host_name,
        json: config.log_json,
        filter: &config.log_filter,
        traces: config.traces.clone(),
    };
    let _logs = logs::start(&logs).map_err(anyhow::Error::msg)?;
    for sentence in &config.unknown_variables {
        tracing::warn!("{sentence}");
    }
    let metrics = telemetry::start_metrics().context("the metrics recorder cannot be installed")?;
    let emulator = match config.emulator {
        Some(address) => Some(emulator::start(address, emulator_settings(&config)).await?),
        None => None,
    };
    let mut host = serve::start(&config, variables, metrics).await?;
    greet(&config, &host);

    let failed = loop {
        tokio::select! {
            _ = terminate.recv() => break None,
            _ = tokio::signal::ctrl_c() => break None,
            task = host.failed() => break Some(task),
            Some(()) = hangup.recv() => {
                // What is wrong stands in the log.
                let _ = host.reloader.reload(&Actor::host()).await;
            }
        }
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

/// Prints the addresses, and what to try next; nothing between the lines of a log in JSON.
fn greet(config: &Config, host: &serve::Host) {
    if config.log_json {
        return;
    }
    // Nobody may read it, which is no reason to end.
    let _ = std::io::stdout().write_all(greeting(config, host).as_bytes());
}

fn greeting(config: &Config, host: &serve::Host) -> String {
    let mut lines = Vec::new();
    let (agents, starting) = (host.app.plugins.current(), host.app.plugins.starting());
    let mut names: Vec<String> = agents.iter().map(|version| version.name().to_owned()).collect();
    // A name is its file's until that is refused.
    let loading = starting.iter().filter(|name| agents.get(name).is_none());
    names.extend(loading.map(|name| format!("{} (loading)", clean_line(name))));
    lines.push(String::new());
    lines.push(format!(
        "  Switchboard serves with {}.",
        if names.is_empty() { "no agent yet".to_owned() } else { names.join(", ") }
    ));
    let sign_in = match config.mode {
        Mode::Development if config.operator.ip().is_loopback() => "nobody has to sign in, in development",
        _ => "sign in by name and password, or by a token",
    };
    lines.push(format!("  console    http://{}/ ({sign_in})", config.operator));
    lines.push(format!("  webhook    http://{}/webhook", config.listen));
    lines.push(format!("  health     http://{}/health", config.operator));
    lines.push(format!("  metrics    http://{}/metrics", config.operator));
    let token = match (config.mode, &config.operator_token) {
        (_, None) => "off: OPERATOR_TOKEN is not set".to_owned(),
        (Mode::Production, Some(_)) => "with OPERATOR_TOKEN".to_owned(),
        (Mode::Development, Some(_)) => {
            format!("its token is in {}", DevelopmentSecrets::path(&config.data_dir).display())
        }
    };
    lines.push(format!("  admin API  http://{}/api ({token})", config.operator));
    lines.push(format!("  database   {}", config.database_url));
    if let (Mode::Development, Some(address)) = (config.mode, config.emulator) {
        lines.push(format!("  emulator   http://{address} (replies go here, not to WhatsApp)"));
        lines.push(String::new());
        if config.console_phone {
            lines.push(format!("  Try next, in a browser:           http://{}/phone", config.operator));
        }
        lines.push("  Or, in another terminal:          make chat".to_owned());
    }
    lines.push(String::new());
    lines.join("\n") + "\n"
}
