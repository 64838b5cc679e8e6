//! Rollouts: of the service, and of new versions of an agent. A plan has steps with a minimum time and limits. A controller on one of
//! the hosts follows the plan or aborts; every decision is stored with the figures that it is based on. An operator can do each of
//! these things by hand, and the operator's setting wins.

pub mod reconciler;
mod controller;
mod decide;
mod desired;
mod gate;
mod hosted;
mod listed;
mod measure;
mod operate;
mod rows;
mod step_limits;
mod upload;
mod versions;

pub use controller::Controller;
pub use decide::{Decision, Observation, StepFigures, decide};
pub use hosted::{Hosted, HostedVersion, hosted};
pub use listed::{AgentState, ListedAgent, listed};
pub use measure::{candidate_figures, clocks_ms, service_figures};
pub use operate::{OrderError, RolloutOrder, order, percent_after, start};
pub use rows::holds as held_by_gate;
pub use step_limits::{LimitOf, StepLimit, step_limits};
pub use upload::{UploadError, Uploaded, upload};
pub use versions::{History, VersionError, VersionOrder, VersionRole, history, order_versions};
