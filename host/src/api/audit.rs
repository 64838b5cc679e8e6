//! `/api/audit`: human acts of all sources as one list, the latest first.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer::{ApiError, ApiResult},
    state::Api,
};
use crate::{
    operators::audit::{self, AuditChoice, LIMIT, LIMIT_MAX},
    report::milliseconds,
};

/// The query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    since: Option<String>,
    who: Option<String>,
    act: Option<String>,
    subject: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn show(State(api): State<Arc<Api>>, query: Result<Query<AuditQuery>, QueryRejection>) -> ApiResult {
    let Query(query) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let AuditQuery { since, who, act, subject, limit } = query;
    let since = since.as_deref().map(milliseconds).transpose().map_err(ApiError::bad_request)?;
    let since = since.map_or(0, |back| api.app.store.now() - back);
    let limit = limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let choice = AuditChoice { since, before: None, who, act, subject, limit };
    Ok(Json(json!({ "acts": audit::read(&api.app.store, &choice).await? })))
}
