//! `switchboard dev`: runs an agent while it is being written: each change is built, played and live at once, beside a chat.

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::chat::{self, ChatPhone};
use crate::{
    author::{self, Change, Profile, Project, Session, SessionOptions, Tried, Watch},
    config,
    logs::{self, LogOptions},
    turns,
};
use switchboard_core::text::one_line;

/// The arguments.
#[derive(Args)]
pub(super) struct DevArgs {
    /// The agent: its sources are in agents/<name>.
    name: String,
    /// Other agents of the plugin folder that run beside it; `support` is the menu.
    #[arg(long, value_delimiter = ',')]
    with: Vec<String>,
    /// Your phone number in the chat.
    #[arg(long, default_value = "+250788000001")]
    phone: String,
    /// Your name there.
    #[arg(long, default_value = "Alice")]
    person: String,
    /// Print each turn in full: readings, route, every call of the host.
    #[arg(long)]
    full: bool,
    /// How long to wait for an answer when the lines come from a file, in milliseconds.
    #[arg(long, default_value_t = 5000)]
    wait_ms: u64,
}

/// What of the host's own log is shown: not the problems of an operator, such as that no agent serves while the first one is built.
const LOG: &str = "error,switchboard::vitals=off";

/// How often new turns are looked for.
const FOLLOW: Duration = Duration::from_millis(100);

/// The most differences that are printed, and the longest text of one in characters.
const DIFFERENCES_MAX: usize = 6;
const SHOWN_MAX: usize = 120;

const HELP: &str = "/play plays the conversations, /turn shows the last turn in full, /help says more, /quit ends.";

/// The agent as it stands.
struct Dev {
    project: Project,
    name: String,
    session: Arc<Session>,
}

pub(super) async fn run(args: DevArgs) -> anyhow::Result<()> {
    let began = Instant::now();
    switchboard_edge::http::install_tls();
    let filter = config::variable("RUST_LOG").unwrap_or_else(|| LOG.to_owned());
    let _logs = logs::start(&LogOptions { filter: &filter, ..LogOptions::default() }).map_err(anyhow::Error::msg)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let project = Project::here()?;
    let watch = Watch::start(&project, &args.name)?;
    println!("building agents/{}…", args.name);
    let built = author::build(&project, &args.name, Profile::Quick, false).await;
    let options = SessionOptions { agent: args.name.clone(), with: args.with.clone() };
    let session = Arc::new(Session::start(project.clone(), options).await?);
    let dev = Dev { project, name: args.name.clone(), session: session.clone() };
    match built {
        Ok(component) => dev.take(&component, began, began.elapsed(), "start").await,
        Err(error) => println!("✗ {error}"),
    }
    greet(&session);
    let mut phone =
        ChatPhone::connect(&format!("http://{}", session.addresses.emulator), &args.phone, args.person).await?;
    let dev = Arc::new(dev);
    let changes = dev.clone().follow_changes(watch);
    let turns = follow_turns(session.clone(), args.full);
    let help = format!("{HELP} {}", chat::HELP);
    let command = async |line: &str| match line {
        "/play" => {
            dev.play_again().await;
            Ok(true)
        }
        "/turn" => {
            print!("{}", last_turn(&session).await?);
            Ok(true)
        }
        _ => Ok(false),
    };
    let ended = tokio::select! {
        ended = phone.talk(args.wait_ms, &help, command) => ended,
        _ = terminate.recv() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
        () = changes => Ok(()),
        ended = turns => ended,
    };
    drop(dev);
    if let Some(session) = Arc::into_inner(session) {
        session.stop().await;
    }
    ended
}

fn greet(session: &Session) {
    println!("  console  http://{}/  (turns, calls, replay)", session.addresses.operator);
    println!("  serves   {}", session.serving().join(", "));
}

impl Dev {
    /// Builds, plays and swaps whenever something changes.
    async fn follow_changes(self: Arc<Dev>, mut watch: Watch) {
        loop {
            let changes = watch.next().await;
            self.changed(&changes, Instant::now()).await;
        }
    }

