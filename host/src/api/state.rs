//! The API's shared state.

use std::sync::Arc;

use crate::{app::App, flags::FirstRow, operators::SharedToken, reload::Reloader};
use switchboard_core::{live::Live, secret::Secret};

/// The API's settings.
pub struct ApiSettings {
    /// `OPERATOR_TOKEN`: an admin beside the operators of the database.
    pub token: Live<Option<Secret>>,
    /// Reads the configuration again.
    pub reloader: Arc<Reloader>,
    /// The hash that gives a bucket to people who have not written yet.
    pub bucket_of: fn(&str) -> u16,
}

/// The shared state of all endpoints.
pub(super) struct Api {
    pub(super) app: Arc<App>,
    pub(super) settings: ApiSettings,
}

impl ApiSettings {
    /// The token in force.
    pub(super) fn token(&self) -> Option<SharedToken> {
        self.token.get().as_ref().as_ref().map(|secret| SharedToken::new(secret))
    }
}

impl Api {
    /// The names of the loaded agents, for a new flags' row.
    pub(super) fn agents(&self) -> Vec<String> {
        self.app.plugins.current().iter().map(|version| version.name().to_owned()).collect()
    }

    /// What a new flags' row is made of.
    pub(super) fn first_row<'a>(&'a self, agents: &'a [String]) -> FirstRow<'a> {
        FirstRow { agents, without_row: self.app.flags.without_row() }
    }
}
