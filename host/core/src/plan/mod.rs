//! Rollouts as plain data: the plan that one follows, and the state that it is in.

mod state;
mod steps;

pub use state::{Rollout, SERVICE, State, agent_rollout};
pub use steps::{Limits, Plan, Step};
