//! `switchboard test`: tests components in the real sandbox: conversations, hostile input and a random walk.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;

use crate::{
    config,
    conversation::{self, Failed, Played},
    logs::{self, LogOptions},
};
use switchboard_sandbox::{
    agent::{Capability, Version},
    plugins::{Compiler, Plugins, PluginsConfig, Refused},
};

/// The arguments.
#[derive(Args)]
pub(super) struct TestArgs {
    /// Test only this agent; other files of the plugin folder that are refused do not count then.
    agent: Option<String>,
    /// Play only conversations whose file name contains this, and neither hostile input nor walks.
    #[arg(long)]
    filter: Option<String>,
    /// The folder of conversations: `<folder>/<agent>/conversations/*.txt`. [default: agents]
    #[arg(long)]
    agents: Option<PathBuf>,
    /// The plugin manifest.
    #[arg(long, default_value = "plugins.toml")]
    plugins: PathBuf,
    /// Test the components of this folder, without a manifest: each is granted all that it imports.
    #[arg(long, conflicts_with = "plugins")]
    dir: Option<PathBuf>,
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

/// Where conversations are looked for, if nothing else is said.
const AGENTS: &str = "agents";

pub(super) async fn run(args: TestArgs) -> anyhow::Result<()> {
    let _logs = logs::start(&LogOptions { filter: "error", ..LogOptions::default() }).map_err(anyhow::Error::msg)?;
    let folder = args.agents.clone().unwrap_or_else(|| AGENTS.into());
    ensure!(
        args.agents.is_none() || folder.is_dir(),
        "there is no folder {}: `--agents` names the folder with <agent>/conversations/*.txt",
        folder.display()
    );
    let (_manifest, plugins) = plugins(&args).await?;
    let agents = plugins.current();
    let (names, refusals) = (all_names(&plugins), refusals(&plugins, args.agent.as_deref()));
    if let Some(agent) = &args.agent {
        ensure!(
            names.contains(agent) || !refusals.is_empty(),
            "there is no agent `{agent}` in {}: there are {}",
            plugins.directory().display(),
            names.join(", ")
        );
    }
    ensure!(
        !names.is_empty() || !refusals.is_empty(),
        "there is no component in {}: `make agents` builds ours",
        plugins.directory().display()
    );
    let mut failures: Vec<String> =
        refusals.iter().map(|refusal| format!("{}: refused: {}", refusal.file, refusal.reason)).collect();
    let (mut notes, mut filtered) = (Vec::new(), 0);
    header();
    for version in agents.iter().filter(|version| args.agent.as_deref().is_none_or(|only| only == version.name())) {
        let tested = test(&args, &plugins, version, &folder.join(version.name()).join("conversations")).await?;
        filtered += tested.talked.times.len();
        row(version, &tested);
        let of = |what: String| format!("{}: {what}", version.name());
        let coverage = tested.talked.coverage(&version.profile().flows);
        if !tested.talked.times.is_empty() && !coverage.is_empty() {
            notes.push(of(format!("steps reached by conversations: {}", coverage.join("; "))));
        }
        let paid: Vec<String> = tested.talked.paid.iter().map(|(name, sent)| format!("{name} {sent}")).collect();
        if !paid.is_empty() {
            notes.push(of(format!("messages that the business sent: {}", paid.join(", "))));
        }
        let all = tested.talked.and(tested.survived).and(tested.walked);
        notes.extend(all.warnings.into_iter().chain(wants(version)).map(|warning| of(format!("warning: {warning}"))));
        failures.extend(all.failures.iter().map(Failed::to_string));
    }
    if let Some(filter) = &args.filter {
        ensure!(
            filtered > 0 || !failures.is_empty(),
            "no conversation's file name contains `{filter}`, in {}",
            folder.display()
        );
    }
    notes.iter().for_each(|note| println!("{note}"));
    failures.iter().for_each(|failure| println!("\nFAILED {failure}"));
    ensure!(failures.is_empty(), "{} failed", failures.len());
    Ok(())
}

/// Loads the components; also gives the folder of the manifest that was made for `--dir`.
async fn plugins(args: &TestArgs) -> anyhow::Result<(Option<tempfile::TempDir>, Plugins)> {
    let mut config = PluginsConfig {
        manifest: args.plugins.clone(),
        data_dir: args.data.clone(),
        compiler: Compiler::this_program(),
    };
    let Some(dir) = &args.dir else { return Ok((None, Plugins::load_once(config).await?)) };
    ensure!(dir.is_dir(), "there is no folder {}", dir.display());
    let made = tempfile::tempdir()?;
    config.manifest = made.path().join("plugins.toml");
    let capabilities: Vec<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
    let directory = std::path::absolute(dir)?.display().to_string();
    let manifest = format!("directory = {directory:?}\n[unlisted]\nenabled = true\ncapabilities = {capabilities:?}\n");
    std::fs::write(&config.manifest, manifest)?;
    Ok((Some(made), Plugins::load_once(config).await?))
}

/// The names of the agents that were loaded.
fn all_names(plugins: &Plugins) -> Vec<String> {
    plugins.current().iter().map(|version| version.name().to_owned()).collect()
}

/// The refused files; if one agent is tested, its own and the manifest.
fn refusals(plugins: &Plugins, only: Option<&str>) -> Vec<Refused> {
    let mut refusals = plugins.refusals();
    if let Some(only) = only {
        let listed = plugins.listed().into_iter().find(|(name, _)| name == only);
        let file = listed.map_or_else(|| format!("{only}.wasm"), |(_, file)| file);
        refusals.retain(|refusal| refusal.file == file || !refusal.file.ends_with(".wasm"));
    }
    refusals
}

/// The results of one agent.
struct Tested {
    talked: Played,
    survived: Played,
    walked: Played,
}

/// Tests one agent.
async fn test(args: &TestArgs, plugins: &Plugins, version: &Version, folder: &Path) -> anyhow::Result<Tested> {
    let (name, server) = (version.name(), args.server.as_deref());
    let update = args.update
        || config::variable("UPDATE_EXPECT").is_some_and(|said| !["0", "false", "no"].contains(&said.as_str()));
    let filter = args.filter.as_deref().unwrap_or_default();
    let mut talked = conversation::play_folder(plugins, name, folder, filter, update, server).await?;
    let (mut survived, mut walked) = (Played::default(), Played::default());
    if args.filter.is_none() {
        if folder.is_dir() && talked.times.is_empty() && talked.failures.is_empty() {
            talked.note_empty(folder);
        }
        // A random walk demands more than the contract does, so only agents with conversations of their own are checked by it.
        if folder.is_dir() {
            walked = conversation::random_walk(plugins, name, WALK, server).await?;
        }
        survived = conversation::hostile_input(plugins, name, server).await?;
    }
    Ok(Tested { talked, survived, walked })
}

/// What a profile says it wants, and what the component imports.
fn wants(version: &Version) -> Vec<String> {
    let (wants, imports) = (&version.profile().wants, version.imports());
    let named = |names: Vec<&String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let unused: Vec<&String> = wants.iter().filter(|want| !imports.contains(want)).collect();
    let unsaid: Vec<&String> = imports.iter().filter(|import| !wants.contains(import)).collect();
    let mut said = Vec::new();
    if !unused.is_empty() {
        said.push(format!("its profile wants {}, which it does not import", named(unused)));
    }
    if !unsaid.is_empty() && !wants.is_empty() {
        said.push(format!("it imports {}, which its profile does not say it wants", named(unsaid)));
    }
    said
}

fn header() {
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
}

fn row(version: &Version, tested: &Tested) {
    let slowest = tested.talked.slowest().max(tested.survived.slowest()).max(tested.walked.slowest());
    println!(
        "{:<18} {:<9} {:>7} {:>7} {:>11} {:>13} {:>8} {:>8} {:>10.1} {:>10.1}",
        version.name(),
        version.profile().version,
        version.size() / 1024,
        version.imports().len(),
        version.compile_time().map_or_else(|| "cached".to_owned(), |time| time.as_millis().to_string()),
        passed_of(&tested.talked),
        passed_of(&tested.survived),
        passed_of(&tested.walked),
        tested.walked.median().as_secs_f64() * 1000.0,
        slowest.as_secs_f64() * 1000.0,
    );
}

/// Passed of all, such as `12/13`.
fn passed_of(played: &Played) -> String {
    format!("{}/{}", played.passed, played.passed + played.failed())
}
