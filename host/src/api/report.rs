//! `/api/report`: what `switchboard report --json` prints.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;

use super::{
    answer::{ApiResult, ApiError},
    state::Api,
};
use crate::report::{Report, SINCE, milliseconds};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    since: Option<String>,
}

pub(super) async fn show(State(api): State<Arc<Api>>, asked: Result<Query<ReportQuery>, QueryRejection>) -> ApiResult {
    let Query(ReportQuery { since }) = asked.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let since = milliseconds(since.as_deref().unwrap_or(SINCE)).map_err(ApiError::bad_request)?;
    let app = &api.app;
    let report = Report::read(&app.store, app.clock.now(), since, api.settings.model_price).await?;
    Ok(Json(report.json()))
}
