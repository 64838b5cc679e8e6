//! What a provider of a language model is: one question, one answer. Budget, circuit breaker and retries are not its business.

use futures_util::future::BoxFuture;

use crate::whatsapp::files::File;
use switchboard_core::contract::model::{Answer, Request};

/// A provider of a language model.
pub trait Provider: Send + Sync {
    /// Asks once. `system` is all that the model is told before the conversation; `file` goes with the last entry.
    fn generate<'a>(
        &'a self,
        system: &'a str,
        request: &'a Request,
        file: Option<&'a File>,
    ) -> BoxFuture<'a, Result<Spoken, ModelError>>;
    /// Whether the key is good; the error is a sentence.
    fn check(&self) -> BoxFuture<'_, Result<(), String>>;
}

/// A provider's answer, in our words.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// What it says and asks for.
    pub answer: Answer,
    /// Tokens in and out.
    pub tokens: u64,
}

/// Why a provider gave no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Worth another try: too many requests, a failure of theirs, the network.
    #[error("{0}")]
    Later(String),
    /// The same question will fail again.
    #[error("{0}")]
    Never(String),
    /// It declined for safety.
    #[error("it declined: {0}")]
    Declined(String),
}
