//! The admin API: the operator's commands as JSON over HTTP, on the address of `/metrics`. A request is authenticated by its bearer token
//! before its body is read ([`auth`]). Each file below is one resource, and calls the same functions as the CLI command.

mod agents;
mod answer;
mod auth;
mod dead;
mod desk;
mod flags;
mod people;
mod report;
mod rollout;
mod state;
mod token;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::app::App;
use answer::ApiError;
use state::Api;
pub use state::ApiSettings;
pub use token::Token;

/// The router of everything below `/api`.
pub fn router(app: Arc<App>, settings: ApiSettings) -> Router {
    let api = Arc::new(Api { app, settings });
    let endpoints = Router::new()
        .route("/flags", get(flags::show).put(flags::replace).patch(flags::patch))
        .route("/flags/schema", get(flags::schema))
        .route("/people/{person}", get(people::explain).put(people::put))
        .route("/people/{person}/merge", post(people::merge))
        .route("/people/{person}/talk", get(desk::talk))
        .route("/people/{person}/{act}", post(desk::act))
        .route("/inbox", get(desk::inbox))
        .route("/tickets", get(desk::tickets))
        .route("/tickets/{number}", get(desk::ticket))
        .route("/tickets/{number}/{act}", post(desk::ticket_act))
        .route("/canned", get(desk::canned))
        .route("/canned/{name}", get(desk::one_canned).put(desk::set_canned).delete(desk::remove_canned))
        .route("/rollout", get(rollout::show))
        .route("/rollout/{order}", post(rollout::order))
        .route("/agents", get(agents::list))
        .route("/agents/{name}", get(agents::one).put(agents::upload))
        .route("/agents/{name}/history", get(agents::history))
        .route("/agents/{name}/{order}", post(agents::order))
        .route("/dead", get(dead::list))
        // Of one kind: a letter by its id, or a command on many.
        .route("/dead/{kind}/{id}", get(dead::show).post(dead::order_many))
        .route("/dead/{kind}/{id}/{order}", post(dead::order))
        .route("/report", get(report::show))
        .fallback(async || ApiError::not_found("there is no such endpoint: docs/api.md lists them"))
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .with_state(api.clone());
    Router::new().nest("/api", endpoints.layer(middleware::from_fn_with_state(api, auth::check)))
}
