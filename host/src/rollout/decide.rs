//! The decision of the rollout controller: from a rollout and an observation to the next action. Pure. It only follows the plan or
//! aborts; without data it waits.

use switchboard_core::plan::{PlanLimits, Rollout, State, Step};
use switchboard_store::{Figures, Ratings};

/// The smallest sample for an early abort: from so many messages on, ten times the allowed error rate aborts before the step's minimum.
const SAMPLE_MIN: i64 = 20;

/// What the controller observed.
pub struct Observation {
    /// The flags in force: whether the service is on, and its percentage. `None` if the row does not fit, or there is none.
    pub flags: Option<(bool, f64)>,
    /// The figures from the events, or why they could not be read.
    pub figures: Result<StepFigures, String>,
    /// For a candidate version: the figures of an equally large control group on the stable version.
    pub control: Option<Figures>,
    /// The largest difference between the hosts' clocks, in milliseconds.
    pub clocks_ms: i64,
    /// Whether steps are taken now, by the plan's `step_hours`.
    pub in_step_hours: bool,
    /// The time, in milliseconds since the epoch.
    pub now: i64,
}

/// Figures of the current step.
#[derive(Clone, Debug, Default)]
pub struct StepFigures {
    /// Since the step began.
    pub step: Figures,
    /// Messages within the plan's `silent_hours`.
    pub recent: i64,
    /// Of the service's rollout: tickets opened since the step began.
    pub tickets: i64,
    /// Of the service's rollout: what people said of the humans who answered, since the step began.
    pub ratings: Ratings,
    /// Of the service's rollout, where its plan limits it: what a conversation cost since the step began, in US dollars; none if a price is
    /// not known.
    pub conversation_dollars: Option<f64>,
}

impl StepFigures {
    /// Tickets in percent of messages; none without messages.
    pub fn human_percent(&self) -> Option<f64> {
        (self.step.messages > 0).then(|| self.tickets as f64 * 100.0 / self.step.messages as f64)
    }

    /// The satisfied in percent of those who said so; none if nobody did.
    pub fn satisfied_percent(&self) -> Option<f64> {
        let said = self.ratings.good + self.ratings.bad;
        (said > 0).then(|| self.ratings.good as f64 * 100.0 / said as f64)
    }
}

/// The controller's next action.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing: the step's time is not over, and no limit is exceeded.
    Wait,
    /// Go to the next step.
    Advance,
    /// Complete the rollout: the last step has passed.
    Complete,
    /// Stay at this step, for this reason; checked again in the next pass. Recorded with the outcome `held`.
    Stay(String),
    /// The figures cannot be read; has the effect of `Stay`.
    Error(String),
    /// Set the percentage to 0, for this reason.
    Abort(String),
    /// Adopt an operator's change of the percentage, or of the service's switch.
    Manual {
        /// Whether the service is on.
        enabled: bool,
        /// The percentage that they set.
        percent: f64,
    },
}

/// Decides the next action. A reason is a sentence without figures, so that it stays the same while its cause does; the figures are
/// stored beside it.
pub fn decide(rollout: &Rollout, observation: &Observation) -> Decision {
    let Some(step) = rollout.plan.steps.get(rollout.step) else {
        return Decision::Stay("the plan has no such step".into());
    };
    let limits = &rollout.plan.limits;
    if let Some((enabled, percent)) = observation.flags
        && (!enabled || percent != rollout.percent)
    {
        return Decision::Manual { enabled, percent };
    }
    let measured = match &observation.figures {
        Ok(measured) => measured,
        Err(error) => return Decision::Error(format!("the figures cannot be read: {error}")),
    };
    let figures = &measured.step;
    let is_enough = figures.messages >= step.min_messages;
    let errors = figures.error_percent();
    if let Some(control) = &observation.control
        && is_enough
        && errors >= step.max_error_percent
        && control.messages >= SAMPLE_MIN
        && control.error_percent() >= step.max_error_percent
    {
        return Decision::Stay("the stable version has as many errors, so the candidate gets no larger share".into());
    }
    if let Some(reason) = why_abort(step, limits, figures) {
        return Decision::Abort(reason);
    }
    if observation.flags.is_none() {
        return Decision::Stay("there is no row unified_service_flags, or it cannot be read".into());
    }
    if rollout.state == State::Held {
        return Decision::Wait;
    }
    if observation.clocks_ms > limits.clocks_ms {
        return Decision::Stay(format!("the clocks of the hosts differ by more than {} ms", limits.clocks_ms));
    }
    if let Some(reason) = why_stay(limits, observation, measured).filter(|_| is_enough) {
        return Decision::Stay(reason);
    }
    if observation.now - rollout.step_since < hours(step.hours) || !observation.in_step_hours {
        return Decision::Wait;
    }
    if !is_enough {
        return Decision::Stay(format!("fewer than {} messages were answered in this step", step.min_messages));
    }
    if measured.recent == 0 {
        return Decision::Stay(format!("no message was answered in the last {} hours", limits.silent_hours));
    }
    if rollout.step + 1 < rollout.plan.steps.len() { Decision::Advance } else { Decision::Complete }
}

