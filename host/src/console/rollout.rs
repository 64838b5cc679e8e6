//! `/rollout`: the service's rollout, its limits, and what is done with it.

use axum::{extract::Path, http::StatusCode};
use switchboard_console::{
    Clock, Language, Level, Notice, Place,
    pages::{Leg, LimitRow, RolloutPage, Step},
};
use switchboard_core::plan::{Outcome, Plan, Rollout, SERVICE_ROLLOUT, State};

use super::{
    agent::{decision, reason},
    answer::{ConsoleError, PageResult, page, see},
    request::PageRequest,
    view::About,
};
use crate::{
    flags::FirstRow,
    rollout::{self, LimitOf, OrderError, RolloutOrder, StepLimit},
};

const HOUR_MS: f64 = 3_600_000.0;

/// How many decisions are shown.
const DECISIONS: i64 = 20;

pub(super) async fn show(request: PageRequest) -> PageResult {
    let notice = done(&request);
    shown(&request, notice).await
}

/// What was done, as a sentence.
fn done(request: &PageRequest) -> Option<Notice> {
    let (t, fields) = (request.t(), &request.fields);
    let words = match fields.get("done") {
        "hold" => t.shared.done_hold.to_owned(),
        "resume" => t.shared.done_resume.to_owned(),
        "advance" => t.rollout.done_advance.to_owned(),
        "abort" => t.rollout.done_abort.to_owned(),
        "start" => t.rollout.done_start.to_owned(),
        "release" => {
            let released = fields.get("n").parse().unwrap_or_default();
            request.look.language.plural(t.rollout.done_released, t.rollout.done_released_more, released)
        }
        _ => return None,
    };
    Some(Notice { level: Level::Fine, words })
}

async fn shown(request: &PageRequest, notice: Option<Notice>) -> PageResult {
    let (console, t, language) = (&request.console, request.t(), request.look.language);
    let (store, now) = (&console.app.store, console.now().await);
    let row = store.rollout(SERVICE_ROLLOUT).await?;
    let decisions = store.decisions(SERVICE_ROLLOUT, DECISIONS).await?;
    let mut about = About::new(Place::Rollout, t.frame.rollout).topics("rollout");
    about.notice = notice;
    let f = request.frame(&now, about);
    let under_way = row.as_ref().filter(|row| row.state.is_under_way());
    let limits = match under_way {
        Some(row) => {
            let measured = console.measured(row).await?;
            let clocks_ms = rollout::clocks_ms(store).await?;
            let limits = rollout::step_limits(row, &measured.step, clocks_ms);
            limits.iter().map(|limit| limit_row(limit, language)).collect()
        }
        None => Vec::new(),
    };
    let flags = console.app.flags.current();
    let is_off = !flags.document.unified_service_enabled;
    // That of the flags: a person may have set another than the rollout.
    let percent = flags.document.served_percent();
    page(&RolloutPage {
        sentence: match is_off {
            true => t.rollout.rollout_off.to_owned(),
            false => t.rollout.rollout_sentence.replace("{percent}", &language.percent(percent)),
        },
        standing: row.as_ref().map(|row| standing(row, language)),
        legs: row
            .as_ref()
            .filter(|row| !row.plan.steps.is_empty())
            .map(|row| legs(row, &f.clock, language))
            .unwrap_or_default(),
        next: under_way.filter(|row| row.state == State::Running).and_then(|row| next(row, &f.clock, language)),
        percent,
        limits,
        looked_at: under_way.map(|row| row.looked_at).filter(|at| *at > 0),
        decisions: decisions.iter().map(|one| decision(one, language)).collect(),
        advance_to: under_way.map(|row| row.advanced("", "", 0).percent).filter(|to| *to > percent),
        can_start: under_way.is_none(),
        starts_with: Plan::default().steps.first().map_or(0.0, |step| step.percent),
        can_hold: under_way.is_some_and(|row| row.state == State::Running),
        can_resume: row.as_ref().is_some_and(can_resume),
        held: now.snapshot.counts.held,
        f,
    })
}

fn can_resume(row: &Rollout) -> bool {
    matches!(row.state, State::Held | State::Aborted) && !row.plan.steps.is_empty()
}

/// What a rollout's state is, and why.
fn standing(row: &Rollout, language: Language) -> (Level, String, String) {
    let t = language.texts();
    let (level, title) = match row.state {
        State::Running if matches!(row.outcome, Outcome::Held | Outcome::Error) => {
            (Level::Warn, t.rollout.rollout_stays.to_owned())
        }
        State::Running => (Level::Fine, t.rollout.rollout_running.to_owned()),
        State::Held => (Level::Warn, t.rollout.rollout_held.replace("{who}", &row.who)),
        State::Aborted => (Level::Bad, t.rollout.rollout_aborted.to_owned()),
        State::Completed => (Level::Fine, t.rollout.rollout_completed.to_owned()),
    };
    (level, title, row.reason.clone())
}

