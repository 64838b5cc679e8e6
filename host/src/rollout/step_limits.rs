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
    /// People who ask for a human, in percent of messages; below.
    Humans,
    /// The satisfied, in percent of those who say whether they are; at least.
    Satisfied,
    /// US dollars that a conversation costs; below. Not kept while it is not known.
    Cost,
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
    /// Of errors: between which percentages the rate lies with 95 % confidence.
    pub interval: Option<(f64, f64)>,
    /// The limit.
    pub limit: f64,
    /// Whether it is kept. What is not known yet breaks no limit but that of the cost.
    pub holds: bool,
}

/// The limits of a rollout's present step; none if the plan has no such step.
pub fn step_limits(rollout: &Rollout, measured: &StepFigures, clocks_ms: i64) -> Vec<StepLimit> {
    let Some(step) = rollout.plan.steps.get(rollout.step) else { return Vec::new() };
    let (limits, figures) = (&rollout.plan.limits, &measured.step);
    let judged = |of, now: Option<f64>, limit, holds| StepLimit { of, now, interval: None, limit, holds };
    let below = |of, now: Option<f64>, limit: f64| judged(of, now, limit, now.is_none_or(|now| now < limit));
    let at_least = |of, now: Option<f64>, limit: f64| judged(of, now, limit, now.is_none_or(|now| now >= limit));
    let errors = (figures.messages > 0).then(|| figures.error_percent());
    let sessions = figures.sessions_created + figures.sessions_failed;
    let mut all = vec![
        StepLimit { interval: figures.error_interval(), ..below(LimitOf::Errors, errors, step.max_error_percent) },
        below(LimitOf::Answer, figures.p95_ms.map(|ms| ms as f64), limits.p95_ms as f64),
        at_least(LimitOf::Sessions, (sessions > 0).then(|| figures.session_percent()), limits.min_session_percent),
        below(LimitOf::Handoff, figures.handoff_p95_us.map(|us| us as f64), limits.handoff_p95_us as f64),
        at_least(LimitOf::Messages, Some(figures.messages as f64), step.min_messages as f64),
        judged(LimitOf::Silence, Some(measured.recent as f64), limits.silent_hours, measured.recent > 0),
        judged(LimitOf::Clocks, Some(clocks_ms as f64), limits.clocks_ms as f64, clocks_ms <= limits.clocks_ms),
    ];
    all.extend(limits.max_human_percent.map(|max| below(LimitOf::Humans, measured.human_percent(), max)));
    all.extend(limits.min_satisfied_percent.map(|min| at_least(LimitOf::Satisfied, measured.satisfied_percent(), min)));
    all.extend(limits.max_conversation_dollars.map(|max| {
        let dollars = measured.conversation_dollars;
        judged(LimitOf::Cost, dollars, max, dollars.is_some_and(|dollars| dollars < max))
    }));
    all
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
            let figures = Ok(StepFigures { step, recent, ..StepFigures::default() });
            let (flags, now) = (Some((true, 1.0)), 24 * 3_600_000);
            decide(&rollout, &Observation { flags, figures, control: None, clocks_ms, in_step_hours: true, now })
        };
        let measured = StepFigures { step: good.clone(), recent: 1, ..StepFigures::default() };
        let all = step_limits(&rollout, &measured, 0);
        assert!(all.iter().all(|one| one.holds), "{all:?}");
        assert_eq!(decided(good, 1, 0), Decision::Advance);
        for (of, figures, recent, clocks_ms) in cases {
            let measured = StepFigures { step: figures.clone(), recent, ..StepFigures::default() };
            let all = step_limits(&rollout, &measured, clocks_ms);
            let broken: Vec<LimitOf> = all.iter().filter(|one| !one.holds).map(|one| one.of).collect();
            assert_eq!(broken, [of]);
            assert_ne!(decided(figures, recent, clocks_ms), Decision::Advance, "{of:?}");
        }
    }
}
