//! What to do with a rollout, seen what is seen. Pure. It may follow the plan or abort, nothing else; no data means to wait.

use switchboard_core::plan::{Rollout, State};
use switchboard_store::Figures;

/// With so many messages, ten times the errors allowed are no accident: the rollout is aborted before its sample is full.
const FEW: i64 = 20;

/// What the controller sees.
pub struct Sight {
    /// Of the flags' row: whether the service is on, and for how many. None where there is no row to be read.
    pub flags: Option<(bool, f64)>,
    /// What the events say, or why they could not be read.
    pub figures: Result<Seen, String>,
    /// Of an agent's version: what they say of as many people whom the stable one answered meanwhile.
    pub control: Option<Figures>,
    /// How far the clocks of the hosts differ.
    pub clocks_ms: i64,
    /// The time.
    pub now: i64,
}

/// What the events say.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Of the step so far.
    pub step: Figures,
    /// Of the plan's `silent_hours`: messages.
    pub recent: i64,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The step's time is not over, and nothing is wrong.
    Wait,
    /// On to the next step.
    Advance,
    /// It is done.
    Complete,
    /// Not on, for this reason; looked at again.
    Hold(String),
    /// The figures cannot be had; like a hold.
    Error(String),
    /// Back to nobody.
    Abort(String),
    /// A person has changed the percentage, or switched the service off: theirs counts.
    Manual {
        /// Whether the service is on.
        enabled: bool,
        /// What they set.
        percent: f64,
    },
}

/// Decides. The reasons are sentences that stay the same while the cause does: the figures are kept beside them.
pub fn decide(rollout: &Rollout, sight: &Sight) -> Decision {
    let Some(step) = rollout.plan.steps.get(rollout.step) else {
        return Decision::Hold("the plan has no such step".into());
    };
    let limits = &rollout.plan.limits;
    match sight.flags {
        None => return Decision::Hold("there is no row unified_service_flags, or it cannot be read".into()),
        Some((enabled, percent)) if !enabled || percent != rollout.percent => {
            return Decision::Manual { enabled, percent };
        }
        Some(_) => {}
    }
    let seen = match &sight.figures {
        Ok(seen) => seen,
        Err(error) => return Decision::Error(format!("the figures cannot be read: {error}")),
    };
    let figures = &seen.step;
    let is_enough = figures.messages >= step.min_messages;
    let errors = figures.error_percent();
    if let Some(control) = &sight.control
        && is_enough
        && errors >= step.max_error_percent
        && control.messages >= FEW
        && control.error_percent() >= step.max_error_percent
    {
        return Decision::Hold("the stable version errs as much: neither is to be trusted with more".into());
    }
    if is_enough && errors >= step.max_error_percent {
        return Decision::Abort(format!("errors are not below {} %", step.max_error_percent));
    }
    if figures.messages >= FEW && errors >= step.max_error_percent * 10.0 {
        return Decision::Abort(format!(
            "errors are above {} %, ten times what is allowed",
            step.max_error_percent * 10.0
        ));
    }
    let sessions = figures.sessions_created + figures.sessions_failed;
    if is_enough && sessions >= FEW && figures.session_percent() < limits.min_session_percent {
        return Decision::Abort(format!("fewer than {} % of sessions begin", limits.min_session_percent));
    }
    if rollout.state == State::Held {
        return Decision::Wait;
    }
    if sight.clocks_ms > limits.clocks_ms {
        return Decision::Hold(format!("the clocks of the hosts differ by more than {} ms", limits.clocks_ms));
    }
    let slow = figures.p95_ms.is_some_and(|p95| p95 >= limits.p95_ms);
    let as_ever = sight.control.as_ref().and_then(|control| control.p95_ms).zip(figures.p95_ms);
    // A version that is no slower than the one before it is not to blame.
    if is_enough && slow && as_ever.is_none_or(|(before, now)| now * 2 > before * 3) {
        return Decision::Hold(format!("95 of 100 messages are not answered within {} ms", limits.p95_ms));
    }
    if is_enough && figures.handoff_p95_us.is_some_and(|p95| p95 >= limits.handoff_p95_us) {
        return Decision::Hold(format!("95 of 100 handoffs do not take less than {} µs", limits.handoff_p95_us));
    }
    if sight.now - rollout.step_since < hours(step.hours) {
        return Decision::Wait;
    }
    if !is_enough {
        return Decision::Hold(format!("fewer than {} messages were answered in this step", step.min_messages));
    }
    if seen.recent == 0 {
        return Decision::Hold(format!("no message was answered in the last {} hours", limits.silent_hours));
    }
    if rollout.step + 1 < rollout.plan.steps.len() { Decision::Advance } else { Decision::Complete }
}

