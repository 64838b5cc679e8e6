//! The candidate of an agent: its step, and its figures beside those of the stable version.

use super::version_names::Names;
use super::{agents::short, answer::ConsoleError, request::PageRequest, state::Measured};
use crate::rollout;
use switchboard_console::{
    Clock, Language,
    pages::{Trial, TrialRow},
};
use switchboard_core::plan::{Outcome, Rollout, State};
use switchboard_store::Figures;

const HOUR_MS: f64 = 3_600_000.0;

pub(super) async fn trial(
    request: &PageRequest,
    row: &Rollout,
    names: &Names,
    clock: &Clock,
) -> Result<Trial, ConsoleError> {
    let (t, language) = (request.t(), request.look.language);
    let sha256 = row.candidate.as_deref().unwrap_or_default();
    let gated = rollout::held_by_gate(row);
    let state = match (row.state, gated) {
        (_, Some(reason)) if reason.contains("differs") => ("warn", t.agents.state_differs),
        (_, Some(_)) => ("", t.agents.state_gate),
        (State::Held, None) if row.percent > 0.0 => ("warn", t.shared.state_held),
        (State::Held, None) => ("warn", t.agents.state_waits),
        _ => ("violet", t.agents.state_trial),
    };
    let mut sentences = Vec::new();
    if row.state == State::Held || row.outcome == Outcome::Held {
        sentences.push(row.reason.clone());
    }
    if row.state == State::Running {
        sentences.extend(next(row, clock, language));
    }
    let figures = match row.percent > 0.0 {
        true => compared(&request.console.measured(row).await?, language),
        false => Vec::new(),
    };
    Ok(Trial {
        version: (names.get(sha256).unwrap_or_default().to_owned(), short(sha256)),
        percent: row.percent,
        state,
        sentences,
        figures,
        can_hold: row.state == State::Running,
        can_resume: row.state == State::Held && row.percent > 0.0,
        can_promote: gated.is_none(),
    })
}

/// What comes after the present step.
fn next(row: &Rollout, clock: &Clock, language: Language) -> Option<String> {
    let (t, step) = (language.texts(), row.plan.steps.get(row.step)?);
    let after = row.plan.steps.get(row.step + 1);
    let words = if after.is_some() { t.agents.trial_next } else { t.agents.trial_last };
    let at = row.step_since + (step.hours * HOUR_MS) as i64;
    let words = words.replace("{percent}", &language.percent(after.map_or(100.0, |next| next.percent)));
    let words = words.replace("{at}", &clock.when(at, language)).replace("{n}", &language.count(step.min_messages));
    Some(words.replace("{limit}", &language.percent(step.max_error_percent)))
}

/// The candidate's figures beside those of the control group.
fn compared(measured: &Measured, language: Language) -> Vec<TrialRow> {
    let t = language.texts();
    let (tried, stable) = (&measured.step.step, measured.control.clone().unwrap_or_default());
    let none = || ("", String::new());
    let with_interval = |figures: &Figures| match figures.error_interval() {
        Some((low, high)) => {
            let percent = language.percent(figures.error_percent());
            format!("{percent} ({}–{})", language.decimal(low, 1), language.decimal(high, 1))
        }
        None => "–".to_owned(),
    };
    let period = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), |ms| language.period(ms));
    let share = |percent: Option<f64>| percent.map_or_else(|| "–".to_owned(), |share| language.percent(share.round()));
    vec![
        TrialRow {
            name: t.shared.messages,
            tried: language.count(tried.messages),
            stable: language.count(stable.messages),
            differs: none(),
        },
        TrialRow {
            name: t.agents.errors_interval,
            tried: with_interval(tried),
            stable: with_interval(&stable),
            differs: errors_differ(tried, &stable, language).unwrap_or_else(none),
        },
        TrialRow {
            name: t.shared.limit_answer,
            tried: period(tried.p95_ms),
            stable: period(stable.p95_ms),
            differs: tried.p95_ms.zip(stable.p95_ms).map_or_else(none, |(tried, stable)| {
                let sign = if tried >= stable { "+" } else { "−" };
                (
                    if tried > stable { "warn" } else { "ok" },
                    format!("{sign}{}", language.period((tried - stable).abs())),
                )
            }),
        },
        TrialRow {
            name: t.agents.flows_done,
            tried: share(tried.completed_percent()),
            stable: share(stable.completed_percent()),
            differs: none(),
        },
    ]
}

/// How the errors differ; as long as their intervals overlap that is unsure.
fn errors_differ(tried: &Figures, stable: &Figures, language: Language) -> Option<(&'static str, String)> {
    let ((low, high), (stable_low, stable_high)) = (tried.error_interval()?, stable.error_interval()?);
    let by = tried.error_percent() - stable.error_percent();
    let sign = if by < 0.0 { "−" } else { "+" };
    let words = format!("{sign}{}", language.percent((by.abs() * 10.0).round() / 10.0));
    Some(match () {
        () if low > stable_high => ("bad", words),
        () if high < stable_low => ("ok", words),
        () if by > 0.0 => ("warn", language.texts().agents.unsure_more.replace("{n}", &words)),
        () => ("dim", language.texts().agents.unsure_more.replace("{n}", &words)),
    })
}
