//! `switchboard agents diff` and `agents accept`: a new version over recorded turns.

use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;

use super::common::{As, store, time};
use crate::{
    config::Config,
    replay::{Comparison, Components, Kind, Over, accept as accept_kind, compare_versions},
    report::milliseconds,
};
use switchboard_core::text::one_line;
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::ReplayRun;

/// How many turns are played if nobody says otherwise.
const TURNS: usize = 1_000;

/// The longest example that is shown, in characters.
const SHOWN_MAX: usize = 160;

/// The arguments of `diff`.
#[derive(Args)]
pub(super) struct DiffArgs {
    /// The old version: the beginning of its sha-256, see `agents history`, or the path of a .wasm file.
    old: String,
    /// The new version, as the old one.
    new: String,
    /// The agent, where files are not named after it.
    #[arg(long)]
    agent: Option<String>,
    /// Over the latest so many recorded turns.
    #[arg(long, default_value_t = TURNS)]
    turns: usize,
    /// Over turns that are not older than this: 30m, 4h, 7d.
    #[arg(long, value_parser = milliseconds)]
    since: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    by: As,
}

/// The arguments of `accept`.
#[derive(Args)]
pub(super) struct AcceptArgs {
    /// The agent's name.
    name: String,
    /// The new version, by the beginning of its sha-256.
    sha256: String,
    /// words, choices, flow, writes, calls, cost, limits or traps.
    kind: String,
    #[command(flatten)]
    by: As,
}

pub(super) async fn run(config: &Config, args: DiffArgs) -> anyhow::Result<()> {
    let store = store(config).await?;
    let components = Arc::new(Components::new(store.clone(), Plugins::open(config.plugins_config())?));
    let (agent, new) = components.find(&args.new, args.agent.as_deref()).await?;
    let (_, old) = components.find(&args.old, Some(&agent)).await?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let over = Over { turns: args.turns, since: args.since.map_or(0, |back| store.now() - back), workers };
    let who = args.by.actor().to_string();
    let compared = compare_versions(&store, &components, &agent, (&old, &new), over, &who).await?;
    match args.json {
        true => println!("{:#}", json!(compared)),
        false => print(&compared),
    }
    Ok(())
}

pub(super) async fn accept(config: &Config, args: AcceptArgs) -> anyhow::Result<()> {
    let AcceptArgs { name, sha256, kind, by } = args;
    let names = || Kind::ALL.map(Kind::as_str).join(", ");
    let kind =
        Kind::named(&kind).with_context(|| format!("`{kind}` is no kind of difference; there are {}", names()))?;
    let (run, is_new) = accept_kind(&store(config).await?, &name, &sha256, kind, &by.actor()).await?;
    ensure!(is_new, "{kind} of this version is accepted already");
    println!("{name}: {}", verdict(&run));
    Ok(())
}

/// What a replay said, in a line.
pub(super) fn verdict(run: &ReplayRun) -> String {
    let old = run.old_sha256.get(..12).unwrap_or(&run.old_sha256);
    let passed = match (run.passes(), run.turns) {
        (true, 0) => "passes, no turn is recorded".to_owned(),
        (true, _) => "passes".to_owned(),
        (false, _) => format!("differs in {}", run.open_kinds().join(", ")),
    };
    let unknown = if run.unknown > 0 { format!(", {} unknown", run.unknown) } else { String::new() };
    let mut accepted: Vec<String> =
        run.differences.iter().filter_map(|of| Some(format!("{} by {}", of.kind, of.accepted_by.as_ref()?))).collect();
    accepted.dedup();
    let accepted = if accepted.is_empty() { String::new() } else { format!("; accepted: {}", accepted.join(", ")) };
    let (same, turns, at) = (run.same, run.turns, time(run.at));
    format!("replay {at} beside {old}: {passed}; {same} of {turns} turns the same{unknown}{accepted}")
}

fn print(compared: &Comparison) {
    let short = |sha256: &str| sha256.get(..12).unwrap_or(sha256).to_owned();
    let (old, new) = (short(&compared.old), short(&compared.new));
    println!("{}: {old} → {new}, {} recorded turns: {} the same", compared.agent, compared.turns, compared.same);
    for (why, turns) in &compared.unknown {
        println!("  unknown  {turns:>6} turns  {why}");
    }
    for group in &compared.groups {
        let languages: Vec<String> =
            group.languages.iter().map(|(language, turns)| format!("{language} {turns}")).collect();
        println!("  {:<8} {:>6} turns  {}  ({})", group.kind, group.turns, group.place, languages.join(", "));
        for example in &group.examples {
            println!("    turn-{}", example.message);
            println!("      - {}", cut(&example.was));
            println!("      + {}", cut(&example.now));
        }
    }
    match compared.kinds().first() {
        None => println!("Nothing differs that people, the database or the host can see."),
        Some(kind) => println!("A person who wants it so: `switchboard agents accept {} {new} {kind}`", compared.agent),
    }
}

fn cut(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}
