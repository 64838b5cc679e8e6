//! `switchboard doctor`: checks configuration, database and plugins; each line is ok or says what to do. With `--production` it checks
//! everything that the deployment checklist demands before the first day.

mod findings;
mod production;

use crate::{
    cli::common::store,
    config::{Config, Mode},
    flags::{Document, KEY},
    problem::{advice, collation_changed, folders_differ},
    process,
};
use switchboard_sandbox::plugins::Plugins;

use findings::Findings;

/// The arguments.
#[derive(clap::Args)]
pub(super) struct DoctorArgs {
    /// Also check everything that the deployment checklist demands before the first day.
    #[arg(long)]
    production: bool,
}

pub(super) async fn run(args: DoctorArgs) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    let config = Config::from_environment()?;
    findings.ok("configuration", format_args!("mode {:?}, webhook on {}", config.mode, config.listen));
    for sentence in &config.unknown_variables {
        findings.warn("configuration", sentence);
    }
    secrets(&config, &findings);
    folder(&config, &mut findings);
    database(&config, &mut findings).await;
    let agents = plugins(&config, &mut findings).await;
    if args.production {
        production::check(&config, &agents, &mut findings).await;
    }
    anyhow::ensure!(findings.bad == 0, "{} of the checks above failed", findings.bad);
    Ok(())
}

fn secrets(config: &Config, findings: &Findings) {
    let count = config.app_secrets.len();
    match config.mode {
        Mode::Development => findings.ok("secrets", "generated for development, in the data folder"),
        Mode::Production => {
            findings.ok("secrets", format_args!("{count} app secret(s), verify token and access token are set"))
        }
    }
    if config.app_secrets.iter().any(|secret| secret.len() < 16) {
        findings
            .warn("secrets", "an app secret is shorter than 16 characters; Meta's have 32: check WHATSAPP_APP_SECRET");
    }
    match &config.operator_token {
        None => findings.ok("admin API", "for operators with tokens of their own: `switchboard operators list`"),
        Some(token) if token.len() < 16 => findings.warn(
            "admin API",
            "OPERATOR_TOKEN is shorter than 16 characters, and can be guessed: `openssl rand -hex 24` makes one",
        ),
        Some(_) => findings.ok("admin API", format_args!("on http://{}/api", config.operator)),
    }
    if config.phone_number_id.is_empty() {
        findings.warn("number", "WHATSAPP_PHONE_NUMBER_ID is not set: replies go from the number each message came to");
    }
}

/// What is in the data folder is people's: their words, numbers and files.
fn folder(config: &Config, findings: &mut Findings) {
    match process::readable_by_others(&config.data_dir) {
        Ok(None) => findings.ok("data folder", format_args!("{} is the owner's alone", config.data_dir.display())),
        Ok(Some(path)) => findings.warn(
            "data folder",
            format_args!(
                "{} may be read by other users of this machine: `chmod -R go= {}`",
                path.display(),
                config.data_dir.display()
            ),
        ),
        Err(error) => findings.warn("data folder", format_args!("{}: {error}", config.data_dir.display())),
    }
}

async fn database(config: &Config, findings: &mut Findings) {
    let store = match store(config).await {
        Ok(store) => store,
        Err(error) => return findings.bad("database", format_args!("{error:#}")),
    };
    findings.ok("database", "opened, the schema is this program's");
    match store.collation_change().await {
        Ok(None) => {}
        Ok(Some((built, now))) => {
            findings.warn("collation", advice("collation_changed", &collation_changed(&built, &now)))
        }
        Err(error) => findings.bad("collation", error),
    }
    match store.folders_of_hosts().await {
        Ok(folders) if folders > 1 => findings.warn("files", advice("folders_differ", &folders_differ(folders))),
        Ok(_) => findings.ok("files", format_args!("kept in {}", config.files.directory.display())),
        Err(error) => findings.bad("files", error),
    }
    match store.config(KEY).await {
        Ok(Some(row)) => match Document::parse(&row) {
            Ok(document) => findings.ok("flags", format_args!("{} %", document.unified_service_rollout_percent)),
            Err(error) => findings.bad("flags", error),
        },
        Ok(None) => findings.warn(
            "flags",
            format_args!("there is no row `{KEY}`: UNIFIED_SERVICE_ENABLED and UNIFIED_SERVICE_ROLLOUT_PERCENT decide, else nobody is served in production; `switchboard flags set unifiedServiceRolloutPercent 0 --yes` makes one"),
        ),
        Err(error) => findings.bad("flags", error),
    }
}

/// Checks the plugins; returns the names of the agents that load.
async fn plugins(config: &Config, findings: &mut Findings) -> Vec<String> {
    let plugins = match Plugins::load_once(config.plugins_config()).await {
        Ok(plugins) => plugins,
        Err(error) => {
            findings.bad("plugins", format_args!("{error:#}"));
            return Vec::new();
        }
    };
    let agents = plugins.current();
    for version in agents.iter() {
        findings.ok(
            "plugin",
            format_args!("{} {} ({})", version.name(), version.profile().version, &version.sha256()[..12]),
        );
    }
    for refusal in plugins.refusals() {
        findings.bad("plugin", format_args!("{}: {}", refusal.file, refusal.reason));
    }
    if let Some(trouble) = plugins.cache_trouble() {
        findings.warn("cache", format_args!("compiled agents are not kept, each start compiles them anew: {trouble}"));
    }
    if agents.iter().next().is_none() {
        findings.bad("plugins", "no agent is in service: `make agents` builds ours into the plugin folder");
    }
    agents.iter().map(|version| version.name().to_owned()).collect()
}
