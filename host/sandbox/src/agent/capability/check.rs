//! Validation of arguments, shared by capabilities.

use serde::de::IgnoredAny;
use uuid::Uuid;

use switchboard_core::contract::types::Problem;

/// The longest JSON that an agent may store in one piece: 64 KiB.
pub(super) const JSON_BYTES_MAX: usize = 64 << 10;

/// Parses an id made by the host (a UUID).
pub(super) fn id(what: &str, text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::Invalid(format!("{what}: not an id of this host")))
}

/// Checks a name chosen by the agent: 1 to 128 bytes without control characters.
pub(super) fn name(what: &str, text: &str) -> Result<(), Problem> {
    match text {
        "" => Err(Problem::Invalid(format!("{what}: is empty"))),
        _ if text.len() > 128 => Err(Problem::Invalid(format!("{what}: has {} bytes, at most 128", text.len()))),
        _ if text.chars().any(char::is_control) => Err(Problem::Invalid(format!("{what}: has control characters"))),
        _ => Ok(()),
    }
}

/// Checks that a text is JSON of bounded length.
pub(super) fn json(what: &str, text: &str) -> Result<(), Problem> {
    if text.len() > JSON_BYTES_MAX {
        return Err(Problem::Invalid(format!("{what}: has {} bytes, at most {JSON_BYTES_MAX}", text.len())));
    }
    let parsed: Result<IgnoredAny, _> = serde_json::from_str(text);
    parsed.map(|_| ()).map_err(|error| Problem::Invalid(format!("{what}: not JSON: {error}")))
}

/// Checks that a text is a JSON object of bounded length.
pub(super) fn object(what: &str, text: &str) -> Result<(), Problem> {
    json(what, text)?;
    match text.trim_start().starts_with('{') {
        true => Ok(()),
        false => Err(Problem::Invalid(format!("{what}: not a JSON object"))),
    }
}

/// Checks the kind and data of an agent's notice.
pub(super) fn notice(kind: &str, data: &str) -> Result<(), Problem> {
    name("kind", kind)?;
    if kind.starts_with("host.") {
        return Err(Problem::Invalid("kind: those that begin with `host.` are the host's".into()));
    }
    json("data", data)
}

/// Checks a length in characters.
pub(super) fn length(what: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    let n = text.trim().chars().count();
    match (least..=most).contains(&n) {
        true => Ok(()),
        false => Err(Problem::Invalid(format!("{what}: has {n} characters, {least} to {most} are allowed"))),
    }
}
