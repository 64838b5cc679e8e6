//! Authentication: the bearer token of `OPERATOR_TOKEN`, and the operator's name for the audit.

use std::sync::Arc;

use super::{answer::ApiError, state::Api};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The longest operator name in bytes.
const NAME_MAX: usize = 64;

/// The operator's name for the audit, such as `api:ann`.
#[derive(Clone)]
pub(super) struct Operator(pub(super) String);

/// Middleware: rejects a request without the token before its body is read.
pub(super) async fn check(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let Some(token) = &api.settings.token else { return ApiError::no_token().into_response() };
    if !bearer(request.headers()).is_some_and(|given| token.is(given)) {
        let mut response = ApiError::unauthorized().into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    match who(request.headers()) {
        Ok(who) => request.extensions_mut().insert(who),
        Err(failed) => return failed.into_response(),
    };
    next.run(request).await
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token.trim_ascii())
}

/// `api:ann` of `X-Operator: ann`, else `api`.
fn who(headers: &HeaderMap) -> Result<Operator, ApiError> {
    let Some(value) = headers.get("x-operator") else { return Ok(Operator("api".into())) };
    match std::str::from_utf8(value.as_bytes()).map(str::trim) {
        Ok("") => Ok(Operator("api".into())),
        Ok(name) if name.len() <= NAME_MAX && !name.chars().any(char::is_control) => {
            Ok(Operator(format!("api:{name}")))
        }
        _ => Err(ApiError::bad_request(format!("X-Operator is a name of at most {NAME_MAX} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::token::Token, *};

    fn headers(name: &'static str, value: &'static [u8]) -> HeaderMap {
        let value = HeaderValue::from_bytes(value).expect("a value");
        HeaderMap::from_iter([(header::HeaderName::from_static(name), value)])
    }

    #[test]
    fn only_the_token_itself_is_the_token() {
        let token = Token::new("a-token");
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
    fn the_audit_has_a_name_or_says_api() {
        let of = |value| who(&headers("x-operator", value)).map(|who| who.0).ok();
        assert_eq!(of(b" ann "), Some("api:ann".into()));
        assert_eq!(of("José".as_bytes()), Some("api:José".into()));
        assert_eq!(of(b" "), Some("api".into()));
        assert_eq!(of(b"\xff"), None);
        assert_eq!(of(&[b'a'; 65]), None);
        assert_eq!(who(&HeaderMap::new()).map(|who| who.0).ok(), Some("api".into()));
    }
}
