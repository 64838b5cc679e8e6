//! `switchboard turns` and `switchboard turn`: recorded turns, listed, shown, played again and made into tests.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::json;

use super::common::store;
use crate::{
    config::Config,
    replay::{self, Components, Difference, LinkReplay, Verdict},
    report::milliseconds,
    turns::{self, LIMIT, LIMIT_MAX, TurnChoice},
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

/// How often `--follow` looks for new turns.
const FOLLOW: Duration = Duration::from_millis(500);

/// The arguments of `turns`.
#[derive(Args)]
pub(super) struct TurnsArgs {
    /// In which this agent ran.
    #[arg(long)]
    agent: Option<String>,
    /// Of this person: a number with its country code, a user id or an id.
    #[arg(long)]
    person: Option<String>,
    /// That had no answer of an agent.
    #[arg(long)]
    errors: bool,
    /// In which all these words were said, by the person or to them.
    #[arg(long)]
    words: Option<String>,
    /// Not older than this: 30m, 4h, 7d.
    #[arg(long, value_parser = milliseconds)]
    since: Option<i64>,
    /// At most so many.
    #[arg(long, default_value_t = LIMIT)]
    limit: usize,
    /// Go on, and print each new turn.
    #[arg(long, conflicts_with = "json")]
    follow: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The subcommands of `turn`.
#[derive(Subcommand)]
pub(super) enum TurnCommand {
    /// Show a turn in full: message, readings, route, session, every call of the host, log lines, replies, fuel, error.
    Show {
        /// turn-<id>, or the message's id.
        turn: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play a turn again: the journal answers what the agent asks. Says "the same", or what differs.
    Replay(ReplayArgs),
    /// Make a conversation file of a turn and of what was said before it, with names and phone numbers replaced.
    ToTest {
        /// turn-<id>, or the message's id.
        turn: String,
        /// Write it here instead of printing it.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// The arguments of `turn replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// turn-<id>, or the message's id.
    turn: String,
    /// Play it to this component instead of the one that ran.
    #[arg(long)]
    with: Option<PathBuf>,
    /// The agent that `--with` takes the place of; needed if several ran in the turn.
    #[arg(long, requires = "with")]
    agent: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(args: TurnsArgs) -> anyhow::Result<()> {
    let store = store(&Config::for_command("turns")?).await?;
    let TurnsArgs { agent, person, errors, words, since, limit, follow, json } = args;
    let person = match &person {
        Some(meant) => Some(store.person_of(meant).await?.with_context(|| {
            format!("nobody is known by `{meant}`: give a number with its country code, or a person's id")
        })?),
        None => None,
    };
    let since = since.map_or(0, |back| store.now() - back);
    let mut choice = TurnChoice { agent, person, errors, words, since, before: None, limit: limit.clamp(1, LIMIT_MAX) };
    let mut lines = turns::list(&store, &choice).await?;
    if json {
        println!("{:#}", json!({ "turns": lines }));
        return Ok(());
    }
    if lines.is_empty() && !follow {
        println!("No turn is recorded that fits. Journals are kept for JOURNAL_DAYS.");
    }
    let mut seen = std::collections::HashSet::new();
    choice.limit = LIMIT_MAX;
    loop {
        // The list begins with the latest, and what is followed ends with it.
        if follow {
            lines.reverse();
        }
        for line in lines.iter().filter(|line| !follow || seen.insert((line.message, line.epoch))) {
            println!("{}", turns::line(line));
        }
        if !follow {
            return Ok(());
        }
        // A turn that was begun earlier may be stored after one that was begun later.
        choice.since = choice.since.max(store.now() - 60_000);
        tokio::time::sleep(FOLLOW).await;
        lines = turns::list(&store, &choice).await?;
    }
}

pub(super) async fn run(command: TurnCommand) -> anyhow::Result<()> {
    let config = Config::for_command("turn")?;
    let store = store(&config).await?;
    match command {
        TurnCommand::Show { turn, json } => {
            let (shown, journal) = turns::show(&store, message(&turn)?).await?;
            match json {
                true => println!("{:#}", json!(shown)),
                false => print!("{}", turns::text(&shown, &journal)),
            }
            Ok(())
        }
        TurnCommand::Replay(args) => replay(&config, store, args).await,
        TurnCommand::ToTest { turn, out } => {
            let plugins = Plugins::load_once(config.plugins_config()).await?;
            let test = turns::to_test(&store, &plugins, message(&turn)?).await?;
            match out {
                Some(path) => {
                    std::fs::write(&path, &test.text).with_context(|| path.display().to_string())?;
                    println!(
                        "{}: it passes; move it to agents/{}/conversations to keep it",
                        path.display(),
                        test.agent
                    );
                }
                None => print!("{}", test.text),
            }
            Ok(())
        }
    }
}

fn message(turn: &str) -> anyhow::Result<i64> {
    turns::message_of(turn).with_context(|| format!("`{turn}` is no turn: give turn-<id> or the message's id"))
}

async fn replay(config: &Config, store: Store, args: ReplayArgs) -> anyhow::Result<()> {
    let (_, journal) = turns::read(&store, message(&args.turn)?).await?;
    let components = Components::new(store, Plugins::open(config.plugins_config())?);
    let with = match &args.with {
        None => None,
        Some(path) => {
            let agent = match (&args.agent, &journal.links[..]) {
                (Some(agent), _) => agent.clone(),
                (None, [link]) => link.agent.clone(),
                (None, links) => {
                    let ran: Vec<&str> = links.iter().map(|link| link.agent.as_str()).collect();
                    bail!("--agent says which of these the file is to take the place of: {}", ran.join(", "))
                }
            };
            let wasm = std::fs::read(path).with_context(|| path.display().to_string())?;
            let sha256 = components.add(&agent, wasm).await?;
            Some((agent, sha256))
        }
    };
    let with = with.as_ref().map(|(agent, sha256)| (agent.as_str(), sha256.as_str()));
    let replays = replay::replay(&components, &journal, with).await?;
    if args.json {
        println!("{:#}", json!({ "message": journal.message, "replays": replays }));
    } else {
        replays.iter().for_each(print_replay);
        if replays.is_empty() {
            println!("no agent ran in this turn: the host itself answered");
        }
    }
    let differ = replays.iter().filter(|replay| replay.verdict != Verdict::Same).count();
    ensure!(differ == 0, "{differ} of {} runs are not the same", replays.len());
    Ok(())
}

fn print_replay(replay: &LinkReplay) {
    let sha256 = replay.played.get(..12).unwrap_or(&replay.played);
    let about = format!("{} ({sha256})", replay.agent);
    match &replay.verdict {
        Verdict::Same => println!("{about}: the same, {} calls, fuel {}", replay.calls.1, replay.fuel.1),
        Verdict::Unknown { why, differences } => {
            println!("{about}: unknown: {why}");
            differences.iter().for_each(print_difference);
        }
        Verdict::Different { differences } => {
            println!("{about}: different");
            differences.iter().for_each(print_difference);
        }
    }
}

fn print_difference(difference: &Difference) {
    println!("  {:<8} {}", difference.kind, difference.place);
    for (mark, text) in [("-", &difference.was), ("+", &difference.now)] {
        for line in text.lines() {
            println!("    {mark} {line}");
        }
    }
}