/// Why a rollout is aborted: errors, or sessions that do not begin.
fn why_abort(step: &Step, limits: &PlanLimits, figures: &Figures) -> Option<String> {
    let (is_enough, errors) = (figures.messages >= step.min_messages, figures.error_percent());
    if is_enough && errors >= step.max_error_percent {
        return Some(format!("errors are not below {} %", step.max_error_percent));
    }
    let far_beyond = step.max_error_percent * 10.0;
    if figures.messages >= SAMPLE_MIN && errors >= far_beyond {
        return Some(format!("errors are above {far_beyond} %, ten times what is allowed"));
    }
    let sessions = figures.sessions_created + figures.sessions_failed;
    let too_few = is_enough && sessions >= SAMPLE_MIN && figures.session_percent() < limits.min_session_percent;
    too_few.then(|| format!("fewer than {} % of sessions begin", limits.min_session_percent))
}

/// Why a rollout lets nobody else in, though errors are few: slowness, people who are not served well, and what it costs. Of enough messages.
fn why_stay(limits: &PlanLimits, observation: &Observation, measured: &StepFigures) -> Option<String> {
    let figures = &measured.step;
    let slow = figures.p95_ms.is_some_and(|p95| p95 >= limits.p95_ms);
    let compared = observation.control.as_ref().and_then(|control| control.p95_ms).zip(figures.p95_ms);
    // A candidate at most 1.5 times as slow as the stable version passes.
    if slow && compared.is_none_or(|(before, now)| now * 2 > before * 3) {
        return Some(format!("95 of 100 messages are not answered within {} ms", limits.p95_ms));
    }
    if figures.handoff_p95_us.is_some_and(|p95| p95 >= limits.handoff_p95_us) {
        return Some(format!("95 of 100 handoffs do not take less than {} µs", limits.handoff_p95_us));
    }
    if let Some(max) = limits.max_human_percent
        && measured.human_percent().is_some_and(|percent| percent >= max)
    {
        return Some(format!("not fewer than {max} % ask for a human"));
    }
    let said = measured.ratings.good + measured.ratings.bad;
    if let Some(min) = limits.min_satisfied_percent.filter(|_| said >= SAMPLE_MIN)
        && measured.satisfied_percent().is_some_and(|percent| percent < min)
    {
        return Some(format!("fewer than {min} % are satisfied with the humans who answered"));
    }
    match (limits.max_conversation_dollars?, measured.conversation_dollars) {
        (max, Some(dollars)) if dollars < max => None,
        (max, Some(_)) => Some(format!("a conversation does not cost less than {max} US dollars")),
        (_, None) => {
            Some("what a conversation costs is not known: `switchboard report` says which price is missing".into())
        }
    }
}

