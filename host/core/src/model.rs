//! The interface of a language model as capabilities use it: a trait, so that the sandbox runs without one.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::contract::{
    model::{Answer, Request},
    types::Problem,
};

/// Who asks: the agent and person whose token budget is charged.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The agent's name; `host` for the host's own requests.
    pub agent: &'a str,
    /// The person whose turn it is.
    pub person: Uuid,
}

/// Failures of the model in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFailure {
    /// How many.
    pub times: u32,
    /// The last one.
    pub words: String,
}

/// The future of a model's answer.
pub type ModelFuture<'a, T> = BoxFuture<'a, Result<T, Problem>>;

/// A language model. An error does not mean that the turn has failed: agents go on without an answer.
pub trait Model: Send + Sync {
    /// Whether a model is configured.
    fn is_there(&self) -> bool;
    /// The failures in a row while the model answers nothing: how many, and the last one's words; `None` while it answers.
    fn failure(&self) -> Option<ModelFailure> {
        None
    }
    /// Sends a request.
    fn generate<'a>(&'a self, asker: Asker<'a>, request: &'a Request) -> ModelFuture<'a, Answer>;
    /// Transcribes a voice note, in the language it is spoken in.
    fn transcribe<'a>(&'a self, asker: Asker<'a>, handle: &'a str) -> ModelFuture<'a, String>;
    /// Asks a question about a file that the host has.
    fn describe<'a>(&'a self, asker: Asker<'a>, handle: &'a str, question: &'a str) -> ModelFuture<'a, String>;
}

/// The model of a host without one: every request is `unavailable`.
pub struct NoModel;

/// The error without a model.
fn none<T>() -> Result<T, Problem> {
    Err(Problem::Unavailable("there is no model".into()))
}

impl Model for NoModel {
    fn is_there(&self) -> bool {
        false
    }

    fn generate<'a>(&'a self, _: Asker<'a>, _: &'a Request) -> ModelFuture<'a, Answer> {
        Box::pin(async { none() })
    }

    fn transcribe<'a>(&'a self, _: Asker<'a>, _: &'a str) -> ModelFuture<'a, String> {
        Box::pin(async { none() })
    }

    fn describe<'a>(&'a self, _: Asker<'a>, _: &'a str, _: &'a str) -> ModelFuture<'a, String> {
        Box::pin(async { none() })
    }
}
