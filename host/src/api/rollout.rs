//! `/api/rollout`: shows and controls the service's rollout, and releases messages held for people outside it.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_text, time},
    auth::Operator,
    state::Api,
};
use crate::{
    report::StepCosts,
    rollout::{self, RolloutOrder},
};
use switchboard_core::plan::{Plan, Rollout, SERVICE_ROLLOUT};
use switchboard_store::Decided;

/// How many decisions are shown.
const DECISIONS: i64 = 20;

/// The body of `start`: a plan, else the default one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    plan: Option<Value>,
}

/// The body of `hold` and `abort`: a reason for the audit.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    reason: Option<String>,
}

impl Reason {
    pub(super) fn reason(self) -> String {
        self.reason.filter(|reason| !reason.trim().is_empty()).unwrap_or_else(|| "by hand".into())
    }
}

pub(super) async fn show(State(api): State<Arc<Api>>) -> ApiResult {
    let store = &api.app.store;
    let rollout = store.rollout(SERVICE_ROLLOUT).await?;
    let decisions = store.decisions(SERVICE_ROLLOUT, DECISIONS).await?;
    let costs = match &rollout {
        Some(rollout) => StepCosts::of(store, rollout, &api.app.rates, api.app.clock.now()).await?,
        None => None,
    };
    let costs = costs.map(|costs| {
        let next = costs.next.map(|(percent, dollars)| json!({ "percent": percent, "dollars": dollars }));
        json!({ "dollars": costs.now, "next": next })
    });
    Ok(Json(json!({
        "rollout": rollout.as_ref().map(standing),
        "messages_a_day": costs,
        "decisions": decisions.iter().map(decided).collect::<Value>(),
    })))
}

pub(super) async fn order(
    State(api): State<Arc<Api>>,
    PathParam(order): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let (store, now, agents) = (&api.app.store, api.app.clock.now(), api.agents());
    let first = api.first_row(&agents);
    let order = match order.as_str() {
        "start" => {
            let Start { plan } = json_if_any(body).await?;
            let plan = plan.map(|plan| Plan::parse(&plan.to_string())).transpose().map_err(ApiError::unprocessable)?;
            rollout::start(store, first, plan.unwrap_or_default(), &by.actor, now).await?;
            return in_force(api).await;
        }
        "release" => {
            let EmptyBody {} = json_if_any(body).await?;
            return Ok(Json(json!({ "released": store.release_held(&by.actor, now).await? })));
        }
        "retry" => {
            let EmptyBody {} = json_if_any(body).await?;
            return Ok(Json(json!({ "retried": store.retry_forwards(&by.actor, now).await? })));
        }
        "hold" => RolloutOrder::Hold(json_if_any::<Reason>(body).await?.reason()),
        "abort" => RolloutOrder::Abort(json_if_any::<Reason>(body).await?.reason()),
        "advance" | "resume" => {
            let EmptyBody {} = json_if_any(body).await?;
            if order == "advance" { RolloutOrder::Advance } else { RolloutOrder::Resume }
        }
        other => {
            let there_are = "start, advance, hold, abort, resume, release and retry";
            return Err(ApiError::not_found(format!("`{other}` is not a command on a rollout: there are {there_are}")));
        }
    };
    rollout::order(store, first, &order, &by.actor, now).await?;
    in_force(api).await
}

/// The response after a command: reloads the flags first, so that they are in force on this host.
async fn in_force(api: Arc<Api>) -> ApiResult {
    api.app.flags.reread().await?;
    show(State(api)).await
}

/// A rollout as JSON, the service's or an agent's.
pub(super) fn standing(rollout: &Rollout) -> Value {
    json!({
        "state": rollout.state.as_str(),
        "percent": rollout.percent,
        "step": rollout.step + 1,
        "step_since": time(rollout.step_since),
        "plan": rollout.plan,
        "candidate": rollout.candidate,
        "stable": rollout.stable,
        "outcome": rollout.outcome,
        "reason": rollout.reason,
        "who": rollout.who,
        "figures": json_text(rollout.figures.as_deref()),
        "updated_at": time(rollout.updated_at),
        "looked_at": time(rollout.looked_at),
    })
}

/// A decision as JSON, with the figures that it is based on.
pub(super) fn decided(decided: &Decided) -> Value {
    json!({
        "at": time(decided.at),
        "who": decided.who,
        "outcome": decided.outcome,
        "from_percent": decided.percent.0,
        "to_percent": decided.percent.1,
        "reason": decided.reason,
        "figures": json_text(decided.figures.as_deref()),
    })
}
