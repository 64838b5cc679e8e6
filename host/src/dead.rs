//! The desk of dead letters, as the command line and the admin API share it: how they are chosen, and how they are shown as JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::report::milliseconds;
use switchboard_store::{DeadChange, DeadChoice, DeadKind, DeadLetter, Store, StoreError};

/// How many letters are listed if nobody says otherwise.
pub const LIMIT: i64 = 100;

/// Why letters could not be chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// A filter is malformed; a sentence.
    #[error("{0}")]
    Filter(String),
    /// Nobody is known by this.
    #[error("nobody is known by `{0}`")]
    Nobody(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which letters are meant: those that fit all that is given.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// The code at the start of the error: `131047`, `100/33`.
    pub code: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// A phone number in any spelling, a user id or a person's id.
    pub person: Option<String>,
    /// Older than this: `30m`, `4h`, `7d`.
    pub older: Option<String>,
    /// Not older than this.
    pub since: Option<String>,
}

impl Filters {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }

    /// The letters of a kind that these mean now, in milliseconds.
    pub async fn choice(&self, store: &Store, kind: DeadKind, now: i64) -> Result<DeadChoice, ChoiceError> {
        let Filters { code, agent, person, older, since } = self.clone();
        if let Some(code) = code.as_deref().filter(|code| !is_code(code)) {
            return Err(ChoiceError::Filter(format!("`{code}` is not a code: use 131047 or 100/33")));
        }
        let person = match person {
            Some(known_by) => {
                let found = store.person_of(&known_by).await?;
                Some(found.ok_or(ChoiceError::Nobody(known_by))?)
            }
            None => None,
        };
        let back = |period: Option<String>| {
            period.map(|period| milliseconds(&period).map(|ms| now - ms).map_err(ChoiceError::Filter)).transpose()
        };
        let (from, to) = (back(since)?, back(older)?);
        Ok(DeadChoice { kind, code, agent, person, from_ms: from.unwrap_or(0), to_ms: to.unwrap_or(i64::MAX) })
    }
}

fn is_code(code: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    code.splitn(2, '/').all(digits)
}

/// A letter as JSON. No phone number, and nothing that a person wrote.
pub fn letter(letter: &DeadLetter) -> Value {
    json!({
        "kind": letter.kind.as_str(),
        "id": letter.id,
        "state": letter.state,
        "what": letter.what,
        "agent": letter.agent,
        "person": letter.person,
        "business": letter.business,
        "message": letter.message_id,
        "attempts": letter.attempts,
        "at": jiff::Timestamp::from_millisecond(letter.at_ms).ok().map(|at| at.to_string()),
        "error": letter.error,
    })
}

/// A letter as JSON with its content and what was done with it before.
pub fn whole(one: &DeadLetter, changes: &[DeadChange]) -> Value {
    let mut shown = letter(one);
    shown["body"] = serde_json::from_str(&one.body).unwrap_or_else(|_| one.body.as_str().into());
    let change = |change: &DeadChange| {
        let at = jiff::Timestamp::from_millisecond(change.at).ok().map(|at| at.to_string());
        json!({ "at": at, "who": change.who, "event": change.event })
    };
    shown["changes"] = changes.iter().map(change).collect();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_digits() {
        for (code, is) in [("131047", true), ("100/33", true), ("", false), ("1%", false), ("1/", false), ("a", false)]
        {
            assert_eq!(is_code(code), is, "{code}");
        }
    }
}
