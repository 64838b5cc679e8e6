//! The interface of a language model provider: one request, one answer. Budget, circuit breaker and retries are
//! handled by the caller.

use futures_util::future::BoxFuture;

use crate::whatsapp::files::File;
use switchboard_core::contract::model::{Answer, Request};

/// A provider of a language model.
pub trait Provider: Send + Sync {
    /// Sends one request. `system` is the whole system prompt; `file` goes with the last entry.
    fn generate<'a>(
        &'a self,
        system: &'a str,
        request: &'a Request,
        file: Option<&'a File>,
    ) -> BoxFuture<'a, Result<Spoken, ModelError>>;
    /// Checks the key and asks one question; the error is a sentence.
    fn check(&self) -> BoxFuture<'_, Result<(), String>>;
}

/// A provider's answer, converted.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// Its text and tool calls.
    pub answer: Answer,
    /// Tokens used, input and output.
    pub tokens: u64,
    /// Whether the tokens ended before the answer did.
    pub is_cut: bool,
}

/// A provider gave no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Worth a retry: rate limited, a server error, a network error.
    #[error("{0}")]
    Later(String),
    /// Not worth a retry.
    #[error("{0}")]
    Never(String),
    /// The tokens ended before there was an answer; so many were used. Asked again, it would end alike.
    #[error("its tokens ended before it said anything ({0} were used)")]
    Cut(u64),
    /// The provider's safety filter declined.
    #[error("it declined: {0}")]
    Declined(String),
}
