//! Times as texts.

/// ISO 8601 in UTC with milliseconds: the times of the checklist's tables.
pub(crate) fn iso(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}
