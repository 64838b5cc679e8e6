//! The admin API: the operator's commands as JSON over HTTP, on the address of `/metrics`. A request is authenticated by its bearer token
//! and held to its operator's role before its body is read ([`auth`], [`routes`]). Each file below is one resource, and calls the same functions as the CLI command.

mod agents;
mod alerts;
mod answer;
mod audit;
mod auth;
mod dead;
mod desk;
mod flags;
mod numbers;
mod operators;
mod people;
mod reload;
mod report;
mod rollout;
mod routes;
mod state;
mod trace;
mod turns;

use std::sync::Arc;

use axum::{Router, middleware};

use crate::app::App;
use answer::ApiError;
pub use routes::{ApiRoute, ROUTES};
use state::Api;
pub use state::ApiSettings;

/// The router of everything below `/api`.
pub fn router(app: Arc<App>, settings: ApiSettings) -> Router {
    let api = Arc::new(Api { app, settings });
    let endpoints = routes::router()
        .fallback(async || ApiError::not_found("there is no such endpoint: docs/api.md lists them"))
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .with_state(api.clone());
    Router::new().nest("/api", endpoints.layer(middleware::from_fn_with_state(api, auth::check)))
}
