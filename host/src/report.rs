//! The operator's report: figures of a period, read from the database. Contains no phone numbers and no texts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::prices::{Cost, Rates};
use switchboard_core::plan::Rollout;
use switchboard_store::{BilledSends, By, Counts, Deliveries, Figures, Ratings, Slice, Store, StoreError};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The default period.
pub const SINCE: &str = "4h";

/// Parses a period such as `30m`, `4h` or `7d` into milliseconds; the error is a sentence.
pub fn milliseconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a period: use 30m, 4h or 7d");
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

/// What a day of messages costs in a rollout, in US dollars; none if a price is not known.
pub struct StepCosts {
    /// At this step.
    pub now: Option<f64>,
    /// At the next one, if there is one: its percent and what it would cost.
    pub next: Option<(f64, Option<f64>)>,
}

impl StepCosts {
    /// Of a rollout's step, from what it cost so far, at most a day; none if it stands for less than an hour.
    pub async fn of(
        store: &Store,
        rollout: &Rollout,
        rates: &Rates,
        now: i64,
    ) -> Result<Option<StepCosts>, StoreError> {
        let since = (now - rollout.step_since).min(DAY_MS);
        if since < HOUR_MS || rollout.percent <= 0.0 {
            return Ok(None);
        }
        let report = Report::read(store, now, since, rates).await?;
        let next = rollout.plan.steps.get(rollout.step + 1).filter(|_| rollout.state.is_under_way());
        let at = |percent: f64| report.day_dollars(rollout.percent, percent);
        Ok(Some(StepCosts { now: at(rollout.percent), next: next.map(|step| (step.percent, at(step.percent))) }))
    }
}

/// The figures of a period.
pub struct Report {
    /// The period's start, in milliseconds since the epoch.
    pub from: i64,
    /// The period's end, in milliseconds since the epoch.
    pub to: i64,
    /// Totals.
    pub all: Figures,
    /// Per agent.
    pub by_agent: Vec<(String, Figures)>,
    /// Per version, as `agent@version`.
    pub by_version: Vec<(String, Figures)>,
    /// People with a session active in the last hour, per agent.
    pub active: Vec<(String, i64)>,
    /// Agent, model requests, tokens; recorded per day, so for whole UTC days.
    pub model: Vec<(String, i64, i64)>,
    /// What the model and messages cost.
    pub rates: Rates,
    /// Messages sent that Meta bills.
    pub billed: Vec<BilledSends>,
    /// What became of the sends of the period.
    pub deliveries: Deliveries,
    /// Whether people were satisfied with humans.
    pub ratings: Ratings,
    /// Current queue lengths.
    pub counts: Counts,
}

impl Report {
    /// Reads the figures of the `since` milliseconds before `now`.
    pub async fn read(store: &Store, now: i64, since: i64, rates: &Rates) -> Result<Report, StoreError> {
        let from = now - since;
        Ok(Report {
            from,
            to: now,
            all: store.figures(&Slice::all(from, now)).await?,
            by_agent: store.figures_by(from, now, By::Agent).await?,
            by_version: store.figures_by(from, now, By::Version).await?,
            active: store.active_sessions(now - HOUR_MS).await?,
            model: store.model_spent(from, now).await?,
            rates: rates.clone(),
            billed: store.billed_sends(from, now).await?,
            deliveries: store.deliveries(from, now).await?,
            ratings: store.ratings(from, now).await?,
            counts: store.counts(now).await?,
        })
    }

    /// The cost of so many tokens in US dollars, if a price is configured.
    pub fn cost(&self, tokens: i64) -> Option<f64> {
        self.rates.model_dollars(tokens)
    }

    /// What the messages that Meta bills cost.
    pub fn sent(&self) -> Cost {
        self.rates.messages.cost(&self.billed)
    }

    /// The same for each day (UTC), each agent and each version, as `agent@version`.
    fn sent_by(&self, by: impl Fn(&BilledSends) -> String) -> BTreeMap<String, Cost> {
        self.rates.messages.costs(&self.billed, by)
    }

