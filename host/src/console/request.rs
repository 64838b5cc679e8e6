//! What the handler of a page is given.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use switchboard_console::{Frame, Look, Texts};

use super::{
    answer::ConsoleError,
    fields::Fields,
    guard::Guest,
    state::{Console, Now},
    view::{self, About},
};

/// A request of somebody who may see the page.
pub(super) struct PageRequest {
    /// The console.
    pub(super) console: Arc<Console>,
    /// Who asks.
    pub(super) guest: Guest,
    /// How they want to see it.
    pub(super) look: Look,
    /// The fields of the form; of a request without one, those of the query.
    pub(super) fields: Fields,
}

impl FromRequestParts<Arc<Console>> for PageRequest {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<PageRequest, ConsoleError> {
        let guest = parts.extensions.get::<Guest>().cloned().ok_or(ConsoleError::SignedOut)?;
        let query = || Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(PageRequest {
            console: console.clone(),
            guest,
            look: parts.extensions.get::<Look>().copied().unwrap_or_default(),
            fields: parts.extensions.get::<Fields>().cloned().unwrap_or_else(query),
        })
    }
}

impl PageRequest {
    /// The texts in their language.
    pub(super) fn t(&self) -> &'static Texts {
        self.look.language.texts()
    }

    /// The frame of a page.
    pub(super) fn frame(&self, now: &Now, about: About) -> Frame {
        view::frame(&self.console, now, &self.guest, self.look, about)
    }
}
