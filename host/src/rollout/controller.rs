//! The controller: on one of the hosts at a time, it looks every ten seconds and does what [`decide`](super::decide) says.

use std::{sync::Arc, time::Duration};

use tracing::{info, warn};

use super::{Decision, Seen, Sight, decide, decide::hours};
use crate::{
    app::App,
    flags::{self, Document},
};
use switchboard_core::plan::Rollout;
use switchboard_store::{Figures, Slice, StoreError};

/// How often the clock is asked whether it is time to look.
const POLL: Duration = Duration::from_millis(200);

/// How often it looks, and says that its host lives.
const LOOK_MS: i64 = 10_000;

/// How soon it looks again where another host perhaps just has not spoken yet.
const AGAIN_MS: i64 = 500;

/// After so long without a look, as at the start or when the machine was asleep, the others are let speak first.
const AWAY_MS: i64 = 30_000;

/// Who decides, in the audit.
const WHO: &str = "controller";

/// Follows the rollouts.
pub struct Controller {
    app: Arc<App>,
    clocks_differed: bool,
    looked_at: i64,
}

impl Controller {
    /// Has not looked yet.
    pub fn new(app: Arc<App>) -> Controller {
        Controller { app, clocks_differed: false, looked_at: 0 }
    }

    /// Looks again and again until the task is dropped.
    pub async fn follow(mut self) {
        let mut look_at = 0;
        loop {
            let now = self.app.clock.now();
            // Also when the clock was set back.
            if now >= look_at || look_at - now > LOOK_MS {
                look_at = now + LOOK_MS;
                match self.look(now).await {
                    Ok(true) => {}
                    Ok(false) => look_at = now + AGAIN_MS,
                    Err(error) => warn!("the rollout could not be looked after: {error}"),
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// One look; false if it should come again soon.
    async fn look(&mut self, now: i64) -> Result<bool, StoreError> {
        let store = &self.app.store;
        store.beat().await?;
        if now - std::mem::replace(&mut self.looked_at, now) > AWAY_MS {
            return Ok(false);
        }
        if !store.has_duty("rollout", now).await? {
            return Ok(true);
        }
        let under_way: Vec<Rollout> =
            store.rollouts().await?.into_iter().filter(|rollout| rollout.state.is_under_way()).collect();
        let clocks_ms = self.clocks_ms().await?;
        let differs = under_way.iter().any(|rollout| clocks_ms > rollout.plan.limits.clocks_ms);
        if differs && !std::mem::replace(&mut self.clocks_differed, true) {
            return Ok(false);
        }
        self.clocks_differed = differs;
        for rollout in under_way {
            self.look_at(&rollout, clocks_ms, now).await?;
        }
        Ok(true)
    }

    async fn look_at(&self, rollout: &Rollout, clocks_ms: i64, now: i64) -> Result<(), StoreError> {
        let store = &self.app.store;
        let (flags, figures, control) = match (&rollout.candidate, rollout.agent()) {
            (Some(candidate), Some(agent)) => {
                let flags = Some((true, rollout.percent));
                let tried = self.tried(rollout, agent, candidate, now).await;
                let (figures, control) =
                    tried.map_or_else(|error| (Err(error), None), |(seen, control)| (Ok(seen), Some(control)));
                (flags, figures, control)
            }
            _ => {
                let row = store.config(flags::KEY).await?.and_then(|row| Document::parse(&row).ok());
                let flags = row.map(|row| (row.unified_service_enabled, row.unified_service_rollout_percent));
                (flags, self.figures(rollout, now).await, None)
            }
        };
        let figures = figures.map_err(|error| error.to_string());
        let kept = figures.as_ref().ok().and_then(|seen| serde_json::to_string(&seen.step).ok());
        let decision = decide(rollout, &Sight { flags, figures, control, clocks_ms, now });
        if let Some(next) = self.follow_up(rollout, decision, now).await? {
            let next = Rollout { figures: kept, ..next };
            if store.rollout_move(&next).await? {
                info!(
                    rollout.name = next.name,
                    rollout.outcome = next.outcome,
                    rollout.percent = next.percent,
                    "the rollout {}: {}",
                    next.name,
                    next.reason
                );
            }
        }
        store.rollout_looked(&rollout.name, now).await
    }

    /// What the service's rollout is judged by.
    async fn figures(&self, rollout: &Rollout, now: i64) -> Result<Seen, StoreError> {
        let store = &self.app.store;
        let step = store.figures(&Slice::all(rollout.step_since, now)).await?;
        let recent = store.figures(&Slice::all(recently(rollout, now), now)).await?.messages;
        Ok(Seen { step, recent })
    }

    /// What an agent's new version is judged by, turns that the stable one took over among it; and its control.
    async fn tried(
        &self,
        rollout: &Rollout,
        agent: &str,
        candidate: &str,
        now: i64,
    ) -> Result<(Seen, Figures), StoreError> {
        let store = &self.app.store;
        let of = |from_ms| Slice {
            agent: Some(agent.to_owned()),
            sha256: Some(candidate.to_owned()),
            ..Slice::all(from_ms, now)
        };
        let mut step = store.figures(&of(rollout.step_since)).await?;
        let rescued = store.rescued(candidate, rollout.step_since, now).await?;
        step.messages += rescued;
        step.errors += rescued;
        let recent = store.figures(&of(recently(rollout, now))).await?.messages;
        let stable = Slice {
            agent: Some(agent.to_owned()),
            sha256: rollout.stable.clone(),
            arm: Some("control"),
            ..Slice::all(rollout.step_since, now)
        };
        Ok((Seen { step, recent }, store.figures(&stable).await?))
    }

    /// How far the hosts' clocks differ.
    async fn clocks_ms(&self) -> Result<i64, StoreError> {
        let ahead: Vec<i64> = self.app.store.hosts().await?.iter().map(|host| host.clock_ahead_ms).collect();
        Ok(ahead.iter().max().zip(ahead.iter().min()).map_or(0, |(most, least)| most - least))
    }

    /// The rollout after a decision; none if it stays as it is. What was said already is not said again.
    async fn follow_up(&self, rollout: &Rollout, decision: Decision, now: i64) -> Result<Option<Rollout>, StoreError> {
        let said = |outcome: &str, reason: &str| rollout.outcome == outcome && rollout.reason == reason;
        Ok(match decision {
            Decision::Wait => None,
            Decision::Advance => Some(rollout.advanced("the step's time is over and its limits held", WHO, now)),
            Decision::Complete => Some(rollout.advanced("the last step's time is over and its limits held", WHO, now)),
            Decision::Hold(reason) if said("held", &reason) => None,
            Decision::Hold(reason) => Some(rollout.decided("held", &reason, WHO, now)),
            Decision::Error(reason) if said("error", &reason) => None,
            Decision::Error(reason) => Some(rollout.decided("error", &reason, WHO, now)),
            Decision::Abort(reason) => Some(rollout.aborted(&reason, WHO, now)),
            Decision::Manual { enabled, percent } => {
                let changed = self.app.store.config_audit(flags::KEY, 1).await?;
                let who = changed.first().map_or("sql", |change| change.who.as_str());
                Some(rollout.set_by_hand(enabled, percent, who, now))
            }
        })
    }
}

/// When the plan's silence would begin.
fn recently(rollout: &Rollout, now: i64) -> i64 {
    (now - hours(rollout.plan.limits.silent_hours)).max(rollout.step_since)
}
