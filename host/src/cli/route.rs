//! `switchboard route`: evaluates keyword routing on labelled sentences, without a model.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;

use crate::config::Config;
use switchboard_core::session::Session;
use switchboard_sandbox::{plugins::Plugins, route};
use switchboard_understand::Analysis;

/// The arguments.
#[derive(Args)]
pub(super) struct RouteArgs {
    /// Files of labelled sentences: language, agent and text, separated by tabs.
    files: Vec<PathBuf>,
    /// Print the sentences that were routed wrongly.
    #[arg(long)]
    wrong: bool,
    /// Fail if the share of correctly routed sentences is below this, or below `each` for any agent.
    #[arg(long)]
    least: Option<f64>,
    /// See `least`.
    #[arg(long, default_value_t = 0.8)]
    each: f64,
}

/// A labelled sentence.
struct Labelled {
    language: String,
    agent: String,
    text: String,
}

/// A confusion matrix: for each labelled agent, how often which agent was chosen.
#[derive(Default)]
struct Matrix(BTreeMap<String, BTreeMap<String, usize>>);

impl Matrix {
    fn count(&mut self, labelled: &str, chosen: &str) {
        *self.0.entry(labelled.to_owned()).or_default().entry(chosen.to_owned()).or_default() += 1;
    }

    fn right(&self, agent: &str) -> (usize, usize) {
        let row = self.0.get(agent);
        let all = row.map_or(0, |row| row.values().sum());
        (row.and_then(|row| row.get(agent)).copied().unwrap_or(0), all)
    }

    fn total(&self) -> (usize, usize) {
        self.0.keys().map(|agent| self.right(agent)).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    }
}

pub(super) async fn run(args: RouteArgs) -> anyhow::Result<()> {
    let config = Config::for_command("route")?;
    let agents = Plugins::load_once(config.plugins_config()).await?.current();
    for file in &args.files {
        let labelled = read(file)?;
        let (mut matrix, mut languages) = (Matrix::default(), Matrix::default());
        for one in &labelled {
            let chosen = route::choose(
                Some(&Analysis::of(&one.text)),
                &fresh(),
                agents.index(),
                |name| agents.get(name).is_some(),
                0,
            );
            matrix.count(&one.agent, &chosen.agent);
            languages.count(&one.language, if chosen.agent == one.agent { &one.language } else { "wrong" });
            if args.wrong && chosen.agent != one.agent {
                println!("{:16} not {:16} {:.2} {}", one.agent, chosen.agent, chosen.confidence, one.text);
            }
        }
        println!("{}: {} sentences", file.display(), labelled.len());
        print(&matrix);
        for language in languages.0.keys() {
            let (right, all) = languages.right(language);
            println!("  {language}: {right} of {all}");
        }
        let (right, all) = matrix.total();
        let share = |(right, all): (usize, usize)| right as f64 / all.max(1) as f64;
        println!("  all: {right} of {all}, {:.1} %\n", 100.0 * share((right, all)));
        if let Some(least) = args.least {
            if share((right, all)) < least {
                bail!("fewer than {least} are right");
            }
            if let Some(agent) = matrix.0.keys().find(|agent| share(matrix.right(agent)) < args.each) {
                bail!("for `{agent}` fewer than {} are right", args.each);
            }
        }
    }
    Ok(())
}

fn print(matrix: &Matrix) {
    let chosen: BTreeSet<&String> = matrix.0.values().flat_map(BTreeMap::keys).collect();
    let head: Vec<String> =
        chosen.iter().map(|name| format!("{:>5}", name.chars().take(5).collect::<String>())).collect();
    println!("  {:16} {}  right", "", head.join(""));
    for (agent, row) in &matrix.0 {
        let cells: Vec<String> = chosen
            .iter()
            .map(|name| row.get(*name).map_or_else(|| format!("{:>5}", "."), |count| format!("{count:>5}")))
            .collect();
        let (right, all) = matrix.right(agent);
        println!("  {agent:16} {}  {:>4.0} %", cells.join(""), 100.0 * right as f64 / all.max(1) as f64);
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Labelled>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let mut fields = line.splitn(3, '\t');
            match (fields.next(), fields.next(), fields.next()) {
                (Some(language), Some(agent), Some(text)) => {
                    Ok(Labelled { language: language.into(), agent: agent.into(), text: text.into() })
                }
                _ => bail!("{}:{}: a line is language, agent and text, separated by tabs", file.display(), at + 1),
            }
        })
        .collect()
}

/// A session without history.
fn fresh() -> Session {
    Session { agent: route::FALLBACK.to_owned(), ..Session::default() }
}
