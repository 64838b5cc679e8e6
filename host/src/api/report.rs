//! `/api/report`: the report, as `switchboard report --json` prints it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;

use super::{
    answer::{ApiError, ApiResult},
    state::Api,
};
use crate::report::{Report, SINCE, milliseconds};

/// The query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    since: Option<String>,
}

pub(super) async fn show(State(api): State<Arc<Api>>, query: Result<Query<ReportQuery>, QueryRejection>) -> ApiResult {
    let Query(ReportQuery { since }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let since = milliseconds(since.as_deref().unwrap_or(SINCE)).map_err(ApiError::bad_request)?;
    let app = &api.app;
    let report = Report::read(&app.store, app.clock.now(), since, api.settings.model_price).await?;
    Ok(Json(report.json()))
}
