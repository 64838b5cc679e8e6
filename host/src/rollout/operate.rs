//! Operator commands on the service's rollout, shared by CLI and API.

use serde_json::json;

use crate::flags::{self, EditError, FirstRow};
use switchboard_core::act::Actor;
use switchboard_core::plan::{Plan, Rollout, SERVICE_ROLLOUT, State};
use switchboard_store::{Store, StoreError};

/// An operator's command on an existing rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutOrder {
    /// Go to the next step now, whatever the figures.
    Advance,
    /// Stay at this step, for this reason.
    Hold(String),
    /// Set the percentage to 0, for this reason: in every state, also where there is no rollout.
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
    /// The flags' row does not fit, so a rollout would raise nothing.
    #[error("the flags' row is refused, so no rollout begins: {0}")]
    Refused(String),
    /// The rollout is aborted, and the flags' row could not be written.
    #[error("the rollout is aborted, but the flags' row: {0}")]
    Row(#[from] EditError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Starts a rollout; its first step is in force within a second. Inserts the flags' row, from what is in force, if there is none.
pub async fn start(
    store: &Store,
    first: FirstRow<'_>,
    plan: Plan,
    actor: &Actor,
    now: i64,
) -> Result<Rollout, OrderError> {
    flags::ensure_row(store, first, actor).await?;
    if let Some(error) = flags::in_force(store, first.without_row, None).await?.error {
        return Err(OrderError::Refused(error));
    }
    let rollout = Rollout::begin(SERVICE_ROLLOUT, plan, now, &actor.to_string());
    if store.rollout_begin(&rollout).await? { Ok(rollout) } else { Err(OrderError::UnderWay) }
}

/// Applies a command with compare-and-set, retried when the controller changes the row meanwhile; returns the new state. An abort always
/// ends with a percentage of 0.
pub async fn order(
    store: &Store,
    first: FirstRow<'_>,
    order: &RolloutOrder,
    actor: &Actor,
    now: i64,
) -> Result<Rollout, OrderError> {
    let who = &actor.to_string();
    let next = loop {
        let (next, done) = match (store.rollout(SERVICE_ROLLOUT).await?, order) {
            (Some(rollout), _) => {
                let next = next_state(&rollout, order, who, now).ok_or(OrderError::State(rollout.state))?;
                let done = store.rollout_move(&next).await?;
                (next, done)
            }
            // Recorded as a rollout that ended before it began, with its reason.
            (None, RolloutOrder::Abort(reason)) => {
                let next = Rollout::begin(SERVICE_ROLLOUT, Plan::default(), now, who).aborted(reason, who, now);
                let done = store.rollout_move(&next).await?;
                (next, done)
            }
            (None, _) => return Err(OrderError::None),
        };
        if done {
            break next;
        }
    };
    if matches!(order, RolloutOrder::Abort(_)) {
        serve_nobody(store, first, actor).await?;
    }
    Ok(next)
}

/// Sets the percentage to 0, unless it is in force already: where the row that a rollout moves is missing.
pub(super) async fn serve_nobody(store: &Store, first: FirstRow<'_>, actor: &Actor) -> Result<(), EditError> {
    if flags::in_force(store, first.without_row, None).await?.flags.document.served_percent() > 0.0 {
        flags::set(store, first, "unifiedServiceRolloutPercent", &json!(0), actor).await?;
    }
    Ok(())
}

/// The percentage that a command leads to, for a question before it; `None` where it changes nothing or does not apply.
pub async fn percent_after(store: &Store, order: &RolloutOrder) -> Result<Option<(f64, f64)>, StoreError> {
    let Some(rollout) = store.rollout(SERVICE_ROLLOUT).await? else { return Ok(None) };
    let next = next_state(&rollout, order, "", 0);
    Ok(next.map(|next| (rollout.percent, next.percent)).filter(|(before, after)| before != after))
}

/// The rollout after a command; `None` if the command does not apply in its state.
fn next_state(rollout: &Rollout, order: &RolloutOrder, who: &str, now: i64) -> Option<Rollout> {
    let may = match order {
        RolloutOrder::Abort(_) => true,
        RolloutOrder::Advance => rollout.state.is_under_way(),
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
