//! What every request passes: the host's name, the session, the operator's role, and of a form its token and where it came from.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;
use switchboard_console::{Look, Theme, Visitor};
use switchboard_core::{act::Actor, operator::OperatorRole, secret::Secret};

use super::{
    answer::{ConsoleError, see},
    fields::Fields,
    state::Console,
};
use crate::operators::sessions::{self, Begun, IDLE_MS};

/// What pages may load: nothing but the console's own files.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The cookie of the session; on loopback, where there is no TLS, without the prefix that demands it.
const COOKIE: &str = "switchboard";
const SECURE_COOKIE: &str = "__Host-switchboard";

/// The header of what a page asks for by itself, without its operator.
const REFRESH: &str = "x-refresh";

/// The cookies of language and theme.
pub(super) const LANGUAGE: &str = "switchboard-language";
pub(super) const THEME: &str = "switchboard-theme";

/// Who asks, and what came with it.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    /// The name and way for the audit.
    pub(super) actor: Actor,
    /// The name, the role and the token of forms.
    pub(super) visitor: Visitor,
    /// The cookie's value.
    pub(super) cookie: Secret,
    /// The address with its query.
    pub(super) path: String,
}

/// Puts around the router what every request passes, with or without a session.
pub(super) fn around(router: Router<Arc<Console>>, console: Arc<Console>) -> Router {
    router.layer(middleware::from_fn_with_state(console.clone(), dress)).with_state(console)
}

/// Middleware around all: checks the host's name, finds language and theme, makes a page of an error, and sets the headers.
async fn dress(State(console): State<Arc<Console>>, mut request: Request, next: Next) -> Response {
    let look = look(request.headers());
    request.extensions_mut().insert(look);
    let mut response = match is_ours(&console, request.headers()) {
        true => next.run(request).await,
        false => ConsoleError::Host.into_response(),
    };
    if let Some(error) = response.extensions_mut().remove::<ConsoleError>() {
        let headers = std::mem::take(response.headers_mut());
        response = error.page(look);
        response
            .headers_mut()
            .extend(headers.into_iter().filter(|(name, _)| name.as_ref() == Some(&header::SET_COOKIE)));
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Middleware of a page: lets in who is signed in and has the role, and of a form only one of ours.
pub(super) async fn enter(
    State((console, least)): State<(Arc<Console>, OperatorRole)>,
    request: Request,
    next: Next,
) -> Response {
    match entered(&console, least, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn entered(
    console: &Console,
    least: OperatorRole,
    mut request: Request,
    next: Next,
) -> Result<Response, ConsoleError> {
    let headers = request.headers();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let is_read = request.method() == Method::GET;
    let is_secure = !is_loopback(host_of(headers).unwrap_or_default());
    let mut set_cookie = None;
    let guest = match guest(console, headers, &path).await? {
        Some(guest) => guest,
        // In development one is signed in at once; a form of a session that has ended is not sent all the same.
        None if is_read && console.settings.in_development => {
            let begun = sessions::in_development(&console.app.store).await?;
            set_cookie = Some(session_cookie(&begun.cookie, is_secure)?);
            guest_of(begun, path)
        }
        None if is_read => {
            let to: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            return see(&format!("/sign-in?to={to}"));
        }
        None => return Err(ConsoleError::SignedOut),
    };
    if guest.visitor.role < least {
        return Err(ConsoleError::Role);
    }
    if !is_read {
        request = checked(request, &guest.visitor.csrf).await?;
    }
    request.extensions_mut().insert(guest);
    let mut response = next.run(request).await;
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Reads a form and checks that it is one of ours: it came from the console's own page, and carries the session's token. What is not a form,
/// such as an upload, carries the token in its address, and its body is left unread.
async fn checked(request: Request, token: &str) -> Result<Request, ConsoleError> {
    if !is_from_us(request.headers()) {
        return Err(ConsoleError::Foreign);
    }
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let (mut parts, body) = request.into_parts();
    let (fields, body) = match is_form {
        true => (Fields::read(body).await.ok_or(ConsoleError::Malformed)?, Body::empty()),
        false => (Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()), body),
    };
    if !bool::from(fields.get("csrf").as_bytes().ct_eq(token.as_bytes())) {
        return Err(ConsoleError::Foreign);
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, body))
}

/// Who asks, by the session's cookie.
async fn guest(console: &Console, headers: &HeaderMap, path: &str) -> Result<Option<Guest>, ConsoleError> {
    let is_secure = !is_loopback(host_of(headers).unwrap_or_default());
    let Some(value) = cookie(headers, if is_secure { SECURE_COOKIE } else { COOKIE }) else { return Ok(None) };
    let token = console.settings.token.get();
    let in_development = console.settings.in_development;
    let found = sessions::find(&console.app.store, token.as_ref().as_ref(), value, in_development).await?;
    let Some(session) = found else { return Ok(None) };
    // A page that asks for itself again keeps no session awake.
    if !headers.contains_key(REFRESH) {
        sessions::used(&console.app.store, &session).await;
    }
    let begun = Begun { cookie: value.to_owned().into(), operator: session.operator, role: session.role };
    Ok(Some(guest_of(begun, path.to_owned())))
}

fn guest_of(Begun { cookie, operator, role }: Begun, path: String) -> Guest {
    let visitor = Visitor { name: operator.clone(), role, csrf: sessions::form_token(&cookie) };
    Guest { actor: Actor::at_console(operator), visitor, cookie, path }
}

/// The header that sets the session's cookie. It ends with the session's rest at the latest.
pub(super) fn session_cookie(value: &str, is_secure: bool) -> Result<HeaderValue, ConsoleError> {
    let (name, secure) = if is_secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    // The host itself ends a session that rests; the browser keeps the cookie as long as the longest session.
    let age = if value.is_empty() { 0 } else { sessions::LIFE_MS.max(IDLE_MS) / 1000 };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).map_err(|_| ConsoleError::Malformed)
}

/// Whether a request came by TLS, as far as the host knows: what is not loopback has a proxy before it.
pub(super) fn is_secure(headers: &HeaderMap) -> bool {
    !is_loopback(host_of(headers).unwrap_or_default())
}

/// A cookie's value.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(is, _)| *is == name).map(|(_, value)| value)
}

/// Language and theme: the cookies', else what the browser says.
fn look(headers: &HeaderMap) -> Look {
    use switchboard_console::Language;
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let chosen = cookie(headers, LANGUAGE).and_then(Language::parse);
    Look {
        language: chosen.or_else(|| accepted.and_then(Language::accepted)).unwrap_or_default(),
        theme: cookie(headers, THEME).map(Theme::parse).unwrap_or_default(),
    }
}

/// The host's name in `Host`, without the port and the brackets.
fn host_of(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, _)| host),
        None => Some(host.rsplit_once(':').map_or(host, |(host, _)| host)),
    }
}