    async fn changed(&self, changes: &BTreeSet<Change>, at: Instant) {
        if changes.contains(&Change::Manifest)
            && let Err(error) = self.session.read_manifest()
        {
            println!("✗ {error}");
            return;
        }
        if !changes.contains(&Change::Sources) && !changes.contains(&Change::Manifest) {
            return self.play_again().await;
        }
        match author::build(&self.project, &self.name, Profile::Quick, true).await {
            Ok(component) => self.take(&component, at, at.elapsed(), "the change").await,
            Err(error) => println!("✗ {error}; what serves goes on"),
        }
    }

    /// Plays the conversations with what was built last.
    async fn play_again(&self) {
        match author::build(&self.project, &self.name, Profile::Quick, true).await {
            Ok(component) => {
                let played = async {
                    let wasm = std::fs::read(&component)?;
                    anyhow::Ok(self.session.try_out(&wasm).await?)
                };
                match played.await {
                    Ok(tried) => print_tried(&tried, &self.project.root),
                    Err(error) => println!("✗ {error:#}"),
                }
            }
            Err(error) => println!("✗ {error}"),
        }
    }

    /// Takes a component that was built: its conversations, the swap, what it does otherwise.
    async fn take(&self, component: &Path, since: Instant, built: Duration, what: &str) {
        let taken = async {
            let wasm = std::fs::read(component).with_context(|| component.display().to_string())?;
            let size = wasm.len();
            let tried = self.session.try_out(&wasm).await?;
            print_tried(&tried, &self.project.root);
            if tried.refused.is_some() {
                return Ok(());
            }
            let (before, sha256) = self.session.swap(wasm).await?;
            if before.as_ref() == Some(&sha256) {
                println!("✓ nothing changed in the component");
                return Ok(());
            }
            println!(
                "✓ {} {} is live, {:.1} s after {what} (built in {:.1} s, {} KiB)",
                self.name,
                &sha256[..12],
                since.elapsed().as_secs_f64(),
                built.as_secs_f64(),
                size / 1024
            );
            match before {
                Some(before) => self.print_differences(&before, &sha256).await,
                None => Ok(()),
            }
        };
        if let Err(error) = taken.await {
            println!("✗ {error:#}");
        }
    }

    /// What the new build answers otherwise to what was said in this session.
    async fn print_differences(&self, before: &str, now: &str) -> anyhow::Result<()> {
        let compared = self.session.differences(before, now).await?;
        if compared.turns == 0 {
            return Ok(());
        }
        println!("  over your {} turns: {} the same", compared.turns, compared.same);
        for (why, turns) in &compared.unknown {
            println!("  unknown in {turns}: {why}");
        }
        for group in compared.groups.iter().take(DIFFERENCES_MAX) {
            println!("  {} in {}, {} turns", group.kind, group.place, group.turns);
            for example in group.examples.iter().take(1) {
                println!("    - {}", cut(&example.was));
                println!("    + {}", cut(&example.now));
            }
        }
        Ok(())
    }
}

fn cut(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}

fn print_tried(tried: &Tried, root: &Path) {
    if let Some(refused) = &tried.refused {
        println!("✗ refused, and what serves goes on: {refused}");
        return;
    }
    let played = &tried.played;
    let mark = if played.failures.is_empty() { '✓' } else { '✗' };
    let (passed, all) = (played.passed, played.passed + played.failed());
    match all {
        0 => println!("  there is no conversation to play"),
        _ => println!("{mark} conversations {passed}/{all}"),
    }
    let root = format!("{}/", root.display());
    played.failures.iter().for_each(|failed| println!("  FAILED {}", failed.to_string().replace(&root, "")));
}

/// Prints each turn with what the agent logged.
async fn follow_turns(session: Arc<Session>, full: bool) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    loop {
        for line in session.new_turns(&mut seen).await? {
            let (shown, text) = session.turn(line.message).await?;
            if full {
                print!("{text}");
                continue;
            }
            let mut lines = format!("  {}\n", turns::line(&line));
            for (level, said) in shown.ran.iter().flat_map(|ran| &ran.log) {
                lines += &format!("    log  {level}: {said}\n");
            }
            print!("{lines}");
        }
        tokio::time::sleep(FOLLOW).await;
    }
}

async fn last_turn(session: &Session) -> anyhow::Result<String> {
    let lines = session.new_turns(&mut HashSet::new()).await?;
    match lines.last() {
        Some(line) => Ok(session.turn(line.message).await?.1),
        None => Ok("no turn yet\n".to_owned()),
    }
}
