//! A rollout plan: percentage steps, and the limits that must hold. The default is the deployment checklist's.

use serde::{Deserialize, Serialize};

use crate::hours::Hours;

/// A rollout plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The limits for all steps.
    #[serde(default)]
    pub limits: PlanLimits,
}

/// A step: a percentage of people for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The percentage of people, 0.01 to 100.
    pub percent: f64,
    /// The minimum duration.
    pub hours: f64,
    /// The largest error rate in percent of messages: above it, the rollout is aborted.
    pub max_error_percent: f64,
    /// The fewest messages for a decision.
    #[serde(default = "enough")]
    pub min_messages: i64,
}

/// The limits for all steps. Errors and failed sessions abort the rollout; any other exceeded limit pauses it, so
/// that nobody else is let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanLimits {
    /// The 95th percentile of the time to answer.
    pub p95_ms: i64,
    /// The 95th percentile of the host's time for a handoff.
    pub handoff_p95_us: i64,
    /// The smallest share of sessions that start without an error, in percent: below it, the rollout is aborted.
    pub min_session_percent: f64,
    /// After this time without a message, there is no basis for a decision.
    pub silent_hours: f64,
    /// The largest difference between the hosts' clocks.
    pub clocks_ms: i64,
    /// When steps are taken, as business hours are written (`Mon-Thu 08:00-16:00`), in the business's time zone; at any time if empty. A
    /// rollout is aborted at any time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step_hours: String,
    /// Fewer than this ask for a human, in percent of messages; of the service's rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_human_percent: Option<f64>,
    /// At least this many are satisfied with the humans who answered, in percent of those who say so; of the service's rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_satisfied_percent: Option<f64>,
    /// A conversation costs less than this, messages and model, in US dollars; of the service's rollout. A price that is not known is no
    /// cost of nothing: the rollout stays until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_conversation_dollars: Option<f64>,
}

impl PlanLimits {
    /// When steps are taken; none for at any time.
    pub fn hours(&self) -> Option<Hours> {
        self.step_hours.parse().ok()
    }
}

/// The default of `min_messages`: no error among 300 messages means an error rate below 1 % with 95 % confidence
/// (rule of three).
fn enough() -> i64 {
    300
}

impl Default for PlanLimits {
    /// The checklist's success criteria.
    fn default() -> PlanLimits {
        PlanLimits {
            p95_ms: 2000,
            handoff_p95_us: 5000,
            min_session_percent: 99.0,
            silent_hours: 4.0,
            clocks_ms: 5000,
            step_hours: String::new(),
            max_human_percent: None,
            min_satisfied_percent: None,
            max_conversation_dollars: None,
        }
    }
}

impl Default for Plan {
    /// The deployment checklist: 1 % for a day, 10 % and 50 % for two, 100 % for the week after.
    fn default() -> Plan {
        let step =
            |percent, hours, max_error_percent| Step { percent, hours, max_error_percent, min_messages: enough() };
        Plan {
            steps: vec![step(1.0, 24.0, 1.0), step(10.0, 48.0, 1.0), step(50.0, 48.0, 0.5), step(100.0, 168.0, 0.5)],
            limits: PlanLimits::default(),
        }
    }
}

impl Plan {
    /// Parses and validates a plan; the error is a sentence.
    pub fn parse(json: &str) -> Result<Plan, String> {
        let plan: Plan = serde_json::from_str(json).map_err(|error| format!("the plan cannot be read: {error}"))?;
        plan.check()?;
        Ok(plan)
    }

    /// Validates the plan; the error is a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("the plan has no steps".into());
        }
        if !self.limits.step_hours.is_empty() {
            self.limits.step_hours.parse::<Hours>().map_err(|wrong| format!("step_hours: {wrong}"))?;
        }
        let limits = &self.limits;
        for (key, percent) in
            [("max_human_percent", limits.max_human_percent), ("min_satisfied_percent", limits.min_satisfied_percent)]
        {
            if percent.is_some_and(|percent| !(percent > 0.0 && percent <= 100.0)) {
                return Err(format!("{key} is above 0 and at most 100"));
            }
        }
        if limits.max_conversation_dollars.is_some_and(|dollars| dollars.is_nan() || dollars <= 0.0) {
            return Err("max_conversation_dollars is above 0: leave it out for no limit".into());
        }
        let mut before = 0.0;
        for step in &self.steps {
            if !(step.percent > before && step.percent <= 100.0) {
                return Err(format!("the steps of a plan grow, up to 100: {} % follows {before} %", step.percent));
            }
            let fits = step.hours >= 0.0 && step.max_error_percent > 0.0 && step.min_messages >= 1;
            if !fits {
                return Err(format!(
                    "the step of {} % needs hours, max_error_percent and min_messages above 0",
                    step.percent
                ));
            }
            before = step.percent;
        }
        Ok(())
    }

    /// The plan of a canary (a new version of an agent): 10 % of the people for an hour, then 50 % for another.
    pub fn canary() -> Plan {
        let step = |percent| Step { percent, hours: 1.0, max_error_percent: 1.0, min_messages: 100 };
        Plan { steps: vec![step(10.0), step(50.0)], limits: PlanLimits::default() }
    }

    /// The step with exactly this percentage.
    pub fn step_of(&self, percent: f64) -> Option<usize> {
        self.steps.iter().position(|step| step.percent == percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_a_wrong_one_says_why() {
        let default = serde_json::to_string(&Plan::default()).expect("JSON");
        assert_eq!(Plan::parse(&default), Ok(Plan::default()));
        let short = r#"{"steps": [{"percent": 5, "hours": 1, "max_error_percent": 1}]}"#;
        assert_eq!(Plan::parse(short).map(|plan| plan.steps[0].min_messages), Ok(300));
        for (json, says) in [
            (r#"{"steps": []}"#, "no steps"),
            (
                r#"{"steps": [{"percent": 5, "hours": 1, "max_error_percent": 1}, {"percent": 5, "hours": 1, "max_error_percent": 1}]}"#,
                "grow",
            ),
            (r#"{"steps": [{"percent": 500, "hours": 1, "max_error_percent": 1}]}"#, "up to 100"),
            (r#"{"steps": [{"percent": 5, "hours": -1, "max_error_percent": 1}]}"#, "above 0"),
            (r#"{"step": []}"#, "unknown field"),
            (
                r#"{"steps": [{"percent": 5, "hours": 1, "max_error_percent": 1}], "limits": {"step_hours": "always"}}"#,
                "step_hours: `always` are no business hours",
            ),
        ] {
            let wrong = Plan::parse(json).expect_err(json);
            assert!(wrong.contains(says), "{wrong}");
        }
    }
}
