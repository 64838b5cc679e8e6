//! Values of the contract as JSON in columns: their names there, their format's version, and the names that SQL reads.
//!
//! A column holds a value's JSON as serde gives it; that is version 1, which has no mark of its own. A later version is
//! `{"format": n, "value": …}`. The names in version 1 are those of the types' serde attributes; the tests pin all of them, byte for byte.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use switchboard_core::contract::types::Content;

/// SQL: the content of a message that was forgotten.
pub(super) const FORGOTTEN_SQL: &str = r#"'{"Unsupported":"forgotten"}'"#;

/// SQL: the handle of the file that a message `m` holds; null where it holds none.
#[cfg(test)]
pub(super) const MEDIA_HANDLE: &str = "m.content::jsonb->'Media'->>'handle'";

/// SQL: the listing that a content of a notice is about; null where it is about none.
pub(super) const NOTICE_LISTING: &str = "content::jsonb->'Notice'->>'listing'";

/// Why a stored value cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// A later program wrote it.
    #[error("it has format {0}; this program reads format 1")]
    Later(u32),
    /// It is damaged.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A value of a later version.
#[derive(Deserialize)]
struct Envelope {
    format: u32,
    #[serde(rename = "value")]
    _value: serde::de::IgnoredAny,
}

/// A value as a column holds it.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> String {
    // The contract's types are plain data: none of them fails.
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

/// Reads a column.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| match serde_json::from_str::<Envelope>(text) {
        Ok(envelope) => Unreadable::Later(envelope.format),
        Err(_) => error.into(),
    })
}

/// The content of a message. One that cannot be read is answered as what WhatsApp cannot pass on, and logged.
pub(super) fn content(text: &str, message: i64) -> Content {
    read(text).unwrap_or_else(|error| {
        tracing::warn!(message, "a message's content cannot be read: {error}");
        Content::Unsupported("unreadable".into())
    })
}

/// A column that a person's conversation can go on without; logged where it cannot be read.
pub(super) fn optional<T: DeserializeOwned>(text: Option<String>, column: &str) -> Option<T> {
    let text = text?;
    read(&text).inspect_err(|error| tracing::warn!(column, "a stored value cannot be read: {error}")).ok()
}

#[cfg(test)]
mod tests;
