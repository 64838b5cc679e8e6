//! The routes of the admin API, in one table: method, path, the least role, handler. There is no route without a role.

use std::sync::Arc;

use axum::{Router, middleware, routing};
use switchboard_core::operator::OperatorRole;

use super::{
    agents, alerts, audit, auth, dead, desk, flags, numbers, operators, people, reload, report, rollout, state::Api,
    trace, turns,
};

/// A route of the admin API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiRoute {
    /// `GET`, `PUT`, `PATCH`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path below `/api`.
    pub path: &'static str,
    /// The least role that may use it.
    pub role: OperatorRole,
}

macro_rules! routes {
    ($($method:ident $path:literal $role:ident $handler:path;)*) => {
        /// All routes.
        pub const ROUTES: &[ApiRoute] =
            &[$(ApiRoute { method: stringify!($method), path: $path, role: OperatorRole::$role },)*];

        /// The router of all routes; each checks the operator's role before its body is read.
        pub(super) fn router() -> Router<Arc<Api>> {
            Router::new()$(.route($path, {
                let permit = middleware::from_fn_with_state(OperatorRole::$role, auth::permit);
                routing::on(routing::MethodFilter::$method, $handler).route_layer(permit)
            }))*
        }
    };
}

routes! {
    GET "/flags" Viewer flags::show;
    PUT "/flags" Operator flags::replace;
    PATCH "/flags" Operator flags::patch;
    GET "/flags/schema" Viewer flags::schema;
    GET "/people/{person}" Support people::explain;
    PUT "/people/{person}" Operator people::put;
    POST "/people/{person}/merge" Admin people::merge;
    GET "/people/{person}/held" Admin people::held;
    GET "/people/{person}/export" Admin people::export;
    POST "/people/{person}/forget" Admin people::forget;
    GET "/people/{person}/talk" Support desk::talk;
    POST "/people/{person}/{act}" Support desk::act;
    GET "/inbox" Support desk::inbox;
    GET "/tickets" Support desk::tickets;
    GET "/tickets/{number}" Support desk::ticket;
    POST "/tickets/{number}/{act}" Support desk::ticket_act;
    GET "/canned" Support desk::canned;
    GET "/canned/{name}" Support desk::one_canned;
    PUT "/canned/{name}" Support desk::set_canned;
    DELETE "/canned/{name}" Support desk::remove_canned;
    GET "/numbers" Viewer numbers::list;
    PATCH "/numbers/{business}" Admin numbers::set;
    DELETE "/numbers/{business}" Admin numbers::remove;
    GET "/opt-outs" Admin people::opted_out;
    PUT "/opt-outs/{person}" Admin people::opt_out;
    DELETE "/opt-outs/{person}" Admin people::opt_in;
    GET "/rollout" Viewer rollout::show;
    POST "/rollout/{order}" Operator rollout::order;
    GET "/agents" Viewer agents::list;
    GET "/agents/{name}" Viewer agents::one;
    PUT "/agents/{name}" Operator agents::upload;
    GET "/agents/{name}/history" Viewer agents::history;
    POST "/agents/{name}/{order}" Operator agents::order;
    GET "/dead" Viewer dead::list;
    GET "/dead/{kind}/{id}" Support dead::show;
    // A command on many letters.
    POST "/dead/{kind}/{id}" Operator dead::order_many;
    POST "/dead/{kind}/{id}/{order}" Operator dead::order;
    GET "/report" Viewer report::show;
    GET "/audit" Viewer audit::show;
    GET "/alerts" Viewer alerts::list;
    GET "/trace/{of}" Support trace::show;
    GET "/turns" Support turns::list;
    GET "/turns/{id}" Support turns::show;
    POST "/reload" Admin reload::reload;
    GET "/operators" Admin operators::list;
    POST "/operators" Admin operators::add;
    POST "/operators/{name}/role" Admin operators::role;
    POST "/operators/{name}/token" Admin operators::token;
    POST "/operators/{name}/revoke" Admin operators::revoke;
}