    /// What a conversation cost that was begun: messages and model. None if a price is not known, or nothing was begun.
    pub fn conversation_dollars(&self) -> Option<f64> {
        self.rates.conversation_dollars(&self.billed, self.tokens(), self.all.sessions_created)
    }

    /// What a day of messages costs with a part of the people served, in US dollars: from what the period cost with another part. None if a
    /// price is not known, or nobody was served.
    fn day_dollars(&self, served_percent: f64, percent: f64) -> Option<f64> {
        let days = (self.to - self.from) as f64 / DAY_MS as f64;
        let day = self.sent().dollars()? / days;
        (served_percent > 0.0).then(|| day * percent / served_percent)
    }

    /// The tokens of all agents.
    pub fn tokens(&self) -> i64 {
        self.model.iter().map(|(_, _, tokens)| tokens).sum()
    }

    /// The report as CSV (RFC 4180, lines end in a newline): a row for all, for each agent and for each version. Times are in milliseconds;
    /// a figure that is not known is empty.
    pub fn csv(&self) -> String {
        let head = "from,to,of,messages,people,errors,error_percent,p50_ms,p95_ms,p99_ms,sessions,completed,cancelled,handoffs,billed_sends,dollars";
        let known = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
        let (from, to) = (stamp(self.from), stamp(self.to));
        let costs: BTreeMap<String, Cost> = self
            .sent_by(agent_of)
            .into_iter()
            .chain(self.sent_by(version_of))
            .chain([("all".into(), self.sent())])
            .collect();
        let row = |of: &str, part: &Figures| {
            let cost = costs.get(of).copied().unwrap_or_default();
            let dollars = cost.dollars().map_or_else(String::new, |dollars| format!("{dollars:.4}"));
            let (p50, p95, p99) = (known(part.p50_ms), known(part.p95_ms), known(part.p99_ms));
            format!(
                "{from},{to},{},{},{},{},{:.2},{p50},{p95},{p99},{},{},{},{},{},{dollars}\n",
                quoted(of),
                part.messages,
                part.people,
                part.errors,
                part.error_percent(),
                part.sessions_created,
                part.flows_completed,
                part.flows_cancelled,
                part.handoffs,
                cost.sends,
            )
        };
        let parts = self.by_agent.iter().chain(&self.by_version).filter(|(of, _)| !of.is_empty());
        std::iter::once(format!("{head}\n"))
            .chain(std::iter::once(row("all", &self.all)))
            .chain(parts.map(|(of, part)| row(of, part)))
            .collect()
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
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
            "billed_sends": self.sent().sends,
            "costs": {
                "messages": self.sent().json(),
                "by_agent": costs(self.sent_by(agent_of)),
                "by_version": costs(self.sent_by(version_of)),
                "by_day": costs(self.sent_by(day_of)),
                "per_conversation": self.conversation_dollars(),
            },
            "deliveries": self.deliveries,
            "satisfaction": self.ratings,
            "waiting": self.counts,
        })
    }
}

fn costs(costs: BTreeMap<String, Cost>) -> Value {
    costs.into_iter().map(|(of, cost)| (of, cost.json())).collect()
}

fn agent_of(sends: &BilledSends) -> String {
    sends.agent.clone()
}

fn version_of(sends: &BilledSends) -> String {
    format!("{}@{}", sends.agent, sends.version)
}

fn day_of(sends: &BilledSends) -> String {
    let day = jiff::Timestamp::from_millisecond(sends.day * DAY_MS).unwrap_or_default();
    day.strftime("%Y-%m-%d").to_string()
}

/// A field of CSV: in quotes where it must be. What a spreadsheet would take for a formula begins with a quote mark.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

fn stamp(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted() {
        assert_eq!(quoted("jobs@1.0.0"), "jobs@1.0.0");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }

    #[test]
    fn a_period_is_parsed() {
        assert_eq!(milliseconds("30m"), Ok(1_800_000));
        assert_eq!(milliseconds("4h"), Ok(4 * HOUR_MS));
        assert_eq!(milliseconds("7d"), Ok(7 * DAY_MS));
        for wrong in ["", "h", "4", "4 h", "-4h", "0h", "4ü", "99999999999999999d"] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }
}
