//! A language model as capabilities use it, behind a trait, so that a sandbox runs without one.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::contract::{
    model::{Answer, Request},
    types::Problem,
};

/// Who asks: whose caps it is counted against.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The agent's name; the host asks as `host`.
    pub agent: &'a str,
    /// The person whose turn it is.
    pub person: Uuid,
}

/// What a model says, in time, or why it says nothing.
pub type Said<'a, T> = BoxFuture<'a, Result<T, Problem>>;

/// A language model. Every problem is a usual answer; none means that the turn has failed.
pub trait Model: Send + Sync {
    /// Whether there is one at all.
    fn is_there(&self) -> bool;
    /// Asks it.
    fn generate<'a>(&'a self, asker: Asker<'a>, request: &'a Request) -> Said<'a, Answer>;
    /// The words of a voice note, in the language they were said in.
    fn transcribe<'a>(&'a self, asker: Asker<'a>, handle: &'a str) -> Said<'a, String>;
    /// Asks it about a file that the host holds.
    fn describe<'a>(&'a self, asker: Asker<'a>, handle: &'a str, question: &'a str) -> Said<'a, String>;
}

/// No model: every agent goes on without.
pub struct NoModel;

/// What an agent is told where there is none.
fn none<T>() -> Result<T, Problem> {
    Err(Problem::Unavailable("there is no model".into()))
}

impl Model for NoModel {
    fn is_there(&self) -> bool {
        false
    }

    fn generate<'a>(&'a self, _: Asker<'a>, _: &'a Request) -> Said<'a, Answer> {
        Box::pin(async { none() })
    }

    fn transcribe<'a>(&'a self, _: Asker<'a>, _: &'a str) -> Said<'a, String> {
        Box::pin(async { none() })
    }

    fn describe<'a>(&'a self, _: Asker<'a>, _: &'a str, _: &'a str) -> Said<'a, String> {
        Box::pin(async { none() })
    }
}
