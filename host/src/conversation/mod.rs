//! Conversation tests for agents: scripted conversations, hostile input and random walks, run through the real sandbox and a real
//! database.

mod host;
mod hostile;
mod model;
mod play;
mod shown;
mod directive;
mod result;
mod script;
mod services;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;

use play::{PlayedItem, Player};
use script::{Script, ScriptItem};
use switchboard_core::contract::types::Content;
use switchboard_sandbox::plugins::Plugins;

pub use result::{Failed, Played};
pub use script::{ScriptError, check_script};

/// Plays the conversations of a folder whose file names contain `filter`; with `update`, rewrites the agents' half instead of comparing
/// it. What cannot be played fails with its line, and its lines in the file stay.
pub async fn play_folder(
    plugins: &Plugins,
    agent: &str,
    folder: &Path,
    filter: &str,
    update: bool,
    server: Option<&str>,
) -> anyhow::Result<Played> {
    let mut played = Played::default();
    for path in scripts(folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(filter) {
            continue;
        }
        let script = match Script::read(&path) {
            Ok(script) => script,
            Err(error) => {
                played.fail(match error {
                    ScriptError::Read { path, source } => Failed::new(path.display().to_string(), source.to_string()),
                    ScriptError::Line { path, line, what } => Failed::new(format!("{}:{line}", path.display()), what),
                });
                continue;
            }
        };
        let mut player = Player::new(plugins.clone(), server).await?;
        let started = Instant::now();
        let items = player.play(&script).await;
        let said = items.iter().filter(|item| item.line.starts_with("> ")).count();
        played.times.push(started.elapsed() / u32::try_from(said.max(1)).unwrap_or(1));
        let sent = items.iter().flat_map(|item| item.answer.iter().flatten()).filter(|line| is_message(line)).count();
        played.paid.push((name, sent));
        played.take(player, agent);
        let mut failures = errors(&script, &items);
        if update {
            write(&script, &items)?;
        } else {
            failures.extend(difference(&script, &items));
        }
        if failures.is_empty() {
            played.passed += 1;
        }
        failures.into_iter().for_each(|failed| played.fail(failed));
    }
    Ok(played)
}

impl Played {
    /// Takes what a player saw of an agent.
    fn take(&mut self, player: Player, agent: &str) {
        let of_agent = player.reached.into_iter().filter(|(name, ..)| name == agent);
        self.reached.extend(of_agent.map(|(_, flow, step)| (flow, step)));
        let warn = |title: String| format!("a title was cut to what WhatsApp shows: `{title}`");
        self.warnings.extend(player.cut.into_iter().map(warn));
    }
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
        let response = match player.say(content).await {
            Ok(response) => response,
            Err(error) => {
                played.fail(Failed::new(
                    format!("hostile input {shown}"),
                    format!("the turn was not settled: {error:#}"),
                ));
                break;
            }
        };
        played.times.push(started.elapsed());
        match response.error.filter(|error| !leaves_the_folder(error, plugins, &mut played)) {
            None => played.passed += 1,
            Some(what) => played.fail(Failed::new(format!("hostile input {shown}"), what).with_log(&player.log)),
        }
    }
    played.take(player, agent);
    Ok(played)
}

/// Whether an error says only that a turn went to an agent that is not among those that are tested, which is no fault of this one. It is
/// noted as a warning.
fn leaves_the_folder(error: &str, plugins: &Plugins, played: &mut Played) -> bool {
    let named = error.split('`').nth(1).unwrap_or_default();
    let is_left = (error.starts_with("handoff to `") || error.starts_with("no agent `"))
        && !plugins.current().iter().any(|version| version.name() == named);
    if is_left {
        played.warnings.insert(format!("it hands over to `{named}`, which is not in the plugin folder"));
    }
    is_left
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
        let response = match player.say(content).await {
            Ok(response) => response,
            Err(error) => {
                let at = format!("a walk through {agent}, after {}", path[path.len() - 1]);
                played.fail(Failed::new(at, format!("the turn was not settled: {error:#}")));
                break;
            }
        };
        played.times.push(started.elapsed());
        let is_left = response.error.as_ref().is_some_and(|error| leaves_the_folder(error, plugins, &mut played));
        let wrong = match &response.error {
            _ if is_left => None,
            Some(error) => Some(error.as_str()),
            None if response.lines.iter().all(|line| line.starts_with("= ")) => Some("it said nothing"),
            None if !response.leads_on => Some("it leads nowhere"),
            None => None,
        };
        match wrong {
            None => played.passed += 1,
            Some(wrong) => {
                let last = path[path.len().saturating_sub(5)..].join("\n      ");
                let at = format!(
                    "a walk through {agent}, after\n      {last}\n      {}\n    ",
                    response.lines.join("\n      ")
                );
                played.fail(Failed::new(at, wrong).with_log(&player.log));
            }
        }
    }
    played.take(player, agent);
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

/// What could not be played, each with its line.
fn errors(script: &Script, played: &[PlayedItem]) -> Vec<Failed> {
    let error = |(item, played): (&ScriptItem, &PlayedItem)| {
        let (ScriptItem::Directive { number, .. } | ScriptItem::Step { number, .. }) = item else { return None };
        let what = played.answer.as_ref().err()?.clone();
        Some(Failed::new(format!("{}:{number}", script.path.display()), what).with_log(&played.log))
    };
    script.parts.iter().zip(played).filter_map(error).collect()
}

/// The first message whose answer differs from the file; `None` if all match.
fn difference(script: &Script, played: &[PlayedItem]) -> Option<Failed> {
    script.parts.iter().zip(played).find_map(|(item, played)| {
        let ScriptItem::Step { number, line, expected, .. } = item else { return None };
        let answer = played.answer.as_ref().ok()?;
        let shown = |lines: &[String]| lines.iter().map(|line| format!("      {line}\n")).collect::<String>();
        (expected != answer).then(|| {
            let what = format!("after `{line}`\n    expected\n{}    actual\n{}", shown(expected), shown(answer));
            Failed::new(format!("{}:{number}", script.path.display()), what).with_log(&played.log)
        })
    })
}

/// Writes a script with the actual answers; a step that could not be played keeps its lines.
fn write(script: &Script, played: &[PlayedItem]) -> std::io::Result<()> {
    let mut text = String::new();
    for (item, played) in script.parts.iter().zip(played) {
        let kept = match item {
            ScriptItem::Step { expected, .. } => expected.as_slice(),
            _ => &[],
        };
        for line in std::iter::once(&played.line).chain(played.answer.as_deref().unwrap_or(kept)) {
            text.push_str(line);
            text.push('\n');
        }
    }
    std::fs::write(&script.path, text)
}
