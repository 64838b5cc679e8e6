//! Operator commands on the service's rollout, shared by CLI and API.

use crate::flags;
use switchboard_core::plan::{Plan, Rollout, SERVICE_ROLLOUT, State};
use switchboard_store::{Store, StoreError};

/// An operator's command on an existing rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutOrder {
    /// Go to the next step now, whatever the figures.
    Advance,
    /// Stay at this step, for this reason.
    Hold(String),
    /// Set the percentage to 0, for this reason.
    Abort(String),
    /// Continue at the step where it was held or aborted.
    Resume,
}

/// Why a rollout was not moved.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is no rollout.
    #[error("there is no rollout: `rollout start` begins one")]
    None,
    /// The command does not apply in this state.
    #[error("the rollout is {}, so this does nothing: `rollout status` shows it", .0.as_str())]
    State(State),
    /// Another rollout is under way.
    #[error("a rollout is under way: `rollout status` shows it, `rollout abort` ends it")]
    UnderWay,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Starts a rollout; its first step is in force within a second. Inserts the flags' row for these agents if there is none.
pub async fn start(store: &Store, agents: &[String], plan: Plan, who: &str, now: i64) -> Result<Rollout, OrderError> {
    flags::ensure_row(store, agents, who).await?;
    let rollout = Rollout::begin(SERVICE_ROLLOUT, plan, now, who);
    if store.rollout_begin(&rollout).await? { Ok(rollout) } else { Err(OrderError::UnderWay) }
}

/// Applies a command with compare-and-set, retried when the controller changes the row meanwhile; returns the new state.
pub async fn order(store: &Store, order: &RolloutOrder, who: &str, now: i64) -> Result<Rollout, OrderError> {
    loop {
        let rollout = store.rollout(SERVICE_ROLLOUT).await?.ok_or(OrderError::None)?;
        let next = next_state(&rollout, order, who, now).ok_or(OrderError::State(rollout.state))?;
        if store.rollout_move(&next).await? {
            return Ok(next);
        }
    }
}

/// The rollout after a command; `None` if the command does not apply in its state.
fn next_state(rollout: &Rollout, order: &RolloutOrder, who: &str, now: i64) -> Option<Rollout> {
    let may = match order {
        RolloutOrder::Advance | RolloutOrder::Abort(_) => rollout.state.is_under_way(),
        RolloutOrder::Hold(_) => rollout.state == State::Running,
        RolloutOrder::Resume => matches!(rollout.state, State::Held | State::Aborted),
    };
    may.then(|| match order {
        RolloutOrder::Advance => rollout.advanced("by hand", who, now),
        RolloutOrder::Hold(reason) => rollout.held(reason, who, now),
        RolloutOrder::Abort(reason) => rollout.aborted(reason, who, now),
        RolloutOrder::Resume => rollout.resumed(who, now),
    })
}
