//! The service's rollout moved by hand: by the command and by the API alike.

use crate::flags;
use switchboard_core::plan::{Plan, Rollout, SERVICE_ROLLOUT, State};
use switchboard_store::{Store, StoreError};

/// What a person does with a rollout that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// On to the next step now, whatever the figures.
    Advance,
    /// Stay at this step, for this reason.
    Hold(String),
    /// Nobody any more, for this reason.
    Abort(String),
    /// Go on where it was held or aborted.
    Resume,
}

/// Why a rollout was not moved.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is none.
    #[error("there is no rollout: `rollout start` begins one")]
    None,
    /// It is in no state for it.
    #[error("the rollout is {}, so this does nothing: `rollout status` shows it", .0.as_str())]
    State(State),
    /// There is one already.
    #[error("a rollout is under way: `rollout status` shows it, `rollout abort` ends it")]
    UnderWay,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins: the first step is in force within a second. Without a flags' row one is put in, for these agents.
pub async fn start(store: &Store, agents: &[String], plan: Plan, who: &str, now: i64) -> Result<Rollout, OrderError> {
    flags::ensure_row(store, agents, who).await?;
    let rollout = Rollout::begin(SERVICE_ROLLOUT, plan, now, who);
    if store.rollout_begin(&rollout).await? { Ok(rollout) } else { Err(OrderError::UnderWay) }
}

/// Moves the rollout, whatever the controller does meanwhile; gives it as it stands then.
pub async fn order(store: &Store, order: &Order, who: &str, now: i64) -> Result<Rollout, OrderError> {
    loop {
        let rollout = store.rollout(SERVICE_ROLLOUT).await?.ok_or(OrderError::None)?;
        let next = after(&rollout, order, who, now).ok_or(OrderError::State(rollout.state))?;
        if store.rollout_move(&next).await? {
            return Ok(next);
        }
    }
}

/// The rollout after an order; none if it is in no state for it.
fn after(rollout: &Rollout, order: &Order, who: &str, now: i64) -> Option<Rollout> {
    let may = match order {
        Order::Advance | Order::Abort(_) => rollout.state.is_under_way(),
        Order::Hold(_) => rollout.state == State::Running,
        Order::Resume => matches!(rollout.state, State::Held | State::Aborted),
    };
    may.then(|| match order {
        Order::Advance => rollout.advanced("by hand", who, now),
        Order::Hold(reason) => rollout.held(reason, who, now),
        Order::Abort(reason) => rollout.aborted(reason, who, now),
        Order::Resume => rollout.resumed(who, now),
    })
}
