//! `/api/flags`: shows and changes the row `unified_service_flags`.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State, http::header, response::IntoResponse};
use serde_json::{Value, json};

use super::{
    answer::{ApiResult, json_of, json_text, time},
    auth::Operator,
    state::Api,
};
use crate::flags::{self, View};
use switchboard_core::operator::OperatorRole;
use switchboard_store::{ConfigChange, HostStatus};

/// How many changes are shown.
const CHANGES: i64 = 20;

pub(super) async fn show(State(api): State<Arc<Api>>, Extension(by): Extension<Operator>) -> ApiResult {
    // The lists hold numbers.
    let shows_lists = by.role >= OperatorRole::Support;
    let live = &api.app.flags;
    let view = View::read(&api.app.store, live.without_row(), CHANGES).await?;
    Ok(Json(json!({
        "row": json_text(view.row.as_deref()),
        "refusal": view.refusal,
        "people": json_text(view.lists.as_deref().filter(|_| shows_lists)),
        "in_force": view.hosts.iter().map(host).collect::<Value>(),
        "changes": view.changes.iter().map(change).collect::<Value>(),
    })))
}

pub(super) async fn replace(State(api): State<Arc<Api>>, Extension(by): Extension<Operator>, body: Body) -> ApiResult {
    let document: Value = json_of(body).await?;
    flags::replace(&api.app.store, &document, &by.actor).await?;
    in_force(api, by).await
}

pub(super) async fn patch(State(api): State<Arc<Api>>, Extension(by): Extension<Operator>, body: Body) -> ApiResult {
    let patch: Value = json_of(body).await?;
    flags::patch(&api.app.store, api.first_row(&api.agents()), &patch, &by.actor).await?;
    in_force(api, by).await
}

pub(super) async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], flags::schema())
}

/// The response after a change: reloads the flags first, so that they are in force on this host.
async fn in_force(api: Arc<Api>, by: Operator) -> ApiResult {
    api.app.flags.reread().await?;
    show(State(api), Extension(by)).await
}

fn host(status: &HostStatus) -> Value {
    json!({
        "host": status.node,
        "seen_at": time(status.seen_at),
        "enabled": status.enabled,
        "percent": status.percent,
        "refusal": status.error,
    })
}

fn change(change: &ConfigChange) -> Value {
    json!({
        "at": time(change.at),
        "who": change.who,
        "changed": flags::difference(change),
    })
}
