//! The variables of the language model.

use super::env::Env;
use switchboard_core::secret::Secret;
use switchboard_edge::model::{Caps, ProviderKind};

/// The configuration of the language model. Not `Debug`, since the key must not be logged.
#[derive(Clone)]
pub struct ModelConfig {
    /// `MODEL_PROVIDER`: the provider.
    pub provider: ProviderKind,
    /// `GEMINI_API_KEY`: the API key.
    pub key: Secret,
    /// `GEMINI_API_URL`: the provider's address.
    pub url: String,
    /// `MODEL`: the model's name.
    pub name: String,
    /// `MODEL_TOKENS_PER_DAY`, `MODEL_TOKENS_PER_AGENT`, `MODEL_TOKENS_PER_PERSON`: token caps per UTC day.
    pub caps: Caps,
}

impl ModelConfig {
    /// Reads the variables; `None` without a key.
    pub(super) fn read(env: &mut Env<'_>) -> Option<ModelConfig> {
        let mut tokens =
            |name: &str, default: &str| env.parsed(name, default, "a whole number of tokens").unwrap_or_default();
        let caps = Caps {
            all: tokens("MODEL_TOKENS_PER_DAY", "5000000"),
            agent: tokens("MODEL_TOKENS_PER_AGENT", "2000000"),
            person: tokens("MODEL_TOKENS_PER_PERSON", "100000"),
        };
        let provider = env.choice("MODEL_PROVIDER", ProviderKind::default(), ProviderKind::ALL);
        Some(ModelConfig {
            provider,
            key: env.maybe("GEMINI_API_KEY")?.into(),
            url: env.text("GEMINI_API_URL", "https://generativelanguage.googleapis.com"),
            name: env.text("MODEL", "gemini-3.5-flash-lite"),
            caps,
        })
    }
}