fn is_loopback(host: &str) -> bool {
    let is_address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}

/// Whether the console answers under the name that was asked for: a page of a stranger cannot point a name of its own here.
fn is_ours(console: &Console, headers: &HeaderMap) -> bool {
    let Some(host) = host_of(headers) else { return false };
    let address = console.settings.address.ip();
    is_loopback(host)
        || console.settings.hosts.iter().any(|name| name.eq_ignore_ascii_case(host))
        || (!address.is_unspecified() && host.parse() == Ok(address))
}

/// Whether a form came from a page of the console's own, as the browser says.
pub(super) fn is_from_us(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) if site != "same-origin" => false,
        (site, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            let of_origin = origin.split_once("://").map(|(_, host)| host);
            // A page with `no-referrer` sends `null` as its origin.
            of_origin == Some(host) || (origin == "null" && site.is_some())
        }
        (Some(_), None) => true,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_form_is_ours_only_from_our_own_page() {
        for (all, ours) in [
            (&[("sec-fetch-site", "same-origin"), ("host", "localhost:8081")][..], true),
            (
                &[("sec-fetch-site", "cross-site"), ("host", "localhost:8081"), ("origin", "http://localhost:8081")],
                false,
            ),
            (&[("sec-fetch-site", "same-site"), ("host", "localhost:8081")], false),
            (&[("origin", "http://localhost:8081"), ("host", "localhost:8081")], true),
            (&[("origin", "http://localhost:9000"), ("host", "localhost:8081")], false),
            (&[("origin", "null"), ("host", "localhost:8081")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null"), ("host", "localhost:8081")], true),
            (&[("host", "localhost:8081")], false),
        ] {
            assert_eq!(is_from_us(&headers(all)), ours, "{all:?}");
        }
    }

    #[test]
    fn a_host_s_name_is_read_without_its_port() {
        for (host, name, loopback) in [
            ("localhost:8081", "localhost", true),
            ("LOCALHOST", "LOCALHOST", true),
            ("127.0.0.1:8081", "127.0.0.1", true),
            ("[::1]:8081", "::1", true),
            ("console.example", "console.example", false),
            ("127.0.0.1.evil.example:80", "127.0.0.1.evil.example", false),
        ] {
            let headers = headers(&[("host", host)]);
            assert_eq!((host_of(&headers), is_loopback(name)), (Some(name), loopback), "{host}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = headers(&[("cookie", "switchboard-theme=dark; switchboard=abc; __Host-switchboard=x")]);
        assert_eq!(cookie(&headers, COOKIE), Some("abc"));
        assert_eq!(cookie(&headers, SECURE_COOKIE), Some("x"));
        assert_eq!(cookie(&headers, "board"), None);
    }
}
