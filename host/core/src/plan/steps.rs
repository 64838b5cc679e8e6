//! A plan: the steps to everybody, and what must hold on the way. The default is the deployment checklist.

use serde::{Deserialize, Serialize};

/// Steps and limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// One after the other.
    pub steps: Vec<Step>,
    /// What holds on all of them.
    #[serde(default)]
    pub limits: Limits,
}

/// A share of people for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// 0.01 to 100.
    pub percent: f64,
    /// How long it lasts at the least.
    pub hours: f64,
    /// Errors of a hundred messages must stay below this: above it, the rollout is aborted.
    pub max_error_percent: f64,
    /// Fewer messages than this prove nothing.
    #[serde(default = "enough")]
    pub min_messages: i64,
}

/// What holds on all steps. Errors and failed sessions abort; all else holds, which means that nobody else is let in meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// 95 of 100 messages are answered within this time.
    pub p95_ms: i64,
    /// 95 of 100 handoffs take the host less than this.
    pub handoff_p95_us: i64,
    /// Sessions of a hundred that begin as they should: below it, the rollout is aborted.
    pub min_session_percent: f64,
    /// No message in this time is silence, and silence proves nothing.
    pub silent_hours: f64,
    /// How far the hosts' clocks may differ.
    pub clocks_ms: i64,
}

/// With no error among 300, fewer than 1 of 100 is likely (95 %: 3 of n).
fn enough() -> i64 {
    300
}

impl Default for Limits {
    /// The checklist's success criteria.
    fn default() -> Limits {
        Limits { p95_ms: 2000, handoff_p95_us: 5000, min_session_percent: 99.0, silent_hours: 4.0, clocks_ms: 5000 }
    }
}

impl Default for Plan {
    /// The deployment checklist: 1 % for a day, 10 % and 50 % for two, 100 % for the week after.
    fn default() -> Plan {
        let step =
            |percent, hours, max_error_percent| Step { percent, hours, max_error_percent, min_messages: enough() };
        Plan {
            steps: vec![step(1.0, 24.0, 1.0), step(10.0, 48.0, 1.0), step(50.0, 48.0, 0.5), step(100.0, 168.0, 0.5)],
            limits: Limits::default(),
        }
    }
}

impl Plan {
    /// Reads a plan and checks it; the error is a sentence.
    pub fn parse(json: &str) -> Result<Plan, String> {
        let plan: Plan = serde_json::from_str(json).map_err(|error| format!("the plan cannot be read: {error}"))?;
        plan.check()?;
        Ok(plan)
    }

    /// Whether it can be followed; the error is a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("the plan has no steps".into());
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

    /// For a new version of an agent: a tenth of the people for an hour, then half of them for another.
    pub fn canary() -> Plan {
        let step = |percent| Step { percent, hours: 1.0, max_error_percent: 1.0, min_messages: 100 };
        Plan { steps: vec![step(10.0), step(50.0)], limits: Limits::default() }
    }

    /// The step of exactly this percentage.
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
        ] {
            let wrong = Plan::parse(json).expect_err(json);
            assert!(wrong.contains(says), "{wrong}");
        }
    }
}
