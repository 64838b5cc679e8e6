//! JSON texts as both databases take them.

use serde_json::Value;

use super::wrong::{Wrong, bytes};
use crate::text;

/// The longest number, in bytes, and the largest exponent: `jsonb` keeps numbers as `numeric`, with 131,072 digits before the point and
/// 16,383 behind it.
const NUMBER_BYTES_MAX: usize = 400;

/// Checks that a text is JSON, or the JSON of an object; NULs in its texts are cut. Half surrogate pairs and numbers beyond a double are
/// no JSON here.
pub(super) fn check(text: &mut String, most: usize, is_object: bool) -> Result<(), Wrong> {
    bytes(text, most)?;
    let value: Value = serde_json::from_str(text).map_err(|error| Wrong::new(format!("not JSON: {error}")))?;
    if is_object && !value.is_object() {
        return Err(Wrong::new("not a JSON object"));
    }
    if !numbers(text).all(is_stored) {
        return Err(Wrong::new("not JSON: number out of range"));
    }
    // In what is JSON nothing that is left can make another one.
    if let Some(kept) = text::without_escaped_nul(text) {
        *text = kept;
    }
    Ok(())
}

/// The numbers in a text that is JSON.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            rest = &rest[at..];
            if let Some(said) = rest.strip_prefix('"') {
                rest = &said[end_of_string(said)..];
                continue;
            }
            let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E')));
            let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            return Some(number);
        }
    })
}

/// Where a string ends, behind its closing quotation mark.
fn end_of_string(said: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in said.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    said.len()
}

fn is_stored(number: &str) -> bool {
    let exponent = number.split_once(['e', 'E']).map_or("0", |(_, exponent)| exponent);
    let is_small = exponent.parse::<i32>().is_ok_and(|exponent| exponent.unsigned_abs() as usize <= NUMBER_BYTES_MAX);
    number.len() <= NUMBER_BYTES_MAX && is_small
}
