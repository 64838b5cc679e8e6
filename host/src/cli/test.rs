//! `switchboard test`: tests every component in the plugin folder in the real sandbox.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config,
    conversation::{self, Played},
    telemetry,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

/// The arguments.
#[derive(Args)]
pub(super) struct TestArgs {
    /// Test only this agent.
    agent: Option<String>,
    /// The folder of conversations: `<folder>/<agent>/conversations/*.txt`.
    #[arg(long, default_value = "agents")]
    agents: PathBuf,
    /// The plugin manifest.
    #[arg(long, default_value = "plugins.toml")]
    plugins: PathBuf,
    /// The folder of the compile cache.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Rewrite the agents' half of the conversations instead of comparing it (also `UPDATE_EXPECT=1`).
    #[arg(long)]
    update: bool,
    /// Play on this Postgres server, postgres://user:password@host:5432/postgres, instead of SQLite: a database is created there
    /// for each conversation.
    #[arg(long)]
    server: Option<String>,
}

/// The steps of a random walk.
const WALK: usize = 500;

pub(super) async fn run(args: TestArgs) -> anyhow::Result<()> {
    let _logs = telemetry::start_logs(None, "error");
    let (manifest, data_dir) = (args.plugins.clone(), args.data.clone());
    let config = PluginsConfig { manifest, data_dir, compiler: Compiler::this_program() };
    let plugins = Plugins::load_once(config).await?;
    let mut failures: Vec<String> = plugins
        .refusals()
        .into_iter()
        .map(|refusal| format!("{}: refused: {}", refusal.file, refusal.reason))
        .collect();
    println!(
        "{:<18} {:<9} {:>7} {:>7} {:>11} {:>13} {:>8} {:>8} {:>10} {:>10}",
        "agent",
        "version",
        "KiB",
        "imports",
        "compiled ms",
        "conversations",
        "hostile",
        "walk",
        "median ms",
        "slowest ms"
    );
    let server = args.server.as_deref();
    let agents = plugins.current();
    for version in agents.iter().filter(|version| args.agent.as_deref().is_none_or(|only| only == version.name())) {
        let name = version.name();
        let folder = args.agents.join(name).join("conversations");
        let talked = conversation::play_folder(
            &plugins,
            &folder,
            args.update
                || config::variable("UPDATE_EXPECT").is_some_and(|said| !["0", "false", "no"].contains(&said.as_str())),
            server,
        )
        .await?;
        // A random walk demands more than the contract does, so only agents with conversations of their own are checked by it.
        let walked = match folder.is_dir() {
            true => conversation::random_walk(&plugins, name, WALK, server).await?,
            false => Played::default(),
        };
        let survived = conversation::hostile_input(&plugins, name, server).await?;
        println!(
            "{name:<18} {:<9} {:>7} {:>7} {:>11} {:>13} {:>8} {:>8} {:>10.1} {:>10.1}",
            version.profile().version,
            version.size() / 1024,
            version.imports().len(),
            version.compile_time().map_or_else(|| "cached".to_owned(), |time| time.as_millis().to_string()),
            passed_of(&talked),
            passed_of(&survived),
            passed_of(&walked),
            walked.median().as_secs_f64() * 1000.0,
            talked.slowest().max(survived.slowest()).max(walked.slowest()).as_secs_f64() * 1000.0,
        );
        if !talked.paid.is_empty() {
            let paid: Vec<String> = talked.paid.iter().map(|(name, sent)| format!("{name} {sent}")).collect();
            println!("  paid messages: {}", paid.join(", "));
        }
        failures.extend(talked.and(survived).and(walked).failures);
    }
    anyhow::ensure!(
        agents.iter().next().is_some() || !failures.is_empty(),
        "there is no component to test: `make agents` builds ours"
    );
    for failure in &failures {
        println!("\nFAILED {failure}");
    }
    anyhow::ensure!(failures.is_empty(), "{} failed", failures.len());
    Ok(())
}

/// Passed of all, such as `12/13`.
fn passed_of(played: &Played) -> String {
    format!("{}/{}", played.passed, played.passed + played.failures.len())
}
