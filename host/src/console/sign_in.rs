//! `/sign-in`, `/sign-out`, `/look`: sessions, and how somebody wants to see the console.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use switchboard_console::{
    Language, Look, Theme,
    pages::{SignInPage, SignInProblem},
};
use switchboard_core::secret::Secret;

use super::{
    answer::{ConsoleError, PageResult, page, see},
    fields::{Fields, inner_path},
    guard,
    request::PageRequest,
    state::Console,
    tries::TOKEN,
};
use crate::operators::sessions::{self, Credential};

/// How long language and theme are kept, in seconds.
const YEAR: u32 = 365 * 24 * 3600;

pub(super) async fn form(Extension(look): Extension<Look>, RawQuery(query): RawQuery) -> PageResult {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let to = inner_path(query.get("to")).to_owned();
    shown(look, String::new(), to, None, !query.get("signed-out").is_empty())
}

fn shown(look: Look, name: String, to: String, problem: Option<SignInProblem>, signed_out: bool) -> PageResult {
    let form = SignInPage { look, t: look.language.texts(), name, to, problem, signed_out };
    let mut response = page(&form)?;
    *response.status_mut() = match problem {
        None => StatusCode::OK,
        Some(SignInProblem::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNAUTHORIZED,
    };
    Ok(response)
}

pub(super) async fn sign_in(
    State(console): State<Arc<Console>>,
    Extension(look): Extension<Look>,
    headers: HeaderMap,
    body: Body,
) -> PageResult {
    if !guard::is_from_us(&headers) {
        return Err(ConsoleError::Foreign);
    }
    let fields = Fields::read(body).await.ok_or(ConsoleError::Malformed)?;
    let to = inner_path(fields.get("to")).to_owned();
    let (name, token) = (fields.get("name").trim().to_owned(), fields.get("token").trim());
    let (counts_as, credential, wrong) = match token {
        "" => {
            let password = Secret::from(fields.get("password").to_owned());
            (name.clone(), Credential::Password(name.clone(), password), SignInProblem::Password)
        }
        token => (TOKEN.to_owned(), Credential::Token(token.to_owned().into()), SignInProblem::Token),
    };
    if !console.tries.begin(&counts_as, Instant::now()) {
        return shown(look, name, to, Some(SignInProblem::TooMany), false);
    }
    let shared = console.settings.token.get();
    let begun = sessions::sign_in(&console.app.store, shared.as_ref().as_ref(), credential).await;
    if matches!(begun, Ok(Some(_)) | Err(_)) {
        console.tries.succeeded(&counts_as);
    }
    let Some(begun) = begun? else { return shown(look, name, to, Some(wrong), false) };
    let mut response = see(&to)?;
    let cookie = guard::session_cookie(&begun.cookie, guard::is_secure(&headers))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

pub(super) async fn sign_out(PageRequest { console, guest, .. }: PageRequest, headers: HeaderMap) -> PageResult {
    let shared = console.settings.token.get();
    sessions::end(&console.app.store, shared.as_ref().as_ref(), &guest.cookie).await?;
    let mut response = see("/sign-in?signed-out=1")?;
    response.headers_mut().append(header::SET_COOKIE, guard::session_cookie("", guard::is_secure(&headers))?);
    Ok(response)
}

/// Keeps language or theme in the browser.
pub(super) async fn look(PageRequest { fields, .. }: PageRequest) -> PageResult {
    let mut response = see(inner_path(fields.get("to")))?;
    if let Some(language) = Language::parse(fields.get("language")) {
        keep(&mut response, guard::LANGUAGE, language.code())?;
    }
    if !fields.get("theme").is_empty() {
        keep(&mut response, guard::THEME, Theme::parse(fields.get("theme")).as_str())?;
    }
    Ok(response)
}

fn keep(response: &mut Response, name: &str, value: &str) -> Result<(), ConsoleError> {
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={YEAR}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| ConsoleError::Malformed)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}
