//! `/api/people/{number or id}`: whether somebody is in the rollout, and why; and the lists that decide it.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer::{ApiResult, PathParam, json_of},
    auth::Operator,
    state::Api,
};
use crate::flags::{
    self,
    people::{self, List},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListChange {
    list: List,
}

pub(super) async fn explain(State(api): State<Arc<Api>>, PathParam(person): PathParam<String>) -> ApiResult {
    let app = &api.app;
    let flags = app.flags.current();
    let (bucket_of, forwards) = (api.settings.bucket_of, !app.legacy.is_empty());
    let explained = flags::explain(&app.store, &flags, bucket_of, forwards, &person).await?;
    Ok(Json(json!(explained)))
}

pub(super) async fn put(
    State(api): State<Arc<Api>>,
    PathParam(person): PathParam<String>,
    Extension(who): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let ListChange { list } = json_of(body).await?;
    people::put_on(&api.app.store, list, &person, &who.0).await?;
    // In force at this host before it is answered.
    api.app.flags.reread().await?;
    explain(State(api), PathParam(person)).await
}
