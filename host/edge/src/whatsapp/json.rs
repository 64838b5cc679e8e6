//! Reading JSON that others wrote: nothing is required, nothing unknown is refused, and one broken part spoils no other.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value, value::RawValue};

/// How deep a body is searched for the part that cannot be read: a field of a message in a `history` lies at twelve, of any other at
/// nine at the most. Each step reads all below it anew.
const DEPTH_MAX: usize = 12;

/// Reads a text. A part that cannot be read is left out (in a list it becomes `null`), and `trouble` is told where it is, and why.
/// None if all of it is such a part.
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

/// The parts of a list. A missing, `null` or foreign value has none.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Half of a surrogate pair, escaped, is legal JSON and no text. It becomes U+FFFD.
pub(crate) fn mend(text: &str) -> Cow<'_, str> {
    // From the first backslash on: it may be one that escapes the next.
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

/// U+0000 is refused by databases. It becomes U+FFFD.
fn clean(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(parts) => Value::Array(parts.into_iter().map(clean).collect()),
        Value::Object(parts) => Value::Object(parts.into_iter().map(|(key, part)| (key, clean(part))).collect()),
        other => other,
    }
}

/// A text that is there and not empty; a number counts as the text of it.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, or a text that is one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Seconds, as text or number, in milliseconds.
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
