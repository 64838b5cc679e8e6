//! `/api/dead`: lists, shows, retries and discards messages, replies and forwards that were given up.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any},
    auth::Operator,
    state::Api,
};
use crate::dead::{self, ChoiceError, Filters, LIMIT};
use switchboard_store::{DeadEvent, DeadKind, DeadLetter, Store};

/// The most letters of a kind in one answer.
const LIMIT_MAX: i64 = 1000;

/// The query parameters of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    kind: Option<String>,
    limit: Option<i64>,
    after: Option<i64>,
    code: Option<String>,
    agent: Option<String>,
    person: Option<String>,
    older: Option<String>,
    since: Option<String>,
}

/// The body of a command on many: which, or all.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Many {
    all: bool,
    code: Option<String>,
    agent: Option<String>,
    person: Option<String>,
    older: Option<String>,
    since: Option<String>,
}

impl From<ChoiceError> for ApiError {
    fn from(error: ChoiceError) -> ApiError {
        match error {
            ChoiceError::Filter(said) => ApiError::bad_request(said),
            ChoiceError::Nobody(_) => ApiError::not_found(error),
            ChoiceError::Store(error) => error.into(),
        }
    }
}

fn kind_of(name: &str) -> Result<DeadKind, ApiError> {
    let unknown = || ApiError::not_found(format!("`{name}` is not a kind: there are messages, replies and forwards"));
    DeadKind::parse(name).ok_or_else(unknown)
}

fn event_of(order: &str) -> Result<DeadEvent, ApiError> {
    match order {
        "retry" => Ok(DeadEvent::Retried),
        "discard" => Ok(DeadEvent::Discarded),
        _ => {
            Err(ApiError::not_found(format!("`{order}` is not a command on dead letters: there are retry and discard")))
        }
    }
}

pub(super) async fn list(State(api): State<Arc<Api>>, query: Result<Query<ListQuery>, QueryRejection>) -> ApiResult {
    let Query(query) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let ListQuery { kind, limit, after, code, agent, person, older, since } = query;
    let filters = Filters { code, agent, person, older, since };
    let store = &api.app.store;
    let kinds = match kind {
        Some(name) => vec![kind_of(&name)?],
        None => DeadKind::ALL.to_vec(),
    };
    let mut letters = Vec::new();
    for kind in kinds {
        let choice = filters.choice(store, kind, store.now()).await?;
        let limit = limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        letters.extend(store.dead_letters(&choice, after.unwrap_or(0), limit).await?);
    }
    Ok(Json(json!({ "dead": letters.iter().map(dead::letter).collect::<Value>() })))
}

async fn one(store: &Store, kind: DeadKind, id: i64) -> Result<DeadLetter, ApiError> {
    let none = || ApiError::not_found(format!("there is no dead {} {id}", kind.as_str()));
    store.dead_letter(kind, id).await?.ok_or_else(none)
}

pub(super) async fn show(State(api): State<Arc<Api>>, PathParam((kind, id)): PathParam<(String, String)>) -> ApiResult {
    let (store, kind) = (&api.app.store, kind_of(&kind)?);
    let letter = one(store, kind, id_of(&id)?).await?;
    Ok(Json(dead::whole(&letter, &store.dead_changes(kind, letter.id).await?)))
}

fn id_of(id: &str) -> Result<i64, ApiError> {
    id.parse().map_err(|_| ApiError::bad_request(format!("`{id}` is not an id")))
}

/// A command on one letter.
pub(super) async fn order(
    State(api): State<Arc<Api>>,
    PathParam((kind, id, order)): PathParam<(String, String, String)>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let (store, kind, event) = (&api.app.store, kind_of(&kind)?, event_of(&order)?);
    let EmptyBody {} = json_if_any(body).await?;
    let letter = one(store, kind, id_of(&id)?).await?;
    match store.decide_dead(std::slice::from_ref(&letter), event, &by.actor).await? {
        0 => Err(ApiError::conflict(format!("it is `{}` and cannot be {}", letter.state, event.as_str()))),
        done => Ok(Json(json!({ "found": 1, event.as_str(): done }))),
    }
}

/// A command on many letters.
pub(super) async fn order_many(
    State(api): State<Arc<Api>>,
    PathParam((kind, order)): PathParam<(String, String)>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let (store, kind, event) = (&api.app.store, kind_of(&kind)?, event_of(&order)?);
    let Many { all, code, agent, person, older, since } = json_if_any(body).await?;
    let filters = Filters { code, agent, person, older, since };
    if filters.is_empty() && !all {
        return Err(ApiError::bad_request("say which: a filter, or `\"all\": true`"));
    }
    let choice = filters.choice(store, kind, store.now()).await?;
    let (found, done) = store.decide_all_dead(&choice, event, &by.actor).await?;
    Ok(Json(json!({ "found": found, event.as_str(): done })))
}