/// Hours in milliseconds.
pub(super) fn hours(hours: f64) -> i64 {
    (hours * 3_600_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::plan::Plan;

    const HOUR: i64 = 3_600_000;

    fn rollout(step: usize) -> Rollout {
        let plan = Plan::default();
        let percent = plan.steps[step].percent;
        Rollout { step, percent, ..Rollout::begin("service", plan, 0, "ann") }
    }

    fn sight(now: i64, figures: Figures) -> Sight {
        let figures = Ok(Seen { step: figures, recent: 1 });
        Sight { flags: Some((true, 1.0)), figures, control: None, clocks_ms: 0, now }
    }

    fn good(messages: i64) -> Figures {
        Figures {
            messages,
            sessions_created: messages,
            p95_ms: Some(300),
            handoff_p95_us: Some(50),
            ..Figures::default()
        }
    }

    #[test]
    fn the_table_of_the_plan() {
        let is = |decision: Decision| match decision {
            Decision::Wait => "wait".to_owned(),
            Decision::Advance => "advance".into(),
            Decision::Complete => "complete".into(),
            Decision::Hold(reason) => format!("hold: {reason}"),
            Decision::Error(reason) => format!("error: {reason}"),
            Decision::Abort(reason) => format!("abort: {reason}"),
            Decision::Manual { enabled, percent } => format!("manual {enabled} {percent}"),
        };
        let day = 24 * HOUR;
        let with = |change: fn(&mut Figures)| {
            let mut figures = good(1000);
            change(&mut figures);
            sight(day, figures)
        };
        for (sight, expected) in [
            (sight(day - 1, good(1000)), "wait"),
            (sight(day, good(1000)), "advance"),
            (sight(day, good(299)), "hold: fewer than 300 messages"),
            (sight(HOUR, Figures { errors: 10, ..good(1000) }), "abort: errors are not below 1 %"),
            (with(|f| f.errors = 9), "advance"),
            (sight(HOUR, Figures { errors: 2, ..good(20) }), "abort: errors are above 10 %"),
            (sight(HOUR, Figures { errors: 19, ..good(19) }), "wait"),
            (sight(day, Figures { errors: 1, ..good(299) }), "hold: fewer"),
            (with(|f| f.p95_ms = Some(2000)), "hold: 95 of 100 messages"),
            (with(|f| f.handoff_p95_us = Some(5000)), "hold: 95 of 100 handoffs"),
            (with(|f| f.sessions_failed = 11), "abort: fewer than 99 % of sessions"),
            (Sight { figures: Ok(Seen { step: good(1000), recent: 0 }), ..sight(day, good(0)) }, "hold: no message"),
            (Sight { figures: Err("gone".into()), ..sight(day, good(0)) }, "error: the figures cannot be read: gone"),
            (
                Sight {
                    control: Some(Figures { errors: 20, ..good(1000) }),
                    ..sight(HOUR, Figures { errors: 20, ..good(1000) })
                },
                "hold: the stable version errs as much",
            ),
            (Sight { control: Some(good(1000)), ..sight(HOUR, Figures { errors: 20, ..good(1000) }) }, "abort: errors"),
            (
                Sight {
                    control: Some(Figures { p95_ms: Some(2000), ..good(1000) }),
                    ..with(|f| f.p95_ms = Some(2400))
                },
                "advance",
            ),
            (Sight { control: Some(good(1000)), ..with(|f| f.p95_ms = Some(2400)) }, "hold: 95 of 100 messages"),
            (Sight { clocks_ms: 5001, ..sight(day, good(1000)) }, "hold: the clocks"),
            (Sight { flags: Some((true, 5.0)), ..sight(day, good(1000)) }, "manual true 5"),
            (Sight { flags: Some((false, 1.0)), ..sight(day, good(1000)) }, "manual false 1"),
            (Sight { flags: None, ..sight(day, good(1000)) }, "hold: there is no row"),
        ] {
            let decided = is(decide(&rollout(0), &sight));
            assert!(decided.starts_with(expected), "{decided}, not {expected}");
        }
        let last = Sight { flags: Some((true, 100.0)), ..sight(168 * HOUR, good(1000)) };
        assert_eq!(decide(&rollout(3), &last), Decision::Complete);
    }

    #[test]
    fn who_holds_is_not_passed_but_abort_goes_before() {
        let held = Rollout { state: State::Held, ..rollout(0) };
        assert_eq!(decide(&held, &sight(48 * HOUR, good(1000))), Decision::Wait);
        let bad = sight(HOUR, Figures { errors: 50, ..good(1000) });
        assert!(matches!(decide(&held, &bad), Decision::Abort(_)));
    }
}
