//! `/api/people/{number or id}`: explains whether a person is in the rollout, puts them on the allow or deny list, and makes two persons
//! one.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer::{ApiResult, PathParam, json_of},
    auth::Operator,
    state::Api,
};
use crate::{
    flags::{
        self,
        people::{self, List},
    },
    person,
};

/// The body of a change: the list to put the person on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListChange {
    list: List,
}

/// The body of a merge: who goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MergeOrder {
    goes: String,
}

/// Makes two persons one: everything of the one in the body becomes that of the one in the path.
pub(super) async fn merge(
    State(api): State<Arc<Api>>,
    PathParam(stays): PathParam<String>,
    Extension(who): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let MergeOrder { goes } = json_of(body).await?;
    let store = &api.app.store;
    let (stays, goes) = person::parties(store, &stays, &goes).await?;
    person::merge(store, (&stays, &goes), &who.0).await?;
    Ok(Json(json!({ "stays": stays, "goes": goes })))
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
    // Reloaded first, so that the change is in force on this host.
    api.app.flags.reread().await?;
    explain(State(api), PathParam(person)).await
}
