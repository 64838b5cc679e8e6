//! `/api/numbers`: business numbers, and what is said of each.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde_json::{Value, json};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_of},
    auth::Operator,
    state::Api,
};
use crate::numbers::{self, NumberError, NumberPatch};

impl From<NumberError> for ApiError {
    fn from(error: NumberError) -> ApiError {
        match error {
            NumberError::Unknown(_) => ApiError::not_found(error),
            NumberError::Store(error) => error.into(),
            _ => ApiError::unprocessable(error),
        }
    }
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> ApiResult {
    let numbers = api.app.store.numbers().await?;
    Ok(Json(json!({ "numbers": numbers.iter().map(numbers::json).collect::<Value>() })))
}

pub(super) async fn set(
    State(api): State<Arc<Api>>,
    PathParam(business): PathParam<String>,
    Extension(operator): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let patch: NumberPatch = json_of(body).await?;
    let app = &api.app;
    let known: Vec<String> = app.plugins.current().iter().map(|version| version.name().to_owned()).collect();
    let set = numbers::set(&app.store, (&app.defaults, &known), &business, patch, &operator.actor).await?;
    Ok(Json(numbers::json(&set)))
}

pub(super) async fn remove(
    State(api): State<Arc<Api>>,
    PathParam(business): PathParam<String>,
    Extension(operator): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let EmptyBody {} = json_if_any(body).await?;
    numbers::remove(&api.app.store, &business, &operator.actor).await?;
    Ok(Json(json!({ "business": business, "removed": true })))
}
