//! `/api/alerts`: the alerts that fire, as `switchboard alerts list --json` prints them.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::Value;

use super::{answer::ApiResult, state::Api};
use crate::alert::{FIRING, firing_json};

pub(super) async fn list(State(api): State<Arc<Api>>) -> ApiResult {
    let firing = api.app.store.alerts_firing(FIRING).await?;
    Ok(Json(firing.iter().map(firing_json).collect::<Value>()))
}
