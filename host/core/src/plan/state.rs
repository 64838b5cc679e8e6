//! The state machine of a rollout: pure transitions. The controller and operators decide which to take.

use super::{outcome::Outcome, steps::Plan};

/// The name of the service's own rollout; it moves `unifiedServiceRolloutPercent`.
pub const SERVICE_ROLLOUT: &str = "service";

/// The name of an agent's rollout, which decides who gets its new version.
pub fn agent_rollout(agent: &str) -> String {
    format!("agent:{agent}")
}

/// The state of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The controller follows the plan.
    Running,
    /// Paused by an operator; only an automatic abort still happens.
    Held,
    /// Ended: nobody is in, or the share that an operator set.
    Aborted,
    /// Ended: everybody is in.
    Completed,
}

impl State {
    /// The name stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Held => "held",
            State::Aborted => "aborted",
            State::Completed => "completed",
        }
    }

    /// Parses the name stored in the database.
    pub fn parse(word: &str) -> Option<State> {
        [State::Running, State::Held, State::Aborted, State::Completed].into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it has not ended.
    pub fn is_under_way(self) -> bool {
        matches!(self, State::Running | State::Held)
    }
}

/// A rollout's current state.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// [`SERVICE_ROLLOUT`], or `agent:` and a name.
    pub name: String,
    /// Its steps and limits.
    pub plan: Plan,
    /// The state.
    pub state: State,
    /// The current step's index.
    pub step: usize,
    /// When the step began, in milliseconds.
    pub step_since: i64,
    /// The percentage that the rollout set last.
    pub percent: f64,
    /// Of an agent: the version that is tried, by sha-256.
    pub candidate: Option<String>,
    /// Of an agent: the version that serves everybody else.
    pub stable: Option<String>,
    /// The last decision.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// Who made the last decision.
    pub who: String,
    /// The figures that caused it, as JSON.
    pub figures: Option<String>,
    /// The number of decisions.
    pub version: i64,
    /// When the last decision was made, in milliseconds.
    pub updated_at: i64,
    /// When the controller last looked, in milliseconds.
    pub looked_at: i64,
}

impl Rollout {
    /// The agent whose version is rolled out; none for the service's rollout.
    pub fn agent(&self) -> Option<&str> {
        self.name.strip_prefix("agent:")
    }

    /// A new rollout, at its first step.
    pub fn begin(name: &str, plan: Plan, now: i64, who: &str) -> Rollout {
        Rollout {
            name: name.to_owned(),
            state: State::Running,
            step: 0,
            step_since: now,
            percent: plan.steps.first().map_or(0.0, |step| step.percent),
            plan,
            candidate: None,
            stable: None,
            outcome: Outcome::Started,
            reason: "by the plan".into(),
            who: who.to_owned(),
            figures: None,
            version: 0,
            updated_at: now,
            looked_at: 0,
        }
    }

    /// Records a decision, without changing the state.
    pub fn decided(&self, outcome: Outcome, reason: &str, who: &str, now: i64) -> Rollout {
        let (reason, who) = (reason.to_owned(), who.to_owned());
        Rollout { outcome, reason, who, figures: None, updated_at: now, ..self.clone() }
    }

    /// Moves to the next step, or completes.
    pub fn advanced(&self, reason: &str, who: &str, now: i64) -> Rollout {
        match self.plan.steps.get(self.step + 1) {
            Some(next) => Rollout {
                state: State::Running,
                step: self.step + 1,
                step_since: now,
                percent: next.percent,
                ..self.decided(Outcome::Advanced, reason, who, now)
            },
            None => Rollout {
                state: State::Completed,
                percent: 100.0_f64.max(self.percent),
                ..self.decided(Outcome::Completed, reason, who, now)
            },
        }
    }

    /// Pauses.
    pub fn held(&self, reason: &str, who: &str, now: i64) -> Rollout {
        Rollout { state: State::Held, ..self.decided(Outcome::Held, reason, who, now) }
    }

    /// Aborts: back to nobody.
    pub fn aborted(&self, reason: &str, who: &str, now: i64) -> Rollout {
        Rollout { state: State::Aborted, percent: 0.0, ..self.decided(Outcome::Aborted, reason, who, now) }
    }

    /// Resumes: a paused rollout keeps the time of its step, otherwise the step starts again.
    pub fn resumed(&self, who: &str, now: i64) -> Rollout {
        let percent = self.plan.steps.get(self.step).map_or(self.percent, |step| step.percent);
        let goes_on = self.state == State::Held && percent == self.percent;
        Rollout {
            state: State::Running,
            percent,
            step_since: if goes_on { self.step_since } else { now },
            ..self.decided(Outcome::Resumed, "by hand", who, now)
        }
    }

    /// Applies a percentage set by an operator: zero aborts the rollout, a step of the plan continues from there,
    /// anything else pauses it.
    pub fn set_by_hand(&self, enabled: bool, percent: f64, who: &str, now: i64) -> Rollout {
        let at = self.plan.step_of(percent);
        let (state, reason) = match (enabled, at) {
            (false, _) => (State::Aborted, "the service was switched off by hand".to_owned()),
            (true, _) if percent == 0.0 => (State::Aborted, "nobody, by hand".to_owned()),
            (true, Some(_)) => (self.state, format!("{percent} % by hand, a step of the plan")),
            (true, None) => {
                (State::Held, format!("{percent} % by hand, no step of the plan; `rollout resume` goes on"))
            }
        };
        let step = at.unwrap_or(self.step);
        Rollout { state, percent, step, step_since: now, ..self.decided(Outcome::Manual, &reason, who, now) }
    }
}
