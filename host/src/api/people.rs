//! `/api/people/{number or id}`: explains whether a person is in the rollout, puts them on the allow or deny list, makes two persons one,
//! exports and deletes what is held about them. `/api/opt-outs`: who wants no messages.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_of, time},
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
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let MergeOrder { goes } = json_of(body).await?;
    let store = &api.app.store;
    let (stays, goes) = person::parties(store, &stays, &goes).await?;
    person::merge(store, (&stays, &goes), &by.actor).await?;
    Ok(Json(json!({ "stays": stays, "goes": goes })))
}

pub(super) async fn explain(State(api): State<Arc<Api>>, PathParam(person): PathParam<String>) -> ApiResult {
    let app = &api.app;
    let flags = app.flags.current();
    let (bucket_of, forwards) = (api.settings.bucket_of, !app.legacy.get().is_empty());
    let explained = flags::explain(&app.store, &flags, bucket_of, forwards, &person).await?;
    Ok(Json(json!(explained)))
}

pub(super) async fn put(
    State(api): State<Arc<Api>>,
    PathParam(person): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let ListChange { list } = json_of(body).await?;
    people::put_on(&api.app.store, list, &person, &by.actor).await?;
    // Reloaded first, so that the change is in force on this host.
    api.app.flags.reread().await?;
    explain(State(api), PathParam(person)).await
}

/// How much is held about a person.
pub(super) async fn held(State(api): State<Arc<Api>>, PathParam(known_by): PathParam<String>) -> ApiResult {
    Ok(Json(json!(person::held(&api.app.store, &known_by).await?)))
}

pub(super) async fn export(
    State(api): State<Arc<Api>>,
    PathParam(known_by): PathParam<String>,
    Extension(by): Extension<Operator>,
) -> ApiResult {
    let store = &api.app.store;
    let person = person::held(store, &known_by).await?.person;
    Ok(Json(Value::Object(person::export(store, person, &by.actor).await?)))
}

/// The body of `forget`: that it is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgetOrder {
    yes: bool,
}

pub(super) async fn forget(
    State(api): State<Arc<Api>>,
    PathParam(known_by): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let ForgetOrder { yes } = json_of(body).await?;
    if !yes {
        return Err(ApiError::bad_request(
            "this deletes all that is held about a person, for good: send `{\"yes\": true}`",
        ));
    }
    let Some(files) = &api.app.files else { return Err(ApiError::internal("this host keeps no files")) };
    let store = &api.app.store;
    let party = person::held(store, &known_by).await?;
    person::forget(store, files, party.person, &by.actor).await?;
    Ok(Json(json!({ "forgotten": party })))
}

pub(super) async fn opted_out(State(api): State<Arc<Api>>) -> ApiResult {
    let (people, hashes) = api.app.store.opted_out().await?;
    let shown =
        |out: &switchboard_store::OptedOut| json!({ "person": out.person, "name": out.name, "at": time(out.at) });
    Ok(Json(json!({ "people": people.iter().map(shown).collect::<Value>(), "numbers_without_a_person": hashes })))
}

pub(super) async fn opt_out(
    State(api): State<Arc<Api>>,
    PathParam(known_by): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let EmptyBody {} = json_if_any(body).await?;
    let changed = person::opt_out(&api.app.store, &known_by, true, &by.actor).await?;
    Ok(Json(json!({ "opted_out": true, "changed": changed })))
}

pub(super) async fn opt_in(
    State(api): State<Arc<Api>>,
    PathParam(known_by): PathParam<String>,
    Extension(by): Extension<Operator>,
) -> ApiResult {
    let changed = person::opt_out(&api.app.store, &known_by, false, &by.actor).await?;
    Ok(Json(json!({ "opted_out": false, "changed": changed })))
}
