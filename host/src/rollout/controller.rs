//! The rollout controller: runs on one host at a time; every ten seconds it observes each rollout and applies what [`decide`](super::decide)
//! says.

use std::{sync::Arc, time::Duration};

use tracing::{info, warn};

use super::{
    Decision, Observation, decide,
    measure::{candidate_figures, clocks_ms, service_figures},
    operate::serve_nobody,
};
use crate::{
    app::App,
    flags::{self, FirstRow, Source},
    hours::opens,
};
use switchboard_core::{
    act::Actor,
    plan::{Outcome, Rollout, SERVICE_ROLLOUT, State},
};
use switchboard_store::StoreError;

/// How often the clock is checked for whether a pass is due.
const POLL: Duration = Duration::from_millis(200);

/// The interval between passes, each with a heartbeat of this host.
const INTERVAL_MS: i64 = 10_000;

/// The delay before a pass is repeated, to give other hosts time for their heartbeats.
const RETRY_MS: i64 = 500;

/// After so long without a pass (start-up, suspended machine) one pass is skipped, so that other hosts send heartbeats first.
const SUSPENDED_AFTER_MS: i64 = 30_000;

/// The actor's name in the audit.
const WHO: &str = "controller";

/// The controller of all rollouts.
pub struct Controller {
    app: Arc<App>,
    clocks_differed: bool,
    last_pass_at: i64,
}

impl Controller {
    /// A controller that has not made a pass.
    pub fn new(app: Arc<App>) -> Controller {
        Controller { app, clocks_differed: false, last_pass_at: 0 }
    }

    /// Makes passes until the task is dropped.
    pub async fn follow(mut self) {
        let mut due_at = 0;
        loop {
            let now = self.app.clock.now();
            // The second condition covers a clock that was set back.
            if now >= due_at || due_at - now > INTERVAL_MS {
                due_at = now + INTERVAL_MS;
                match self.pass(now).await {
                    Ok(true) => {}
                    Ok(false) => due_at = now + RETRY_MS,
                    Err(error) => warn!("the rollouts could not be checked: {error}"),
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// One pass over all rollouts; false if it should be repeated soon.
    async fn pass(&mut self, now: i64) -> Result<bool, StoreError> {
        let store = &self.app.store;
        store.beat().await?;
        if now - std::mem::replace(&mut self.last_pass_at, now) > SUSPENDED_AFTER_MS {
            return Ok(false);
        }
        if !store.has_duty("rollout", now).await? {
            return Ok(true);
        }
        let under_way: Vec<Rollout> =
            store.rollouts().await?.into_iter().filter(|rollout| rollout.state.is_under_way()).collect();
        if under_way.is_empty() {
            return Ok(true);
        }
        let clocks_ms = clocks_ms(store).await?;
        let differs = under_way.iter().any(|rollout| clocks_ms > rollout.plan.limits.clocks_ms);
        if differs && !std::mem::replace(&mut self.clocks_differed, true) {
            return Ok(false);
        }
        self.clocks_differed = differs;
        for rollout in under_way {
            self.control(&rollout, clocks_ms, now).await?;
        }
        Ok(true)
    }

    /// Observes one rollout, decides and applies the decision.
    async fn control(&self, rollout: &Rollout, clocks_ms: i64, now: i64) -> Result<(), StoreError> {
        let store = &self.app.store;
        let (flags, figures, control) = match (&rollout.candidate, rollout.agent()) {
            (Some(candidate), Some(agent)) => {
                let flags = Some((true, rollout.percent));
                let measured = candidate_figures(store, rollout, agent, candidate, now).await;
                let (figures, control) = measured
                    .map_or_else(|error| (Err(error), None), |(candidate, control)| (Ok(candidate), Some(control)));
                (flags, figures, control)
            }
            _ => {
                let state = flags::in_force(store, self.app.flags.without_row(), None).await?;
                let document = &state.flags.document;
                let set = (document.unified_service_enabled, document.unified_service_rollout_percent);
                // What a row that does not fit lowers is a person's change; else such a row holds the rollout.
                let flags = (state.error.is_none() || set != (true, rollout.percent)).then_some(set);
                let flags = flags.filter(|_| matches!(state.flags.source, Source::Row | Source::LastGood));
                (flags, service_figures(store, rollout, &self.app.rates, now).await, None)
            }
        };
        let figures = figures.map_err(|error| error.to_string());
        let stored = figures.as_ref().ok().and_then(|figures| serde_json::to_string(&figures.step).ok());
        let in_step_hours =
            rollout.plan.limits.hours().is_none_or(|hours| opens(&hours, now, &self.app.defaults.time_zone).is_none());
        let decision = decide(rollout, &Observation { flags, figures, control, clocks_ms, in_step_hours, now });
        if let Some(next) = self.follow_up(rollout, decision, now).await? {
            let next = Rollout { figures: stored, ..next };
            if store.rollout_move(&next).await? {
                if next.state == State::Aborted && next.name == SERVICE_ROLLOUT {
                    self.serve_nobody(&Actor::parse(&next.who)).await;
                }
                info!(
                    rollout.name = next.name,
                    rollout.outcome = next.outcome.as_str(),
                    rollout.percent = next.percent,
                    "the rollout {}: {}",
                    next.name,
                    next.reason
                );
            }
        }
        store.rollout_looked(&rollout.name, now).await
    }

    /// Where a rollout was aborted, and the flags' row is not there to say so: makes it.
    async fn serve_nobody(&self, actor: &Actor) {
        let agents: Vec<String> = self.app.plugins.current().iter().map(|version| version.name().to_owned()).collect();
        let first = FirstRow { agents: &agents, without_row: self.app.flags.without_row() };
        if let Err(error) = serve_nobody(&self.app.store, first, actor).await {
            warn!("the rollout was aborted, and the flags could not be set to 0 %: {error}");
        }
    }

    /// The rollout after a decision; `None` if it does not change. A stay or an error with the same reason is not recorded twice.
    async fn follow_up(&self, rollout: &Rollout, decision: Decision, now: i64) -> Result<Option<Rollout>, StoreError> {
        let is_recorded = |outcome: Outcome, reason: &str| rollout.outcome == outcome && rollout.reason == reason;
        Ok(match decision {
            Decision::Wait => None,
            Decision::Advance => Some(rollout.advanced("the step's time is over and its limits were met", WHO, now)),
            Decision::Complete => {
                Some(rollout.advanced("the last step's time is over and its limits were met", WHO, now))
            }
            Decision::Stay(reason) if is_recorded(Outcome::Held, &reason) => None,
            Decision::Stay(reason) => Some(rollout.decided(Outcome::Held, &reason, WHO, now)),
            Decision::Error(reason) if is_recorded(Outcome::Error, &reason) => None,
            Decision::Error(reason) => Some(rollout.decided(Outcome::Error, &reason, WHO, now)),
            Decision::Abort(reason) => Some(rollout.aborted(&reason, WHO, now)),
            Decision::Manual { enabled, percent } => {
                let changed = self.app.store.config_audit(flags::KEY, 1).await?;
                let who = changed.first().map_or("sql", |change| change.who.as_str());
                Some(rollout.set_by_hand(enabled, percent, who, now))
            }
        })
    }
}
