//! Rollouts as plain data: the plan, and the state machine.

mod outcome;
mod state;
mod steps;

pub use outcome::Outcome;
pub use state::{Rollout, SERVICE_ROLLOUT, State, agent_rollout};
pub use steps::{Plan, PlanLimits, Step};
