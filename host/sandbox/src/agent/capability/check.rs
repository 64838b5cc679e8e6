//! Validation of arguments beyond their [bounds](switchboard_core::contract::bounds), shared by capabilities.

use uuid::Uuid;

use crate::agent::state::State;
use switchboard_core::{contract::types::Problem, effect::Write};

/// Parses an id made by the host (a UUID).
pub(super) fn id(what: &str, text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::Invalid(format!("{what}: not an id of this host")))
}

/// Checks the kind of an agent's notice.
pub(super) fn notice_kind(kind: &str) -> Result<(), Problem> {
    match kind.starts_with("host.") {
        true => Err(Problem::Invalid("kind: those that begin with `host.` are the host's".into())),
        false => Ok(()),
    }
}

impl State {
    /// How many of this turn's buffered writes are such.
    pub(super) fn written(&self, is_such: impl Fn(&Write) -> bool) -> u64 {
        self.writes().filter(|write| is_such(write)).count() as u64
    }
}
