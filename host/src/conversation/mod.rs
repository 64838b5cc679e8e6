//! Conversations as tests: scripts that a person can read, and hostile input that nobody would write, played through the real
//! sandbox and a real database.

mod hostile;
mod model;
mod play;
mod script;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;

use play::Player;
use script::{ScriptItem, Script};
use switchboard_sandbox::plugins::Plugins;

pub use script::ScriptError;

/// What playing one agent showed.
#[derive(Debug, Default)]
pub struct Played {
    /// Conversations that went as their files say.
    pub passed: usize,
    /// Those that did not, and what did not fit.
    pub failures: Vec<String>,
    /// How long each message took, store and all.
    pub times: Vec<Duration>,
}

impl Played {
    /// With what another showed.
    pub fn and(mut self, other: Played) -> Played {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        self.times.extend(other.times);
        self
    }

    /// The longest that a message took.
    pub fn slowest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }

    /// The middle of all messages.
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// Plays all conversations in a folder; with `update`, writes the agents' half anew instead of comparing.
pub async fn play_folder(
    plugins: &Plugins,
    folder: &Path,
    update: bool,
    server: Option<&str>,
) -> anyhow::Result<Played> {
    let mut played = Played::default();
    for path in scripts(folder)? {
        let script = Script::read(&path)?;
        let mut player = Player::new(plugins.clone(), server).await?;
        let started = Instant::now();
        let lines = player.play(&script).await.with_context(|| path.display().to_string())?;
        let said = lines.iter().filter(|(line, _)| line.starts_with("> ")).count();
        played.times.push(started.elapsed() / u32::try_from(said.max(1)).unwrap_or(1));
        if update {
            write(&script, &lines)?;
            played.passed += 1;
        } else {
            match difference(&script, &lines) {
                None => played.passed += 1,
                Some(difference) => played.failures.push(difference),
            }
        }
    }
    Ok(played)
}

/// Throws hostile input at one agent, and says what broke. An agent may refuse and apologise; it may not trap.
pub async fn survive(plugins: &Plugins, agent: &str, server: Option<&str>) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut player = Player::new(plugins.clone(), server).await?;
    for content in hostile::contents(agent) {
        let started = Instant::now();
        let shown = format!("{content:?}").chars().take(80).collect::<String>();
        let heard = player.say(content).await?;
        played.times.push(started.elapsed());
        match heard.error {
            None => played.passed += 1,
            Some(error) => played.failures.push(format!("hostile input {shown}: {error}")),
        }
    }
    Ok(played)
}

/// Walks through one agent at random, the same way on every run: taps, numbers, sentences, languages, exits. No step may fail, say
/// nothing or lead nowhere.
pub async fn wander(plugins: &Plugins, agent: &str, steps: usize, server: Option<&str>) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut player = Player::new(plugins.clone(), server).await?;
    let mut walk = hostile::Walk::new(agent);
    let mut path: Vec<String> = Vec::new();
    for _ in 0..steps {
        let content = walk.step(&player.taps());
        path.push(format!("{content:?}").chars().take(90).collect());
        let started = Instant::now();
        let heard = player.say(content).await?;
        played.times.push(started.elapsed());
        let wrong = match &heard.error {
            Some(error) => Some(error.as_str()),
            None if heard.lines.iter().all(|line| line.starts_with("= ")) => Some("it said nothing"),
            None if !heard.leads_on => Some("it leads nowhere"),
            None => None,
        };
        match wrong {
            None => played.passed += 1,
            Some(wrong) => {
                let last = path[path.len().saturating_sub(5)..].join("\n      ");
                played
                    .failures
                    .push(format!("a walk through {agent}, after\n      {last}\n    {wrong}: {:?}", heard.lines));
            }
        }
    }
    Ok(played)
}

fn scripts(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> =
        entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    Ok(paths)
}

/// The first message whose answer is not the file's.
fn difference(script: &Script, played: &[(String, Vec<String>)]) -> Option<String> {
    script.parts.iter().zip(played).find_map(|(part, (_, heard))| {
        let ScriptItem::Step { line, expected, .. } = part else { return None };
        let shown = |lines: &[String]| lines.iter().map(|line| format!("      {line}\n")).collect::<String>();
        (expected != heard).then(|| {
            let path = script.path.display();
            format!("{path}: after `{line}`\n    expected\n{}    heard\n{}", shown(expected), shown(heard))
        })
    })
}

fn write(script: &Script, played: &[(String, Vec<String>)]) -> std::io::Result<()> {
    let mut text = String::new();
    for (line, heard) in played {
        for line in std::iter::once(line).chain(heard) {
            text.push_str(line);
            text.push('\n');
        }
    }
    std::fs::write(&script.path, text)
}
