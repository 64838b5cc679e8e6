//! Authentication by bearer token, before a body is read, and the check of the operator's role.

use std::sync::Arc;

use super::{answer::ApiError, state::Api};
use crate::operators;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use switchboard_core::{act::Actor, operator::OperatorRole};

/// The longest name in `X-Operator` in bytes.
const NAME_MAX: usize = 64;

/// The name of the one who has `OPERATOR_TOKEN`, in the audit.
const SHARED: &str = "operator";

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    /// The name and way for the audit.
    pub(super) actor: Actor,
    /// What they may do.
    pub(super) role: OperatorRole,
}

/// Middleware: rejects a request without a token before its body is read.
pub(super) async fn check(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    match operator(&api, request.headers()).await {
        Ok(operator) => request.extensions_mut().insert(operator),
        Err(refused) => return refused.into_response(),
    };
    next.run(request).await
}

/// Middleware: rejects a request of an operator whose role is less than the route's, before its body is read.
pub(super) async fn permit(State(least): State<OperatorRole>, request: Request, next: Next) -> Response {
    match request.extensions().get::<Operator>() {
        Some(operator) if operator.role >= least => next.run(request).await,
        Some(Operator { actor, role }) => ApiError::role(&actor.name, *role, least).into_response(),
        None => ApiError::unauthorized().into_response(),
    }
}

async fn operator(api: &Api, headers: &HeaderMap) -> Result<Operator, ApiError> {
    let (given, shared) = (bearer(headers).filter(|given| !given.is_empty()), api.settings.token());
    if let (Some(given), Some(shared)) = (given, &shared)
        && shared.is(given)
    {
        return Ok(Operator { actor: Actor::at_api(shared_name(headers)?), role: OperatorRole::Admin });
    }
    if let Some(given) = given
        && let Some(operator) = operators::by_token(&api.app.store, given).await?
    {
        return Ok(Operator { actor: Actor::at_api(operator.name), role: operator.role });
    }
    // Without a token there is nobody to be: said only while nobody could be anybody.
    match shared.is_none() && !api.app.store.has_operators().await? {
        true => Err(ApiError::no_token()),
        false => Err(ApiError::unauthorized()),
    }
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token.trim_ascii())
}

/// `operator/ann` of `X-Operator: ann`, else `operator`: the header is free text, and never stands for an operator of that name.
fn shared_name(headers: &HeaderMap) -> Result<String, ApiError> {
    let Some(value) = headers.get("x-operator") else { return Ok(SHARED.into()) };
    match std::str::from_utf8(value.as_bytes()).map(str::trim) {
        Ok("") => Ok(SHARED.into()),
        Ok(name) if name.len() <= NAME_MAX && !name.chars().any(char::is_control) => Ok(format!("{SHARED}/{name}")),
        _ => Err(ApiError::bad_request(format!("X-Operator is a name of at most {NAME_MAX} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &'static [u8]) -> HeaderMap {
        let value = HeaderValue::from_bytes(value).expect("a value");
        HeaderMap::from_iter([(header::HeaderName::from_static(name), value)])
    }

    #[test]
    fn only_the_token_itself_is_the_token() {
        let token = operators::SharedToken::new("a-token");
        for (value, is) in [
            (b"Bearer a-token".as_slice(), true),
            (b"bearer  a-token", true),
            (b"Bearer a-toke", false),
            (b"Bearer a-token2", false),
            (b"Bearer ", false),
            (b"Bearer", false),
            (b"Basic a-token", false),
            (b"a-token", false),
        ] {
            let headers = headers("authorization", value);
            assert_eq!(bearer(&headers).is_some_and(|said| token.is(said)), is, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn the_shared_token_has_a_name_that_is_no_operators() {
        let of = |value| shared_name(&headers("x-operator", value)).ok();
        assert_eq!(of(b" ann "), Some("operator/ann".into()));
        assert_eq!(of("José".as_bytes()), Some("operator/José".into()));
        assert_eq!(of(b" "), Some("operator".into()));
        assert_eq!(of(b"\xff"), None);
        assert_eq!(of(&[b'a'; 65]), None);
        assert_eq!(shared_name(&HeaderMap::new()).ok(), Some("operator".into()));
    }
}
