//! What each endpoint has at hand.

use std::sync::Arc;

use super::token::Token;
use crate::app::App;

/// What the API needs to know beside the parts of the host.
pub struct ApiSettings {
    /// `OPERATOR_TOKEN`; none: nothing is answered.
    pub token: Option<Token>,
    /// Gives buckets to people who have not written yet.
    pub bucket_of: fn(&str) -> u16,
    /// `MODEL_PRICE_PER_MILLION_TOKENS`.
    pub model_price: Option<f64>,
}

/// What each endpoint has at hand.
pub(super) struct Api {
    pub(super) app: Arc<App>,
    pub(super) settings: ApiSettings,
}

impl Api {
    /// The agents here, for a first row of flags.
    pub(super) fn agents(&self) -> Vec<String> {
        self.app.plugins.current().iter().map(|version| version.name().to_owned()).collect()
    }
}
