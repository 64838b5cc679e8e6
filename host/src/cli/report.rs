//! `switchboard report`: what the host did lately, for a person who reads, or as JSON. Figures alone: nobody's number or words.

use std::fmt::Write as _;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::store;
use crate::{
    config::Config,
    store::{By, Counts, Figures, Slice, Store},
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Args)]
pub(super) struct Options {
    /// How far back: 30m, 4h, 7d.
    #[arg(long, default_value = "4h", value_parser = milliseconds)]
    since: i64,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// `30m`, `4h`, `7d`.
fn milliseconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no time back: say 30m, 4h or 7d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let each = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => HOUR_MS,
        'd' => DAY_MS,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(each).filter(|ms| (1..=4000 * DAY_MS).contains(ms)).ok_or_else(wrong)
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    let report =
        Report::read(&store, store.now(), options.since, config.model_price).await.context("nothing could be read")?;
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// All that is told.
struct Report {
    from: i64,
    to: i64,
    all: Figures,
    by_agent: Vec<(String, Figures)>,
    by_version: Vec<(String, Figures)>,
    active: Vec<(String, i64)>,
    /// Agent, questions, tokens: kept by day, so of whole days of UTC.
    model: Vec<(String, i64, i64)>,
    price: Option<f64>,
    billed: i64,
    counts: Counts,
}

impl Report {
    async fn read(store: &Store, now: i64, since: i64, price: Option<f64>) -> anyhow::Result<Report> {
        let from = now - since;
        Ok(Report {
            from,
            to: now,
            all: store.figures(&Slice::all(from, now)).await?,
            by_agent: store.figures_by(from, now, By::Agent).await?,
            by_version: store.figures_by(from, now, By::Version).await?,
            active: store.active_sessions(now - HOUR_MS).await?,
            model: store.model_spent(from.div_euclid(DAY_MS), now.div_euclid(DAY_MS)).await?,
            price,
            billed: store.billed(from, now).await?,
            counts: store.counts(now).await?,
        })
    }

    fn cost(&self, tokens: i64) -> Option<f64> {
        self.price.map(|price| tokens as f64 * price / 1e6)
    }

    fn tokens(&self) -> i64 {
        self.model.iter().map(|(_, _, tokens)| tokens).sum()
    }

    fn json(&self) -> Value {
        let figures = |figures: &Figures| {
            let mut value = json!(figures);
            value["error_percent"] = json!(figures.error_percent());
            value["session_percent"] = json!(figures.session_percent());
            value
        };
        let parts = |parts: &[(String, Figures)]| -> Value {
            parts.iter().map(|(name, part)| (name.clone(), figures(part))).collect()
        };
        let model = |(agent, questions, tokens): &(String, i64, i64)| {
            (agent.clone(), json!({ "questions": questions, "tokens": tokens, "dollars": self.cost(*tokens) }))
        };
        json!({
            "from": stamp(self.from).to_string(),
            "to": stamp(self.to).to_string(),
            "all": figures(&self.all),
            "by_agent": parts(&self.by_agent),
            "by_version": parts(&self.by_version),
            "active_sessions": self.active.iter().map(|(agent, n)| (agent.clone(), json!(n))).collect::<Value>(),
            "model": self.model.iter().map(model).collect::<Value>(),
            "model_dollars": self.cost(self.tokens()),
            "billed_sends": self.billed,
            "waiting": self.counts,
        })
    }

    fn text(&self) -> String {
        let all = &self.all;
        let mut lines = vec![format!("From {} to {}", moment(self.from), moment(self.to)), String::new()];
        let mut line = |name: &str, number: i64, words: String| lines.push(format!("{name:<18}{number:>8}  {words}"));
        line("messages", all.messages, format!("of {} people", all.people));
        line("errors", all.errors, format!("{:.2} %", all.error_percent()));
        line("sessions begun", all.sessions_created, format!("{} could not begin", all.sessions_failed));
        let took = all.handoff_p95_us.map_or(String::new(), |us| format!(", p95 {:.2} ms", us as f64 / 1000.0));
        line("handoffs", all.handoffs, format!("{} refused{took}", all.handoffs_refused));
        line("flows completed", all.flows_completed, format!("{} cancelled", all.flows_cancelled));
        line("billed sends", self.billed, String::new());
        let cost = self.cost(self.tokens()).map_or(String::new(), |dollars| format!(", {dollars:.2} US dollars"));
        let questions = self.model.iter().map(|(_, questions, _)| questions).sum();
        line("model questions", questions, format!("{} tokens{cost} (of whole days, UTC)", self.tokens()));

        lines.push(String::new());
        lines.extend(table(&self.answered()));
        if !self.model.is_empty() {
            let head = ["model, by agent", "questions", "tokens"].map(str::to_owned).to_vec();
            let row = |(agent, questions, tokens): &(String, i64, i64)| {
                vec![agent.clone(), questions.to_string(), tokens.to_string()]
            };
            lines.push(String::new());
            lines.extend(table(&[vec![head], self.model.iter().map(row).collect()].concat()));
        }
        lines.push(String::new());
        let head = ["active sessions of the last hour", "people"].map(str::to_owned).to_vec();
        let active = self.active.iter().map(|(agent, n)| vec![agent.clone(), n.to_string()]);
        lines.extend(table(&[vec![head], active.collect()].concat()));

        let counts = &self.counts;
        let oldest = counts.oldest_queued_ms / 1000;
        lines.push(String::new());
        lines.push(format!(
            "now: {} queued (the oldest for {oldest} s), {} held, {} dead",
            counts.queued, counts.held, counts.dead
        ));
        lines.push(format!(
            "     {} replies wait, {} of them of unknown outcome, {} dead",
            counts.outbox_waiting, counts.outbox_unknown, counts.outbox_dead
        ));
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", line.trim_end());
            text
        })
    }

    /// A row for each agent, and one for each of its versions where it had several.
    fn answered(&self) -> Vec<Vec<String>> {
        let head =
            ["agent", "messages", "errors", "%", "p50 ms", "p95 ms", "p99 ms", "sessions", "completed", "cancelled"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.push(row("all".into(), &self.all));
        for (agent, figures) in &self.by_agent {
            let of = |label: &str| label.rsplit_once('@').filter(|(of, _)| of == agent).map(|(_, v)| v.to_owned());
            let versions: Vec<(String, &Figures)> =
                self.by_version.iter().filter_map(|(label, figures)| Some((of(label)?, figures))).collect();
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

/// Lines of equal columns: the first to the left, numbers to the right.
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

fn moment(ms: i64) -> String {
    stamp(ms).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn stamp(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_back_is_read() {
        assert_eq!(milliseconds("30m"), Ok(1_800_000));
        assert_eq!(milliseconds("4h"), Ok(4 * HOUR_MS));
        assert_eq!(milliseconds("7d"), Ok(7 * DAY_MS));
        for wrong in ["", "h", "4", "4 h", "-4h", "0h", "4ü", "99999999999999999d"] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["agent".into(), "n".into()], vec!["a".into(), "1000".into()]];
        assert_eq!(table(&rows), ["agent     n", "a      1000"]);
    }
}
