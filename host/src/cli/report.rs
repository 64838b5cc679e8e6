//! `switchboard report`: prints the report as text or JSON. It contains no phone numbers and no texts.

use std::fmt::Write as _;

use anyhow::Context;
use clap::Args;

use super::common::{store, time};
use crate::{
    config::Config,
    report::{Report, SINCE, milliseconds},
};
use switchboard_store::Figures;

/// The arguments.
#[derive(Args)]
pub(super) struct ReportArgs {
    /// The period up to now: 30m, 4h, 7d.
    #[arg(long, default_value = SINCE, value_parser = milliseconds)]
    since: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print CSV: a row for each agent, for each of its versions, and for all.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub(super) async fn run(args: ReportArgs) -> anyhow::Result<()> {
    let config = Config::for_command("report")?;
    let store = store(&config).await?;
    let report =
        Report::read(&store, store.now(), args.since, &config.rates).await.context("the figures could not be read")?;
    if args.json {
        println!("{:#}", report.json());
    } else if args.csv {
        print!("{}", report.csv());
    } else {
        print!("{}", text(&report));
    }
    Ok(())
}

/// The report as text.
fn text(report: &Report) -> String {
    let all = &report.all;
    let mut lines = vec![format!("From {} to {}", time(report.from), time(report.to)), String::new()];
    let mut line = |name: &str, number: i64, words: String| lines.push(format!("{name:<18}{number:>8}  {words}"));
    line("messages", all.messages, format!("of {} people", all.people));
    line("errors", all.errors, format!("{:.2} %", all.error_percent()));
    line("sessions begun", all.sessions_created, format!("{} could not begin", all.sessions_failed));
    let took = all.handoff_p95_us.map_or(String::new(), |us| format!(", p95 {:.2} ms", us as f64 / 1000.0));
    line("handoffs", all.handoffs, format!("{} refused{took}", all.handoffs_refused));
    line("flows completed", all.flows_completed, format!("{} cancelled", all.flows_cancelled));
    line("not delivered", report.deliveries.undelivered, format!("of {} sends", report.deliveries.ended));
    let sent = report.sent();
    line("billed sends", sent.sends, sent.words());
    let cost = report.cost(report.tokens()).map_or(String::new(), |dollars| format!(", {dollars:.2} US dollars"));
    let questions = report.model.iter().map(|(_, questions, _)| questions).sum();
    line("model questions", questions, format!("{} tokens{cost} (of whole days, UTC)", report.tokens()));

    let ratings = &report.ratings;
    line(
        "talks rated",
        ratings.good + ratings.bad,
        format!("of {} closed: 👍 {}, 👎 {}", ratings.asked, ratings.good, ratings.bad),
    );

    lines.push(String::new());
    lines.extend(table(&answered(report)));
    if !report.model.is_empty() {
        let head = ["model, by agent", "questions", "tokens"].map(str::to_owned).to_vec();
        let row = |(agent, questions, tokens): &(String, i64, i64)| {
            vec![agent.clone(), questions.to_string(), tokens.to_string()]
        };
        lines.push(String::new());
        lines.extend(table(&[vec![head], report.model.iter().map(row).collect()].concat()));
    }
    lines.push(String::new());
    let head = ["active sessions of the last hour", "people"].map(str::to_owned).to_vec();
    let active = report.active.iter().map(|(agent, n)| vec![agent.clone(), n.to_string()]);
    lines.extend(table(&[vec![head], active.collect()].concat()));

    let counts = &report.counts;
    let oldest = counts.oldest_queued_ms / 1000;
    lines.push(String::new());
    lines.push(format!(
        "now: {} queued (the oldest for {oldest} s), {} held, {} dead",
        counts.queued, counts.held, counts.dead
    ));
    lines.push(format!(
        "     {} replies wait, {} of them of unknown outcome, {} dead; {} forwards dead",
        counts.outbox_waiting, counts.outbox_unknown, counts.outbox_dead, counts.forwards_dead
    ));
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{}", line.trim_end());
        text
    })
}

/// The table of agents: a row for each agent, and for each of its versions if there were several.
fn answered(report: &Report) -> Vec<Vec<String>> {
    let head = ["agent", "messages", "errors", "%", "p50 ms", "p95 ms", "p99 ms", "sessions", "completed", "cancelled"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.push(row("all".into(), &report.all));
    for (agent, figures) in &report.by_agent {
        let of = |label: &str| label.rsplit_once('@').filter(|(of, _)| of == agent).map(|(_, v)| v.to_owned());
        let versions: Vec<(String, &Figures)> =
            report.by_version.iter().filter_map(|(label, figures)| Some((of(label)?, figures))).collect();
        let shown = if agent.is_empty() { "(the host)" } else { agent };
        match versions.as_slice() {
            [(version, _)] if version != "-" => rows.push(row(format!("{shown}@{version}"), figures)),
            [_] | [] => rows.push(row(shown.to_owned(), figures)),
            several => {
                rows.push(row(shown.to_owned(), figures));
                let name = |version: &str| match version {
                    "-" => "  the host for it".to_owned(),
                    _ => format!("  @{version}"),
                };
                rows.extend(several.iter().map(|(version, figures)| row(name(version), figures)));
            }
        }
    }
    rows
}

fn row(name: String, figures: &Figures) -> Vec<String> {
    let or_dash = |ms: Option<i64>| ms.map_or("-".to_owned(), |ms| ms.to_string());
    vec![
        name,
        figures.messages.to_string(),
        figures.errors.to_string(),
        format!("{:.2}", figures.error_percent()),
        or_dash(figures.p50_ms),
        or_dash(figures.p95_ms),
        or_dash(figures.p99_ms),
        figures.sessions_created.to_string(),
        figures.flows_completed.to_string(),
        figures.flows_cancelled.to_string(),
    ]
}

/// Aligns rows as a table: the first column left, all others right.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let cell = |(column, text): (usize, &String)| match column {
        0 => format!("{text:<width$}", width = widths[0]),
        _ => format!("  {text:>width$}", width = widths.get(column).copied().unwrap_or(0)),
    };
    rows.iter().map(|row| row.iter().enumerate().map(cell).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["agent".into(), "n".into()], vec!["a".into(), "1000".into()]];
        assert_eq!(table(&rows), ["agent     n", "a      1000"]);
    }
}
