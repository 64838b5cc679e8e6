//! `/api/reload`: reads the configuration of this host again.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde_json::json;

use super::{
    answer::{ApiError, ApiResult, EmptyBody, json_if_any},
    auth::Operator,
    state::Api,
};

pub(super) async fn reload(State(api): State<Arc<Api>>, Extension(by): Extension<Operator>, body: Body) -> ApiResult {
    let EmptyBody {} = json_if_any(body).await?;
    let reloaded = api.settings.reloader.reload(&by.actor).await.map_err(ApiError::unprocessable)?;
    Ok(Json(json!(reloaded)))
}
