//! Answers: pages, redirections, and errors, which become a page in the visitor's language.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use switchboard_console::{Look, Texts, pages::ProblemPage};
use switchboard_store::StoreError;

use crate::operators::OperatorError;

/// The result of a handler.
pub(super) type PageResult = Result<Response, ConsoleError>;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) enum ConsoleError {
    /// There is no such page, person or letter.
    NotFound,
    /// The visitor's role is less than the page's.
    Role,
    /// The form did not come from the console.
    Foreign,
    /// The session has ended.
    SignedOut,
    /// The console does not answer under this name.
    Host,
    /// The request is malformed.
    Malformed,
    /// The database does not answer.
    Database(String),
    /// Anything else; for the log.
    Internal(String),
}

impl ConsoleError {
    fn status(&self) -> StatusCode {
        match self {
            ConsoleError::NotFound => StatusCode::NOT_FOUND,
            ConsoleError::Role | ConsoleError::Foreign => StatusCode::FORBIDDEN,
            ConsoleError::SignedOut => StatusCode::UNAUTHORIZED,
            ConsoleError::Host => StatusCode::MISDIRECTED_REQUEST,
            ConsoleError::Malformed => StatusCode::BAD_REQUEST,
            ConsoleError::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
            ConsoleError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What is wrong, and why or what to do.
    fn words(&self, t: &Texts) -> (&'static str, &'static str) {
        match self {
            ConsoleError::NotFound => (t.errors.not_found, t.errors.not_found_why),
            ConsoleError::Role => (t.errors.not_allowed, t.errors.not_allowed_why),
            ConsoleError::Foreign => (t.errors.not_from_here, t.errors.not_from_here_why),
            ConsoleError::SignedOut => (t.errors.not_signed_in, t.errors.not_signed_in_why),
            ConsoleError::Host => (t.errors.wrong_host, t.errors.wrong_host_why),
            ConsoleError::Malformed => (t.errors.bad_request, t.errors.not_from_here_why),
            ConsoleError::Database(_) => (t.errors.database_away, t.errors.database_away_why),
            ConsoleError::Internal(_) => (t.errors.internal, t.errors.internal_why),
        }
    }

    /// The page that says so.
    pub(super) fn page(&self, look: Look) -> Response {
        let t = look.language.texts();
        let (title, words) = self.words(t);
        let way_out = match self {
            ConsoleError::SignedOut => ("/sign-in".to_owned(), t.sign_in.sign_in.to_owned()),
            _ => ("/".to_owned(), t.errors.go_back.to_owned()),
        };
        let page = ProblemPage { look, t, title: title.to_owned(), words: words.to_owned(), way_out };
        match page.render() {
            Ok(html) => (self.status(), Html(html)).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// An error waits in its response for the page in the visitor's language: see `guard`.
impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        match &self {
            ConsoleError::Internal(why) => tracing::error!("a page of the console cannot be made: {why}"),
            ConsoleError::Database(why) => tracing::warn!("a page of the console cannot be read: {why}"),
            _ => {}
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ConsoleError {
    fn from(error: StoreError) -> ConsoleError {
        ConsoleError::Database(error.to_string())
    }
}

impl From<OperatorError> for ConsoleError {
    fn from(error: OperatorError) -> ConsoleError {
        match error {
            OperatorError::Store(error) => error.into(),
            OperatorError::None(_) => ConsoleError::NotFound,
            other => ConsoleError::Internal(other.to_string()),
        }
    }
}

/// Renders a page.
pub(super) fn page(page: &impl Template) -> PageResult {
    let html = page.render().map_err(|error| ConsoleError::Internal(error.to_string()))?;
    Ok(Html(html).into_response())
}

/// Sends the visitor to another page, which is asked for by GET.
pub(super) fn see(path: &str) -> PageResult {
    let location = HeaderValue::from_str(path).map_err(|_| ConsoleError::Malformed)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
