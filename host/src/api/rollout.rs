//! `/api/rollout`: the plan from few people to all, shown and moved by hand; and what was kept from people outside it.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Failed, Nothing, Part, json_if_any, kept, time},
    auth::Who,
    state::Api,
};
use crate::rollout::{self, Order};
use switchboard_core::plan::{Plan, Rollout, SERVICE_ROLLOUT};
use switchboard_store::Decided;

/// How many decisions are told.
const DECISIONS: i64 = 20;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    plan: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: Option<String>,
}

impl Why {
    fn reason(self) -> String {
        self.reason.filter(|reason| !reason.trim().is_empty()).unwrap_or_else(|| "by hand".into())
    }
}

pub(super) async fn show(State(api): State<Arc<Api>>) -> Answer {
    let store = &api.app.store;
    let rollout = store.rollout(SERVICE_ROLLOUT).await?;
    let decisions = store.decisions(SERVICE_ROLLOUT, DECISIONS).await?;
    Ok(Json(json!({
        "rollout": rollout.as_ref().map(standing),
        "decisions": decisions.iter().map(decided).collect::<Value>(),
    })))
}

pub(super) async fn order(
    State(api): State<Arc<Api>>,
    Part(order): Part<String>,
    Extension(Who(who)): Extension<Who>,
    body: Body,
) -> Answer {
    let (store, now) = (&api.app.store, api.app.clock.now());
    let order = match order.as_str() {
        "start" => {
            let Start { plan } = json_if_any(body).await?;
            let plan = plan.map(|plan| Plan::parse(&plan.to_string())).transpose().map_err(Failed::unfit)?;
            rollout::start(store, &api.agents(), plan.unwrap_or_default(), &who, now).await?;
            return in_force(api).await;
        }
        "release" => {
            let Nothing {} = json_if_any(body).await?;
            return Ok(Json(json!({ "released": store.release_held(now).await? })));
        }
        "retry" => {
            let Nothing {} = json_if_any(body).await?;
            return Ok(Json(json!({ "retried": store.retry_forwards(now).await? })));
        }
        "hold" => Order::Hold(json_if_any::<Why>(body).await?.reason()),
        "abort" => Order::Abort(json_if_any::<Why>(body).await?.reason()),
        "advance" | "resume" => {
            let Nothing {} = json_if_any(body).await?;
            if order == "advance" { Order::Advance } else { Order::Resume }
        }
        other => {
            let there_are = "start, advance, hold, abort, resume, release and retry";
            return Err(Failed::not_found(format!("`{other}` cannot be done with a rollout: there are {there_are}")));
        }
    };
    rollout::order(store, &order, &who, now).await?;
    in_force(api).await
}

/// After an order: in force at this host before it is answered.
async fn in_force(api: Arc<Api>) -> Answer {
    api.app.flags.reread().await?;
    show(State(api)).await
}

/// A rollout as it stands, the service's or an agent's.
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
        "figures": kept(rollout.figures.as_deref()),
        "updated_at": time(rollout.updated_at),
        "looked_at": time(rollout.looked_at),
    })
}

/// A decision, with the figures that caused it.
pub(super) fn decided(decided: &Decided) -> Value {
    json!({
        "at": time(decided.at),
        "who": decided.who,
        "outcome": decided.outcome,
        "from_percent": decided.percent.0,
        "to_percent": decided.percent.1,
        "reason": decided.reason,
        "figures": kept(decided.figures.as_deref()),
    })
}
