//! The figures that a rollout is judged by.

use super::decide::{StepFigures, hours};
use crate::prices::Rates;
use switchboard_core::plan::Rollout;
use switchboard_store::{Figures, Slice, Store, StoreError};

/// The figures of the service's rollout; what it costs only if its plan has a limit of that. The model's tokens are of whole days (UTC).
pub async fn service_figures(
    store: &Store,
    rollout: &Rollout,
    rates: &Rates,
    now: i64,
) -> Result<StepFigures, StoreError> {
    let step = store.figures(&Slice::all(rollout.step_since, now)).await?;
    let recent = store.figures(&Slice::all(silence_start(rollout, now), now)).await?.messages;
    let tickets = store.tickets_opened(rollout.step_since, now).await?;
    let ratings = store.ratings(rollout.step_since, now).await?;
    let mut conversation_dollars = None;
    if rollout.plan.limits.max_conversation_dollars.is_some() {
        let billed = store.billed_sends(rollout.step_since, now).await?;
        let model = store.model_spent(rollout.step_since, now).await?;
        let tokens = model.iter().map(|(_, _, tokens)| tokens).sum();
        conversation_dollars = rates.conversation_dollars(&billed, tokens, step.sessions_created);
    }
    Ok(StepFigures { step, recent, tickets, ratings, conversation_dollars })
}

/// The figures of a candidate version, fallbacks to the stable one counted as its errors; and those of the control group.
pub async fn candidate_figures(
    store: &Store,
    rollout: &Rollout,
    agent: &str,
    candidate: &str,
    now: i64,
) -> Result<(StepFigures, Figures), StoreError> {
    let of = |from_ms| Slice {
        agent: Some(agent.to_owned()),
        sha256: Some(candidate.to_owned()),
        ..Slice::all(from_ms, now)
    };
    let mut step = store.figures(&of(rollout.step_since)).await?;
    let rescued = store.rescued(candidate, rollout.step_since, now).await?;
    step.messages += rescued;
    step.errors += rescued;
    let recent = store.figures(&of(silence_start(rollout, now))).await?.messages;
    let stable = Slice {
        agent: Some(agent.to_owned()),
        sha256: rollout.stable.clone(),
        arm: Some("control"),
        ..Slice::all(rollout.step_since, now)
    };
    Ok((StepFigures { step, recent, ..StepFigures::default() }, store.figures(&stable).await?))
}

/// The largest difference between the hosts' clocks, in milliseconds.
pub async fn clocks_ms(store: &Store) -> Result<i64, StoreError> {
    let ahead: Vec<i64> = store.hosts().await?.iter().map(|host| host.clock_ahead_ms).collect();
    Ok(ahead.iter().max().zip(ahead.iter().min()).map_or(0, |(most, least)| most - least))
}

/// The start of the window in which the plan wants to see traffic.
fn silence_start(rollout: &Rollout, now: i64) -> i64 {
    (now - hours(rollout.plan.limits.silent_hours)).max(rollout.step_since)
}
