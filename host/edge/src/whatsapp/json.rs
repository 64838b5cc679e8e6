//! A lenient JSON reader: nothing is required, unknown fields are ignored, and one broken part does not affect
//! others.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value, value::RawValue};

/// How deep a body is searched for the part that cannot be read: fields of a message in `history` are at depth 12,
/// others at 9 at the most. Each level reparses everything below it.
const DEPTH_MAX: usize = 12;

/// Parses a text. A part that cannot be read is left out (in a list it becomes `null`), and `trouble` is called with
/// its path and the error. None if the whole text cannot be read.
pub(crate) fn read(text: &str, trouble: &mut impl FnMut(&str, &str)) -> Option<Value> {
    let text = mend(text);
    let value = part(&text, "", 0, trouble)?;
    Some(if text.contains("\\u0000") { clean(value) } else { value })
}

fn part(text: &str, path: &str, depth: usize, trouble: &mut impl FnMut(&str, &str)) -> Option<Value> {
    let why = match serde_json::from_str(text) {
        Ok(value) => return Some(value),
        Err(why) => why,
    };
    if depth < DEPTH_MAX {
        if let Ok(parts) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
            let read = parts.into_iter().filter_map(|(key, raw)| {
                let dot = if path.is_empty() { "" } else { "." };
                let value = part(raw.get(), &format!("{path}{dot}{key}"), depth + 1, trouble)?;
                Some((key, value))
            });
            return Some(Value::Object(read.collect::<Map<_, _>>()));
        }
        if let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(text) {
            let read = parts.into_iter().enumerate();
            let read =
                read.map(|(n, raw)| part(raw.get(), &format!("{path}[{n}]"), depth + 1, trouble).unwrap_or_default());
            return Some(Value::Array(read.collect()));
        }
    }
    trouble(if path.is_empty() { "the body" } else { path }, &why.to_string());
    None
}

/// The elements of a list; none if the value is missing or not a list.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Replaces escaped unpaired surrogates, which are legal JSON but not text, by U+FFFD.
pub(crate) fn mend(text: &str) -> Cow<'_, str> {
    // From the first backslash on, since it may escape the next one.
    let Some(first) = text.contains("\\u").then(|| text.find('\\')).flatten() else { return Cow::Borrowed(text) };
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u32> {
        let escape = bytes.get(at..at + 6)?;
        if !escape.starts_with(b"\\u") {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
    };
    let mut out = String::new();
    let (mut at, mut kept) = (first, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                out.push_str(&text[kept..at]);
                out.push_str("\\ufffd");
                at += 6;
                kept = at;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Replaces U+0000, which databases refuse, by U+FFFD.
fn clean(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(parts) => Value::Array(parts.into_iter().map(clean).collect()),
        Value::Object(parts) => Value::Object(parts.into_iter().map(|(key, part)| (key, clean(part))).collect()),
        other => other,
    }
}

/// A non-empty text; a number is converted.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The most bytes of an id. Meta's have up to some hundred; an index of PostgreSQL takes 2,700, and a delivery with a longer one could
/// never be stored.
pub(crate) const ID_MAX: usize = 512;

/// An id: a text of at most [`ID_MAX`] bytes, without control characters. What is longer is none.
pub(crate) fn id(value: &Value) -> Option<String> {
    text(value).filter(|id| id.len() <= ID_MAX && !id.chars().any(char::is_control))
}

/// A number, or a text that can be parsed as one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Converts seconds, as text or number, to milliseconds.
pub(crate) fn time_ms(value: &Value) -> Option<i64> {
    let seconds = number(value)?;
    (seconds > 0.0 && seconds < 1e11).then_some((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_mended_and_a_whole_one_kept() {
        for (text, mended) in [
            (r#""plain""#, r#""plain""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a \ud83d b""#, r#""a \ufffd b""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d \ud83d""#, r#""\\ud83d \ufffd""#),
            (r#""\u12"#, r#""\u12"#),
            ("\"\\ud83d\u{e9}\"", "\"\\ufffd\u{e9}\""),
        ] {
            assert_eq!(mend(text), mended);
        }
    }

    #[test]
    fn a_broken_part_leaves_the_others() {
        let mut troubles = Vec::new();
        let mut read = |text: &str| read(text, &mut |path: &str, _: &str| troubles.push(path.to_owned()));
        let value = read(r#"{"id":"a","list":[1,{"big":1e999,"small":2}],"text":"x\u0000y"}"#);
        assert_eq!(value, Some(serde_json::json!({"id": "a", "list": [1, {"small": 2}], "text": "x\u{fffd}y"})));
        assert_eq!(read(r#"{"id":"#), None);
        // As deep as a message of the past.
        let (before, after) = (r#"{"e":[{"c":[{"v":{"h":[{"t":[{"m":[{"#, "}]}]}]}}]}]}");
        let value = read(&format!(r#"{before}"id":"a","big":1e999{after}"#));
        assert_eq!(value.unwrap_or_default().to_string(), format!(r#"{before}"id":"a"{after}"#));
        assert_eq!(troubles, ["list[1].big", "the body", "e[0].c[0].v.h[0].t[0].m[0].big"]);
    }
}