/// Converts hours to milliseconds.
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

    fn observation(now: i64, figures: Figures) -> Observation {
        let figures = Ok(StepFigures { step: figures, recent: 1, ..StepFigures::default() });
        Observation { flags: Some((true, 1.0)), figures, control: None, clocks_ms: 0, in_step_hours: true, now }
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
            Decision::Stay(reason) => format!("hold: {reason}"),
            Decision::Error(reason) => format!("error: {reason}"),
            Decision::Abort(reason) => format!("abort: {reason}"),
            Decision::Manual { enabled, percent } => format!("manual {enabled} {percent}"),
        };
        let day = 24 * HOUR;
        let with = |change: fn(&mut Figures)| {
            let mut figures = good(1000);
            change(&mut figures);
            observation(day, figures)
        };
        for (observation, expected) in [
            (observation(day - 1, good(1000)), "wait"),
            (observation(day, good(1000)), "advance"),
            (observation(day, good(299)), "hold: fewer than 300 messages"),
            (observation(HOUR, Figures { errors: 10, ..good(1000) }), "abort: errors are not below 1 %"),
            (with(|f| f.errors = 9), "advance"),
            (observation(HOUR, Figures { errors: 2, ..good(20) }), "abort: errors are above 10 %"),
            (observation(HOUR, Figures { errors: 19, ..good(19) }), "wait"),
            (observation(day, Figures { errors: 1, ..good(299) }), "hold: fewer"),
            (with(|f| f.p95_ms = Some(2000)), "hold: 95 of 100 messages"),
            (with(|f| f.handoff_p95_us = Some(5000)), "hold: 95 of 100 handoffs"),
            (with(|f| f.sessions_failed = 11), "abort: fewer than 99 % of sessions"),
            (
                Observation {
                    figures: Ok(StepFigures { step: good(1000), ..StepFigures::default() }),
                    ..observation(day, good(0))
                },
                "hold: no message",
            ),
            (
                Observation { figures: Err("gone".into()), ..observation(day, good(0)) },
                "error: the figures cannot be read: gone",
            ),
            (
                Observation {
                    control: Some(Figures { errors: 20, ..good(1000) }),
                    ..observation(HOUR, Figures { errors: 20, ..good(1000) })
                },
                "hold: the stable version has as many errors",
            ),
            (
                Observation { control: Some(good(1000)), ..observation(HOUR, Figures { errors: 20, ..good(1000) }) },
                "abort: errors",
            ),
            (
                Observation {
                    control: Some(Figures { p95_ms: Some(2000), ..good(1000) }),
                    ..with(|f| f.p95_ms = Some(2400))
                },
                "advance",
            ),
            (Observation { control: Some(good(1000)), ..with(|f| f.p95_ms = Some(2400)) }, "hold: 95 of 100 messages"),
            (Observation { clocks_ms: 5001, ..observation(day, good(1000)) }, "hold: the clocks"),
            (Observation { flags: Some((true, 5.0)), ..observation(day, good(1000)) }, "manual true 5"),
            (Observation { flags: Some((false, 1.0)), ..observation(day, good(1000)) }, "manual false 1"),
            (Observation { flags: None, ..observation(day, good(1000)) }, "hold: there is no row"),
            (
                Observation { flags: None, ..observation(HOUR, Figures { errors: 10, ..good(1000) }) },
                "abort: errors are not below 1 %",
            ),
        ] {
            let decided = is(decide(&rollout(0), &observation));
            assert!(decided.starts_with(expected), "{decided}, not {expected}");
        }
        let last = Observation { flags: Some((true, 100.0)), ..observation(168 * HOUR, good(1000)) };
        assert_eq!(decide(&rollout(3), &last), Decision::Complete);
    }

    #[test]
    fn a_plan_may_look_at_people_and_at_the_hour() {
        let mut rollout = rollout(0);
        let limits = &mut rollout.plan.limits;
        (limits.max_human_percent, limits.min_satisfied_percent) = (Some(5.0), Some(80.0));
        let decided = |tickets, good_ones, bad, in_step_hours| {
            let ratings = Ratings { asked: good_ones + bad, good: good_ones, bad };
            let step = StepFigures { step: good(1000), recent: 1, tickets, ratings, ..StepFigures::default() };
            let figures = Ok(step);
            decide(&rollout, &Observation { figures, in_step_hours, ..observation(24 * HOUR, good(1000)) })
        };
        let stays = |decision, says: &str| matches!(decision, Decision::Stay(reason) if reason.contains(says));
        assert_eq!(decided(49, 16, 4, true), Decision::Advance);
        assert!(stays(decided(50, 16, 4, true), "not fewer than 5 % ask for a human"));
        assert!(stays(decided(0, 15, 5, true), "fewer than 80 % are satisfied"));
        assert_eq!(decided(0, 0, 19, true), Decision::Advance, "too few to say");
        assert_eq!(decided(0, 16, 4, false), Decision::Wait, "not at night");
    }

    #[test]
    fn a_plan_may_limit_what_a_conversation_costs() {
        let mut rollout = rollout(0);
        rollout.plan.limits.max_conversation_dollars = Some(0.02);
        let decided = |conversation_dollars, messages| {
            let step = StepFigures { step: good(messages), recent: 1, conversation_dollars, ..StepFigures::default() };
            decide(&rollout, &Observation { figures: Ok(step), ..observation(24 * HOUR, good(messages)) })
        };
        let stays = |decision, says: &str| matches!(decision, Decision::Stay(reason) if reason.contains(says));
        assert_eq!(decided(Some(0.019), 1000), Decision::Advance);
        assert!(stays(decided(Some(0.02), 1000), "does not cost less than 0.02 US dollars"));
        assert!(stays(decided(None, 1000), "is not known"), "what is not known costs not nothing");
        assert!(stays(decided(None, 299), "fewer than 300 messages"), "too few to say");
    }

    #[test]
    fn a_held_rollout_does_not_advance_but_may_abort() {
        let held = Rollout { state: State::Held, ..rollout(0) };
        assert_eq!(decide(&held, &observation(48 * HOUR, good(1000))), Decision::Wait);
        let bad = observation(HOUR, Figures { errors: 50, ..good(1000) });
        assert!(matches!(decide(&held, &bad), Decision::Abort(_)));
    }
}
