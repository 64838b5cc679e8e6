//! `/api/trace/{wamid, person or turn}`: follows messages, as `switchboard trace --json` does.

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
use crate::trace;

/// The query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceQuery {
    last: Option<i64>,
}

pub(super) async fn show(
    State(api): State<Arc<Api>>,
    PathParam(of): PathParam<String>,
    query: Result<Query<TraceQuery>, QueryRejection>,
) -> ApiResult {
    let Query(TraceQuery { last }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let found = trace::find(&api.app.store, &of, last.unwrap_or(1)).await?;
    if found.messages.is_empty() && found.refused.is_none() {
        return Err(ApiError::not_found(trace::NOTHING));
    }
    Ok(Json(json!(found)))
}
