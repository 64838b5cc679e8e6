//! `/api/operators`: lists operators, makes and revokes them, and gives them roles and tokens.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_of, time},
    auth::Operator,
    state::Api,
};
use crate::operators::{self, OperatorError};
use switchboard_core::operator::OperatorRole;
use switchboard_store::OperatorRow;

/// The body of a new operator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    role: String,
}

/// The body of a change of role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleChange {
    role: String,
}

impl From<OperatorError> for ApiError {
    fn from(error: OperatorError) -> ApiError {
        match error {
            OperatorError::Name(_) | OperatorError::Password(_) => ApiError::unprocessable(error),
            OperatorError::None(_) => ApiError::not_found(error),
            OperatorError::Exists(_) | OperatorError::Changed(_) => ApiError::conflict(error),
            OperatorError::Random(_) => ApiError::internal(error),
            OperatorError::Store(error) => error.into(),
        }
    }
}

fn role_of(name: &str) -> Result<OperatorRole, ApiError> {
    let there_are = OperatorRole::ALL.map(OperatorRole::as_str).join(", ");
    OperatorRole::parse(name)
        .ok_or_else(|| ApiError::unprocessable(format!("`{name}` is not a role: there are {there_are}")))
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> ApiResult {
    let all = api.app.store.operators().await?;
    Ok(Json(json!({ "operators": all.iter().map(shown).collect::<Value>() })))
}

pub(super) async fn add(State(api): State<Arc<Api>>, Extension(by): Extension<Operator>, body: Body) -> ApiResult {
    let New { name, role } = json_of(body).await?;
    let role = role_of(&role)?;
    let token = operators::add(&api.app.store, &name, role, &by.actor).await?;
    Ok(Json(json!({ "name": name, "role": role.as_str(), "token": &*token })))
}

pub(super) async fn role(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let RoleChange { role } = json_of(body).await?;
    let role = role_of(&role)?;
    let before = operators::set_role(&api.app.store, &name, role, &by.actor).await?;
    Ok(Json(json!({ "name": name, "before": before.as_str(), "role": role.as_str() })))
}

pub(super) async fn token(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let EmptyBody {} = json_if_any(body).await?;
    let token = operators::renew_token(&api.app.store, &name, &by.actor).await?;
    Ok(Json(json!({ "name": name, "token": &*token })))
}

pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let EmptyBody {} = json_if_any(body).await?;
    operators::revoke(&api.app.store, &name, &by.actor).await?;
    Ok(Json(json!({ "name": name, "revoked": true })))
}

fn shown(operator: &OperatorRow) -> Value {
    json!({
        "name": operator.name,
        "role": operator.role.as_str(),
        "created_at": time(operator.created_at),
        "created_by": operator.created_by,
        "revoked_at": operator.revoked_at.map(time),
        "used_at": operator.used_at.map(time),
    })
}
