//! The limits of a rollout's step beside what is measured, for people to see how near each is. What is done by them is
//! [`decide`](super::decide)'s.

use super::decide::StepFigures;
use switchboard_core::plan::Rollout;

/// What a limit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitOf {
    /// Errors in percent of messages; below.
    Errors,
    /// Sessions that begin, in percent; at least.
    Sessions,
    /// Milliseconds in which 95 of 100 are answered; below.
    Answer,
    /// Microseconds that 95 of 100 handoffs take; below.
    Handoff,
    /// Messages in this step; at least.
    Messages,
    /// Messages within the plan's `silent_hours`, which is the limit; at least one.
    Silence,
    /// Milliseconds by which the clocks of the hosts differ; at most.
    Clocks,
}

/// A limit of a step, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StepLimit {
    /// What it is of.
    pub of: LimitOf,
    /// What is measured; none if nothing is known yet.
    pub now: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// Whether it is kept. What is not known yet breaks no limit.
    pub holds: bool,
}

/// The limits of a rollout's present step; none if the plan has no such step.
pub fn step_limits(rollout: &Rollout, measured: &StepFigures, clocks_ms: i64) -> Vec<StepLimit> {
    let Some(step) = rollout.plan.steps.get(rollout.step) else { return Vec::new() };
    let (limits, figures) = (&rollout.plan.limits, &measured.step);
    let below =
        |of, now: Option<f64>, limit: f64| StepLimit { of, now, limit, holds: now.is_none_or(|now| now < limit) };
    let at_least =
        |of, now: Option<f64>, limit: f64| StepLimit { of, now, limit, holds: now.is_none_or(|now| now >= limit) };
    let sessions = figures.sessions_created + figures.sessions_failed;
    vec![
        below(LimitOf::Errors, (figures.messages > 0).then(|| figures.error_percent()), step.max_error_percent),
        below(LimitOf::Answer, figures.p95_ms.map(|ms| ms as f64), limits.p95_ms as f64),
        at_least(LimitOf::Sessions, (sessions > 0).then(|| figures.session_percent()), limits.min_session_percent),
        below(LimitOf::Handoff, figures.handoff_p95_us.map(|us| us as f64), limits.handoff_p95_us as f64),
        at_least(LimitOf::Messages, Some(figures.messages as f64), step.min_messages as f64),
        StepLimit {
            of: LimitOf::Silence,
            now: Some(measured.recent as f64),
            limit: limits.silent_hours,
            holds: measured.recent > 0,
        },
        StepLimit {
            of: LimitOf::Clocks,
            now: Some(clocks_ms as f64),
            limit: limits.clocks_ms as f64,
            holds: clocks_ms <= limits.clocks_ms,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::{
        super::decide::{Decision, Observation, decide},
        *,
    };
    use switchboard_core::plan::Plan;
    use switchboard_store::Figures;

    /// What the page says of a limit is what the controller does: it goes on if all are kept, and not if one is broken.
    #[test]
    fn the_controller_goes_on_where_all_limits_are_kept() {
        let rollout = Rollout::begin("service", Plan::default(), 0, "ann");
        let good = Figures {
            messages: 1000,
            sessions_created: 1000,
            p95_ms: Some(300),
            handoff_p95_us: Some(50),
            ..Figures::default()
        };
        let cases: [(LimitOf, Figures, i64, i64); 7] = [
            (LimitOf::Errors, Figures { errors: 10, ..good.clone() }, 1, 0),
            (LimitOf::Answer, Figures { p95_ms: Some(2000), ..good.clone() }, 1, 0),
            (LimitOf::Sessions, Figures { sessions_failed: 20, ..good.clone() }, 1, 0),
            (LimitOf::Handoff, Figures { handoff_p95_us: Some(5000), ..good.clone() }, 1, 0),
            (LimitOf::Messages, Figures { messages: 299, ..good.clone() }, 1, 0),
            (LimitOf::Silence, good.clone(), 0, 0),
            (LimitOf::Clocks, good.clone(), 1, 5001),
        ];
        let decided = |step: Figures, recent, clocks_ms| {
            let figures = Ok(StepFigures { step, recent });
            let now = 24 * 3_600_000;
            decide(&rollout, &Observation { flags: Some((true, 1.0)), figures, control: None, clocks_ms, now })
        };
        let all = step_limits(&rollout, &StepFigures { step: good.clone(), recent: 1 }, 0);
        assert!(all.iter().all(|one| one.holds), "{all:?}");
        assert_eq!(decided(good, 1, 0), Decision::Advance);
        for (of, figures, recent, clocks_ms) in cases {
            let all = step_limits(&rollout, &StepFigures { step: figures.clone(), recent }, clocks_ms);
            let broken: Vec<LimitOf> = all.iter().filter(|one| !one.holds).map(|one| one.of).collect();
            assert_eq!(broken, [of]);
            assert_ne!(decided(figures, recent, clocks_ms), Decision::Advance, "{of:?}");
        }
    }
}
