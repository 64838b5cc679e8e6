//! `/api/report`: the report, as `switchboard report --json` prints it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{answer::ApiError, state::Api};
use crate::report::{Report, SINCE, milliseconds};

/// The query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    since: Option<String>,
    /// `csv`; else JSON.
    format: Option<String>,
}

pub(super) async fn show(
    State(api): State<Arc<Api>>,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(ReportQuery { since, format }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let since = milliseconds(since.as_deref().unwrap_or(SINCE)).map_err(ApiError::bad_request)?;
    let app = &api.app;
    let report = Report::read(&app.store, app.clock.now(), since, &app.rates).await?;
    match format.as_deref() {
        None | Some("json") => Ok(Json(report.json()).into_response()),
        Some("csv") => Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], report.csv()).into_response()),
        Some(other) => Err(ApiError::bad_request(format!("`{other}` is no format: use json or csv"))),
    }
}