/// The plan's steps.
fn legs(row: &Rollout, clock: &Clock, language: Language) -> Vec<Leg> {
    let t = language.texts();
    let leg = |(nth, step): (usize, &switchboard_core::plan::Step)| {
        let length = (step.hours * HOUR_MS) as i64;
        let place = match nth {
            _ if row.state == State::Completed => Step::Past,
            nth if nth < row.step => Step::Past,
            nth if nth == row.step && row.state.is_under_way() => Step::Now,
            _ => Step::Later,
        };
        let over = ((clock.now - row.step_since) as f64 / length.max(1) as f64 * 100.0).clamp(0.0, 100.0);
        let lasts = language.period(length);
        let asks = t.rollout.step_asks.replace("{limit}", &language.percent(step.max_error_percent));
        Leg {
            step: place,
            percent: step.percent,
            when: match place {
                Step::Now => {
                    t.rollout.step_since.replace("{at}", &clock.when(row.step_since, language)).replace("{n}", &lasts)
                }
                _ => t.rollout.step_for.replace("{n}", &lasts),
            },
            over: (place == Step::Now).then_some(over.round()),
            asks: asks.replace("{n}", &language.count(step.min_messages)),
        }
    };
    row.plan.steps.iter().enumerate().map(leg).collect()
}

/// What comes next, and when at the earliest.
fn next(row: &Rollout, clock: &Clock, language: Language) -> Option<String> {
    let (t, step) = (language.texts(), row.plan.steps.get(row.step)?);
    let at = clock.when((row.step_since + (step.hours * HOUR_MS) as i64).max(clock.now), language);
    Some(match row.plan.steps.get(row.step + 1) {
        Some(next) => t.rollout.next_step.replace("{percent}", &language.percent(next.percent)).replace("{at}", &at),
        None => t.rollout.next_end.replace("{at}", &at),
    })
}

fn limit_row(limit: &StepLimit, language: Language) -> LimitRow {
    let t = language.texts();
    let ms = |ms: f64| language.period(ms as i64);
    let us = |us: f64| format!("{}\u{202f}ms", language.decimal(us / 1000.0, 2));
    let count = |n: f64| language.count(n as i64);
    let percent = |percent: f64| language.percent(percent);
    let dollars = |sum: f64| format!("{}\u{202f}US$", language.decimal(sum, 3));
    let (name, words, shown): (_, _, Box<dyn Fn(f64) -> String>) = match limit.of {
        LimitOf::Errors => (t.rollout.limit_errors, t.shared.below, Box::new(percent)),
        LimitOf::Answer => (t.shared.limit_answer, t.shared.below, Box::new(ms)),
        LimitOf::Sessions => (t.rollout.limit_sessions, t.rollout.at_least, Box::new(percent)),
        LimitOf::Handoff => (t.rollout.limit_handoff, t.shared.below, Box::new(us)),
        LimitOf::Messages => (t.rollout.limit_messages, t.rollout.at_least, Box::new(count)),
        LimitOf::Silence => (t.rollout.limit_silence, t.rollout.within, Box::new(count)),
        LimitOf::Clocks => (t.rollout.limit_clocks, t.rollout.at_most, Box::new(ms)),
        LimitOf::Cost => (t.rollout.limit_cost, t.shared.below, Box::new(dollars)),
        LimitOf::Humans => (t.rollout.limit_humans, t.shared.below, Box::new(percent)),
        LimitOf::Satisfied => (t.rollout.limit_satisfied, t.rollout.at_least, Box::new(percent)),
    };
    let bound = match limit.of {
        LimitOf::Silence => ms(limit.limit * HOUR_MS),
        _ => shown(limit.limit),
    };
    let near = match limit.of {
        LimitOf::Silence => limit.now.map_or(0.0, |now| if now > 0.0 { 100.0 } else { 0.0 }),
        _ => limit.now.unwrap_or(0.0) / limit.limit.max(f64::MIN_POSITIVE) * 100.0,
    };
    LimitRow {
        name,
        now: match (limit.now, limit.interval) {
            (None, _) => t.shared.unknown.to_owned(),
            (Some(now), None) => shown(now),
            (Some(now), Some((low, high))) => {
                format!("{} ({}–{})", shown(now), language.decimal(low, 1), language.decimal(high, 1))
            }
        },
        limit: words.replace("{n}", &bound),
        holds: limit.holds,
        near: near.clamp(0.0, 100.0).round(),
    }
}

/// An act on the rollout. What was refused is said on the page.
pub(super) async fn act(request: PageRequest, Path(act): Path<String>) -> PageResult {
    let PageRequest { console, guest, .. } = &request;
    let (app, actor, now) = (&console.app, &guest.actor, console.app.clock.now());
    let agents = console.agents();
    let first = FirstRow { agents: &agents, without_row: app.flags.without_row() };
    let order = match act.as_str() {
        "start" => None,
        "release" => {
            let released = app.store.release_held(actor, now).await?;
            return see(&format!("/rollout?done=release&n={released}"));
        }
        "hold" => Some(RolloutOrder::Hold(reason(&request))),
        "resume" => Some(RolloutOrder::Resume),
        "advance" => Some(RolloutOrder::Advance),
        "abort" => Some(RolloutOrder::Abort(reason(&request))),
        _ => return Err(ConsoleError::NotFound),
    };
    let moved = match &order {
        Some(order) => rollout::order(&app.store, first, order, actor, now).await,
        None => rollout::start(&app.store, first, Plan::default(), actor, now).await,
    };
    match moved {
        Ok(_) => {
            // In force here at once, at other hosts within a second.
            app.flags.reread().await?;
            see(&format!("/rollout?done={act}"))
        }
        Err(OrderError::Store(error)) => Err(error.into()),
        Err(error) => {
            let notice = Some(Notice { level: Level::Bad, words: error.to_string() });
            let mut response = shown(&request, notice).await?;
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
    }
}
