//! Conversation tests for agents: scripted conversations, hostile input and random walks, run through the real sandbox and a real
//! database.

mod host;
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
use script::{Script, ScriptItem};
use switchboard_core::contract::types::Content;
use switchboard_sandbox::plugins::Plugins;

pub use script::{ScriptError, check_script};

/// The result of an agent's tests.
#[derive(Debug, Default)]
pub struct Played {
    /// How many checks passed.
    pub passed: usize,
    /// A description of each failure.
    pub failures: Vec<String>,
    /// The time per message, including the store.
    pub times: Vec<Duration>,
    /// Each conversation's name, and how many messages the business sent in it, which are paid for.
    pub paid: Vec<(String, usize)>,
}

impl Played {
    /// Merges another result into this one.
    pub fn and(mut self, other: Played) -> Played {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        self.times.extend(other.times);
        self.paid.extend(other.paid);
        self
    }

    /// The longest time per message.
    pub fn slowest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }

    /// The median time per message.
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// Plays all conversations in a folder; with `update`, rewrites the agents' half instead of comparing.
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
        let sent = lines.iter().flat_map(|(_, answer)| answer).filter(|line| is_message(line)).count();
        played.paid.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), sent));
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

/// Plays the people's half of conversations, given as texts, one after the other on a database, each with people of its own, so that the
/// journals of its turns are there. What agents answer is compared with nothing. Returns how many messages were said.
pub async fn record(plugins: &Plugins, database: &str, scripts: &[String]) -> anyhow::Result<usize> {
    let mut player = Player::on(database.to_owned(), plugins.clone()).await?;
    let mut said = 0;
    for script in scripts {
        said += player.record(&Script::parse(Path::new("-"), script)?).await?;
    }
    Ok(said)
}

/// Whether a line of a conversation begins a message of the business.
fn is_message(line: &str) -> bool {
    line == "<" || line.starts_with("< ")
}

/// What came of a message.
#[derive(Debug)]
pub struct Answered {
    /// What was answered, as the lines of a script.
    pub lines: Vec<String>,
    /// Why there was no answer of an agent, if there was none.
    pub error: Option<String>,
}

/// Sends messages of one person, one after the other. An error is a turn that could not be settled.
pub async fn answers(plugins: &Plugins, contents: Vec<Content>, server: Option<&str>) -> anyhow::Result<Vec<Answered>> {
    let mut player = Player::new(plugins.clone(), server).await?;
    let mut answered = Vec::with_capacity(contents.len());
    for content in contents {
        let shown = format!("{content:?}").chars().take(500).collect::<String>();
        let response = player.say(content).await.with_context(|| shown)?;
        answered.push(Answered { lines: response.lines, error: response.error });
    }
    Ok(answered)
}

/// Sends hostile input to an agent. The agent may refuse or apologise, but a trap is a failure.
pub async fn hostile_input(plugins: &Plugins, agent: &str, server: Option<&str>) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut player = Player::new(plugins.clone(), server).await?;
    for content in hostile::contents(agent) {
        let started = Instant::now();
        let shown = format!("{content:?}").chars().take(80).collect::<String>();
        let response = player.say(content).await?;
        played.times.push(started.elapsed());
        match response.error {
            None => played.passed += 1,
            Some(error) => played.failures.push(format!("hostile input {shown}: {error}")),
        }
    }
    Ok(played)
}

/// Walks through an agent at random with a fixed seed: taps, numbers, sentences, languages, exits. A step fails if the agent errs, says
/// nothing or leaves the person without a way on.
pub async fn random_walk(plugins: &Plugins, agent: &str, steps: usize, server: Option<&str>) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut player = Player::new(plugins.clone(), server).await?;
    let mut walk = hostile::Walk::new(agent);
    let mut path: Vec<String> = Vec::new();
    for _ in 0..steps {
        let content = walk.step(&player.taps());
        path.push(format!("{content:?}").chars().take(90).collect());
        let started = Instant::now();
        let response = player.say(content).await?;
        played.times.push(started.elapsed());
        let wrong = match &response.error {
            Some(error) => Some(error.as_str()),
            None if response.lines.iter().all(|line| line.starts_with("= ")) => Some("it said nothing"),
            None if !response.leads_on => Some("it leads nowhere"),
            None => None,
        };
        match wrong {
            None => played.passed += 1,
            Some(wrong) => {
                let last = path[path.len().saturating_sub(5)..].join("\n      ");
                played
                    .failures
                    .push(format!("a walk through {agent}, after\n      {last}\n    {wrong}: {:?}", response.lines));
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

/// Describes the first message whose answer differs from the file; `None` if all match.
fn difference(script: &Script, played: &[(String, Vec<String>)]) -> Option<String> {
    script.parts.iter().zip(played).find_map(|(part, (_, response))| {
        let ScriptItem::Step { line, expected, .. } = part else { return None };
        let shown = |lines: &[String]| lines.iter().map(|line| format!("      {line}\n")).collect::<String>();
        (expected != response).then(|| {
            let path = script.path.display();
            format!("{path}: after `{line}`\n    expected\n{}    actual\n{}", shown(expected), shown(response))
        })
    })
}

fn write(script: &Script, played: &[(String, Vec<String>)]) -> std::io::Result<()> {
    let mut text = String::new();
    for (line, response) in played {
        for line in std::iter::once(line).chain(response) {
            text.push_str(line);
            text.push('\n');
        }
    }
    std::fs::write(&script.path, text)
}
