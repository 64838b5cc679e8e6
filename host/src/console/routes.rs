//! The routes of the console, in two tables: those that need a role, and the few that are open to all.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing};
use switchboard_core::operator::OperatorRole;

use super::answer::ConsoleError;
use super::{
    agent, agents, assets, audit, events, guard, inbox, overview, people, phone, replay, rollout, settings, sign_in,
    state::Console, turns, upload, waiting,
};

/// The largest upload, in bytes: a file of the phone's with what a form adds. What is no upload is bounded by its form.
const BODY_MAX: usize = phone::FILE_MAX + (64 << 10);

/// A route of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsoleRoute {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The least role that may use it.
    pub role: OperatorRole,
}

macro_rules! routes {
    ($($method:ident $path:literal $role:ident $handler:path;)*) => {
        /// The routes that need a role.
        pub const ROUTES: &[ConsoleRoute] =
            &[$(ConsoleRoute { method: stringify!($method), path: $path, role: OperatorRole::$role },)*];

        /// The router of all routes; each lets in who is signed in and has the role, and of a form only one of ours.
        pub(super) fn router(console: &Arc<Console>) -> Router<Arc<Console>> {
            let open = Router::new()
                .route("/sign-in", routing::get(sign_in::form).post(sign_in::sign_in))
                .route("/assets/{hash}/{name}", routing::get(assets::file));
            open$(.route($path, {
                let state = (console.clone(), OperatorRole::$role);
                let enter = middleware::from_fn_with_state(state, guard::enter);
                routing::on(routing::MethodFilter::$method, $handler).route_layer(enter)
            }))*
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .fallback(async || ConsoleError::NotFound)
            .method_not_allowed_fallback(async || ConsoleError::Malformed)
        }
    };
}

/// The routes that are open to all, with their methods.
pub const OPEN_ROUTES: &[(&str, &str)] = &[("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/assets/{hash}/{name}")];

routes! {
    GET "/" Viewer overview::show;
    GET "/agents" Viewer agents::list;
    POST "/agents" Operator upload::upload;
    GET "/agents/{name}" Viewer agent::one;
    POST "/agents/{name}/{act}" Operator agent::act;
    GET "/agents/{name}/replay/{sha256}" Viewer replay::show;
    GET "/rollout" Viewer rollout::show;
    POST "/rollout/{act}" Operator rollout::act;
    GET "/people" Support people::search;
    POST "/people" Support people::find;
    GET "/people/{person}" Support people::one;
    POST "/people/{person}/list" Operator people::put;
    POST "/people/{person}/export" Admin people::export;
    POST "/people/{person}/forget" Admin people::forget;
    GET "/waiting" Viewer waiting::show;
    GET "/phone" Support phone::show;
    POST "/phone/{persona}/say" Support phone::say;
    POST "/phone/{persona}/file" Support phone::send_file;
    POST "/phone/{persona}/clear" Support phone::clear;
    GET "/phone/file/{id}" Support phone::file;
    GET "/turns" Support turns::list;
    GET "/turns/{id}" Support turns::show;
    POST "/waiting/{kind}" Operator waiting::order;
    GET "/inbox" Support inbox::list;
    GET "/inbox/{person}" Support inbox::one;
    POST "/inbox/{person}/{act}" Support inbox::act;
    GET "/audit" Viewer audit::show;
    GET "/settings" Admin settings::show;
    POST "/settings/operators" Admin settings::add;
    POST "/settings/operators/{name}/{act}" Admin settings::change;
    POST "/settings/canned" Admin settings::set_canned;
    POST "/settings/canned/remove" Admin settings::remove_canned;
    GET "/events" Viewer events::stream;
    POST "/look" Viewer sign_in::look;
    POST "/sign-out" Viewer sign_in::sign_out;
}
