//! `/api/report`: what `switchboard report --json` prints.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;

use super::{
    answer::{Answer, Failed},
    state::Api,
};
use crate::report::{Report, SINCE, milliseconds};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    since: Option<String>,
}

pub(super) async fn show(State(api): State<Arc<Api>>, asked: Result<Query<Asked>, QueryRejection>) -> Answer {
    let Query(Asked { since }) = asked.map_err(|error| Failed::bad_request(error.body_text()))?;
    let since = milliseconds(since.as_deref().unwrap_or(SINCE)).map_err(Failed::bad_request)?;
    let app = &api.app;
    let report = Report::read(&app.store, app.clock.now(), since, api.settings.model_price).await?;
    Ok(Json(report.json()))
}
