//! What was measured, as one table: printed, and written between the markers of `docs/performance.md`.

use std::{fmt::Write as _, path::Path};

use anyhow::Context;

const BEGIN: &str = "<!-- bench: written by `make bench` from here -->";
const END: &str = "<!-- bench: to here -->";

/// A goal that a figure has, and whether it came up to it.
#[derive(Clone)]
pub struct Goal {
    words: String,
    met: bool,
}

impl Goal {
    /// At the most.
    pub fn at_most(figure: f64, goal: f64, unit: &str) -> Goal {
        Goal { words: format!("≤ {goal}{unit}"), met: figure <= goal }
    }

    /// At the least.
    pub fn at_least(figure: f64, goal: f64, unit: &str) -> Goal {
        Goal { words: format!("≥ {goal}{unit}"), met: figure >= goal }
    }
}

/// The report, line by line.
#[derive(Default)]
pub struct Report {
    table: String,
    n_missed: usize,
}

impl Report {
    /// A heading, with a sentence on what is measured and how.
    pub fn section(&mut self, title: &str, about: &str) {
        let heading = format!("\n### {title}\n\n{about}\n\n| what | measured | goal | |\n|---|---|---|---|\n");
        print!("{heading}");
        self.table.push_str(&heading);
    }

    /// A figure without a goal: a floor, or what a goal is compared with.
    pub fn line(&mut self, what: &str, measured: impl ToString) {
        self.push(format!("| {what} | {} | | |\n", measured.to_string()));
    }

    /// A figure with a goal.
    pub fn goal(&mut self, what: &str, measured: impl ToString, goal: Goal) {
        let word = if goal.met { "met" } else { "**missed**" };
        self.n_missed += usize::from(!goal.met);
        self.push(format!("| **{what}** | **{}** | {} | {word} |\n", measured.to_string(), goal.words));
    }

    fn push(&mut self, line: String) {
        print!("{line}");
        self.table.push_str(&line);
    }

    /// Goals that were missed.
    pub fn n_missed(&self) -> usize {
        self.n_missed
    }

    /// Replaces what the file has between the markers.
    pub fn write(&self, path: &Path, command: &str) -> anyhow::Result<()> {
        let page = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let (before, rest) = page.split_once(BEGIN).context("docs/performance.md has lost its first marker")?;
        let (_, after) = rest.split_once(END).context("docs/performance.md has lost its second marker")?;
        let machine = machine();
        let page = format!("{before}{BEGIN}\n\n`{command}`, {machine}\n{}\n{END}{after}", self.table);
        std::fs::write(path, page).with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// Date, processor, cores, memory and kernel, in a line.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let mut line = String::new();
    let today = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let kernel = read("/proc/sys/kernel/osrelease").trim().to_owned();
    let memory_kb: f64 =
        field(&read("/proc/meminfo"), "MemTotal").split(' ').next().and_then(|kb| kb.parse().ok()).unwrap_or(0.0);
    let _ = write!(line, "{today}, {cores} cores of {processor}, {:.0} GiB, Linux {kernel}", memory_kb / 1048576.0);
    line
}
