//! Reading JSON that others wrote: nothing is required, nothing unknown is refused, and one broken part spoils no other.

use std::{borrow::Cow, collections::HashMap};

use serde_json::{Map, Value, value::RawValue};

/// The keys of an object, their values unread. None if it is no object.
pub(super) fn object(raw: &RawValue) -> Option<HashMap<String, &RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The parts of a list, unread. A missing, `null` or foreign value is no parts.
pub(super) fn list(raw: Option<&RawValue>) -> Vec<&RawValue> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Reads a value. Where a part of an object cannot be read, that part is left out and the reason told.
pub(super) fn value(raw: &RawValue) -> (Value, Option<String>) {
    let text = mend(raw.get());
    let whole = match serde_json::from_str::<Value>(&text) {
        Ok(whole) => return (clean(whole), None),
        Err(error) => error.to_string(),
    };
    let parts = object(raw).unwrap_or_default();
    let readable =
        parts.into_iter().filter_map(|(key, part)| Some((key, serde_json::from_str(&mend(part.get())).ok()?)));
    (clean(Value::Object(readable.collect::<Map<_, _>>())), Some(whole))
}

/// Half of a surrogate pair, escaped, is legal JSON and no text. It becomes U+FFFD.
pub(super) fn mend(text: &str) -> Cow<'_, str> {
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
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, or a text that is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Seconds, as text or number, in milliseconds.
pub(super) fn time_ms(value: &Value) -> Option<i64> {
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
        let raw = RawValue::from_string(r#"{"id":"a","big":1e999,"text":"x\u0000y"}"#.to_owned()).expect("JSON");
        let (value, why) = value(&raw);
        assert_eq!(value, serde_json::json!({"id": "a", "text": "x\u{fffd}y"}));
        assert!(why.is_some());
    }
}
