//! `/api/turns`: recorded turns, listed and in full, as `switchboard turns` and `switchboard turn show` give them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer::{ApiError, ApiResult, PathParam},
    state::Api,
};
use crate::{
    report::milliseconds,
    turns::{self, LIMIT, LIMIT_MAX, TurnChoice, TurnError},
};

/// The query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TurnsQuery {
    agent: Option<String>,
    person: Option<String>,
    #[serde(default)]
    errors: bool,
    words: Option<String>,
    since: Option<String>,
    before: Option<i64>,
    limit: Option<usize>,
}

pub(super) async fn list(State(api): State<Arc<Api>>, query: Result<Query<TurnsQuery>, QueryRejection>) -> ApiResult {
    let Query(query) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let TurnsQuery { agent, person, errors, words, since, before, limit } = query;
    let since = since.as_deref().map(milliseconds).transpose().map_err(ApiError::bad_request)?;
    let since = since.map_or(0, |back| api.app.store.now() - back);
    let person = match &person {
        Some(meant) => Some(api.app.store.person_of(meant).await?.ok_or_else(|| nobody(meant))?),
        None => None,
    };
    let limit = limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let choice = TurnChoice { agent, person, errors, words, since, before, limit };
    Ok(Json(json!({ "turns": turns::list(&api.app.store, &choice).await? })))
}

pub(super) async fn show(State(api): State<Arc<Api>>, PathParam(turn): PathParam<String>) -> ApiResult {
    let wrong = || ApiError::bad_request(format!("`{turn}` is no turn: give turn-<id> or the message's id"));
    let message = turns::message_of(&turn).ok_or_else(wrong)?;
    let (shown, _) = turns::show(&api.app.store, message).await?;
    Ok(Json(json!(shown)))
}

fn nobody(meant: &str) -> ApiError {
    ApiError::not_found(format!("nobody is known by `{meant}`: give a number with its country code, or a person's id"))
}

impl From<TurnError> for ApiError {
    fn from(error: TurnError) -> ApiError {
        match error {
            TurnError::Store(error) => error.into(),
            TurnError::NoTurn(_) => ApiError::not_found(error),
            TurnError::Journal(_) => ApiError::unprocessable(error),
        }
    }
}
